"""The demo's texts: help and legal pages, and the blocks of the home page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.urls import reverse

from catalog.models import (
    Category,
    Collection,
    HomeBlock,
    HomeBlockCategory,
    HomeBlockProduct,
    Page,
    Product,
)
from shop.demo.files import read

Kind = HomeBlock.Kind


def load_pages(data_dir: Path, *, at: datetime) -> None:
    """Help and legal pages that are missing."""
    content: dict[str, Any] = read(data_dir, "content")
    for kind in (Page.Kind.HELP, Page.Kind.LEGAL):
        for place, each in enumerate(content[kind]):
            Page.objects.get_or_create(
                slug=each["slug"],
                defaults={
                    "kind": kind,
                    "title": each["title"],
                    "line": each["line"],
                    "body": _body(each["sections"]),
                    "sample_note": each.get("sample_note", ""),
                    "position": place,
                    "updated_at": at,
                },
            )


def _body(sections: list[dict[str, Any]]) -> str:
    blocks: list[str] = []
    for section in sections:
        if section["heading"]:
            blocks.append(f"## {section['heading']}")
        blocks += section["paragraphs"]
    return "\n\n".join(blocks)


def load_home(data_dir: Path) -> None:
    """Blocks of the home page that are missing, and the tiles among products."""
    home: dict[str, Any] = read(data_dir, "content")["home"]
    for place, text in enumerate(home["notice"]):
        _block(Kind.NOTICE, f"notice-{place + 1}", place, title=text)
    _block(Kind.FOOTER, "footer", 5, **home["footer"])
    hero, story, new = home["hero"], home["story"], home["new"]
    block = _block(
        Kind.HERO,
        "hero",
        10,
        title=hero["title"],
        text=hero["text"],
        hue=hero["hue"],
        **_link("action", hero["primary"]),
        **_link("second", hero["secondary"]),
    )
    _show_products(block, hero["objects"])
    block = _block(Kind.ROOMS, "rooms", 20, title=home["rooms"]["title"], limit=6)
    _show_categories(block, home["rooms"]["categories"])
    _block(
        Kind.NEW,
        "new",
        30,
        title=new["title"],
        limit=new["limit"],
        collection=Collection.objects.filter(slug=new["collection"]).first(),
    )
    facts = [[each["value"], each["label"]] for each in story["numbers"]]
    block = _block(
        Kind.STORY,
        "story",
        40,
        title=story["title"],
        text=story["text"],
        facts=facts,
        **_link("action", story["action"]),
    )
    _show_products(block, [story["product"]])
    block = _block(Kind.AGAIN, "again", 50, title=home["again"]["title"])
    _show_products(block, home["again"]["products"])
    for place, each in enumerate(home["promises"]):
        key = f"promise-{each['key']}"
        _block(Kind.PROMISE, key, 60 + place, title=each["title"], text=each["text"])
    for place, each in enumerate(home["tiles"]):
        _block(
            Kind.TILE,
            f"tile-{each['key']}",
            80 + place,
            title=each["title"],
            text=each["text"],
            hue=each["hue"],
            category=Category.objects.filter(slug=each["category"]).first(),
            **_link("action", each["action"]),
        )


def _block(kind: str, key: str, position: int, **fields: Any) -> HomeBlock | None:
    """The new block, or None where it is there already."""
    block, is_new = HomeBlock.objects.get_or_create(
        key=key, defaults={"kind": kind, "position": position, **fields}
    )
    return block if is_new else None


def _link(name: str, link: Mapping[str, str]) -> dict[str, str]:
    kind, _colon, slug = link["to"].partition(":")
    return {f"{name}_label": link["label"], f"{name}_url": reverse(f"catalog:{kind}", args=[slug])}


def _show_products(block: HomeBlock | None, slugs: list[str]) -> None:
    if block is not None:
        products = Product.objects.in_bulk(slugs, field_name="slug")
        HomeBlockProduct.objects.bulk_create(
            HomeBlockProduct(block=block, product=products[slug], position=place)
            for place, slug in enumerate(slugs)
            if slug in products
        )


def _show_categories(block: HomeBlock | None, slugs: list[str]) -> None:
    if block is not None:
        categories = Category.objects.in_bulk(slugs, field_name="slug")
        HomeBlockCategory.objects.bulk_create(
            HomeBlockCategory(block=block, category=categories[slug], position=place)
            for place, slug in enumerate(slugs)
            if slug in categories
        )
