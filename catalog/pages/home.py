"""The home page's rows, from the blocks staff arrange."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import Category, HomeBlock, Product
from catalog.pages.cards import render_cards, render_props
from catalog.pages.layout import Promise, current_promises

# Blocks that stand elsewhere: in the top bar, among a category's products, in the footer.
OFF_HOME = [HomeBlock.Kind.NOTICE, HomeBlock.Kind.TILE, HomeBlock.Kind.FOOTER]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the home page; which fields are filled depends on the block's kind."""

    block: HomeBlock
    props: SafeString = SafeString()  # noqa: RUF009 - an empty text never changes
    categories: list[Category] = field(default_factory=list)
    cards: list[SafeString] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    more_url: str = ""
    more_label: str = ""


def build_rows(*, currency: str, at: datetime) -> list[Row]:
    """The rows in order. Promises share one row, at the place of the first."""
    blocks = (
        HomeBlock.objects.filter(is_active=True)
        .exclude(kind__in=OFF_HOME)
        .select_related("collection")
        .prefetch_related("product_places", "category_places__category")
    )
    shown = dict(Product.objects.published(at=at).in_home_blocks().values_list("pk", "version"))
    rows = []
    for block in blocks:
        match block.kind:
            case HomeBlock.Kind.HERO:
                ids = [place.product_id for place in block.product_places.all()]
                pairs = [(pk, shown[pk]) for pk in ids if pk in shown][:3]
                rows.append(Row(block, props=render_props(pairs, currency=currency, at=at)))
            case HomeBlock.Kind.ROOMS:
                places = block.category_places.all()
                rooms = [place.category for place in places if place.category.is_active]
                rows.append(Row(block, categories=rooms))
            case HomeBlock.Kind.NEW:
                rows.append(_collection_row(block, currency=currency, at=at))
            case HomeBlock.Kind.AGAIN | HomeBlock.Kind.STORY:
                ids = [place.product_id for place in block.product_places.all()]
                pairs = [(pk, shown[pk]) for pk in ids if pk in shown][: block.limit]
                rows.append(Row(block, cards=render_cards(pairs, currency=currency, at=at)))
            case HomeBlock.Kind.PROMISE:
                if not any(row.promises for row in rows):
                    rows.append(Row(block, promises=current_promises()))
    return rows


def _collection_row(block: HomeBlock, *, currency: str, at: datetime) -> Row:
    """The first products of a collection, and the way to the others."""
    group = block.collection
    if group is None or not group.is_active:
        return Row(block)
    products = Product.objects.published(at=at).in_collection(group, at=at)
    pairs = list(products.sorted_by("new").values_list("pk", "version")[: block.limit])
    return Row(
        block,
        cards=render_cards(pairs, currency=currency, at=at),
        more_url=reverse("catalog:collection", args=[group.slug]),
        more_label=_("View all"),
    )
