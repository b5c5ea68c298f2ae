"""The demo's catalog: categories, makers, types, products with stock, collections and pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.categories import create_category
from catalog.events import PictureTaken
from catalog.models import (
    Attribute,
    AttributeChoice,
    Category,
    Collection,
    CollectionProduct,
    ExchangeRate,
    Maker,
    Product,
    ProductImage,
    ProductType,
    TaxClass,
)
from catalog.search import reindex
from catalog.stored_facts import refresh_counts, refresh_facts
from shop.core.caching import bump_catalog_version
from shop.core.events import publish
from shop.demo.content import load_home, load_pages
from shop.demo.files import read
from shop.demo.media import copy_pictures, picture_fields
from shop.demo.products import load_products

Log = Callable[[str], object]


def load_catalog(data_dir: Path, *, at: datetime, log: Log) -> None:
    """Load what is missing of the demo's catalog; what is there stays as it is. Takes seconds."""
    copied = copy_pictures()
    log(f"{copied} picture files are new.")
    with transaction.atomic():
        _load_taxes_and_rates(data_dir)
        _load_categories(data_dir)
        _load_makers(data_dir)
        _load_types(data_dir)
        new = load_products(data_dir, at=at)
        refresh_counts()
        refresh_facts(new, at=at)
        reindex(new)
        _load_collections(data_dir)
        load_pages(data_dir, at=at)
        load_home(data_dir)
        bump_catalog_version()
    log(
        f"{Category.objects.count()} categories, {Product.objects.count()} products,"
        f" {len(new)} of them new."
    )
    _make_missing_pictures(new)


def _load_taxes_and_rates(data_dir: Path) -> None:
    pricing: dict[str, Any] = read(data_dir, "pricing")
    for each in pricing["tax_classes"]:
        TaxClass.objects.get_or_create(code=each["code"], defaults={"name": each["name"]})
    for each in pricing["currencies"]:
        if Decimal(each["rate"]) != 1:
            ExchangeRate.objects.get_or_create(
                currency=each["code"],
                defaults={"rate": Decimal(each["rate"]), "updated_at": timezone.now()},
            )


def _load_categories(data_dir: Path) -> None:
    known = {category.slug: category for category in Category.objects.all()}
    for each in read(data_dir, "categories"):
        if each["slug"] not in known:
            known[each["slug"]] = create_category(
                name=each["name"],
                slug=each["slug"],
                parent=known[each["parent"]] if each["parent"] else None,
                line=each["line"],
            )
            Category.objects.filter(slug=each["slug"]).update(
                **picture_fields(each["picture"]), hue=each["hue"]
            )


def _load_makers(data_dir: Path) -> None:
    for each in read(data_dir, "makers"):
        fields = {name: each[name] for name in ("name", "place", "country", "story")}
        Maker.objects.get_or_create(slug=each["slug"], defaults=fields)


def _load_types(data_dir: Path) -> None:
    """Types with their attributes; the values of a choice are those that occur in the products."""
    values: dict[tuple[str, str], list[str]] = {}
    for product in read(data_dir, "products"):
        for code, value in product["attributes"].items():
            seen = values.setdefault((product["type"], code), [])
            if str(value) not in seen:
                seen.append(str(value))
    for each in read(data_dir, "types"):
        kind, is_new = ProductType.objects.get_or_create(
            code=each["code"], defaults={"name": each["name"]}
        )
        if not is_new:
            continue
        for place, row in enumerate(each["attributes"]):
            attribute = Attribute.objects.create(
                product_type=kind,
                code=row["code"],
                label=row["label"],
                kind=row["kind"],
                unit=row["unit"],
                is_filterable=row["filterable"],
                position=place,
            )
            if attribute.kind == Attribute.Kind.CHOICE:
                AttributeChoice.objects.bulk_create(
                    AttributeChoice(attribute=attribute, value=value, position=rank)
                    for rank, value in enumerate(values.get((kind.code, attribute.code), []))
                )


def _load_collections(data_dir: Path) -> None:
    products = dict(Product.objects.values_list("slug", "pk"))
    for place, each in enumerate(read(data_dir, "collections")):
        collection, is_new = Collection.objects.get_or_create(
            slug=each["slug"],
            defaults={
                "name": each["name"],
                "line": each["line"],
                "rule": each["rule"],
                "hue": each["hue"],
                "position": place,
                "in_navigation": each["slug"] in {"new-this-week", "sale"},
            },
        )
        if is_new:
            Collection.objects.filter(pk=collection.pk).update(**picture_fields(each["picture"]))
            CollectionProduct.objects.bulk_create(
                CollectionProduct(collection=collection, product_id=products[slug], position=rank)
                for rank, slug in enumerate(each["products"])
                if slug in products
            )


def _make_missing_pictures(new: list[int]) -> None:
    """Queue what is not shipped ready-made: the large widths, and a JPEG for e-mail."""
    with transaction.atomic():
        for pk in ProductImage.objects.filter(product_id__in=new).values_list("pk", flat=True):
            publish(PictureTaken(label="catalog.productimage", pk=pk))
