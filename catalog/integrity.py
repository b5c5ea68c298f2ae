"""What must always hold in the catalog's tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, Subquery

from catalog.models import Category, PriceChange, Variant
from shop.core.integrity import invariant


@invariant("I4", "Availability shown is what stock says")
def availability_shown_is_true(at: datetime) -> Iterable[object]:
    """SKUs whose stored `in_stock` differs from their stock item."""
    can_sell = ExpressionWrapper(
        Q(stock_item__is_tracked=False)
        | Q(stock_item__reserved__lt=F("stock_item__on_hand") + F("stock_item__backorder_limit")),
        output_field=BooleanField(),
    )
    return (
        Variant.objects.annotate(can_sell=can_sell)
        .exclude(in_stock=F("can_sell"))
        .order_by("sku")
        .values_list("sku", flat=True)
    )


@invariant("I4b", "A variant and its stock item have the same SKU")
def variant_and_stock_agree_on_the_sku(at: datetime) -> Iterable[object]:
    """SKUs of variants that hang on another SKU's stock."""
    return (
        Variant.objects.exclude(sku=F("stock_item__sku"))
        .order_by("sku")
        .values_list("sku", flat=True)
    )


@invariant("I25", "The category tree nests as its parents say")
def category_tree_nests(at: datetime) -> Iterable[object]:
    """Slugs of categories whose stored place disagrees with their parent."""
    inside_parent = Q(
        lft__gt=F("parent__lft"),
        rght__lt=F("parent__rght"),
        tree_id=F("parent__tree_id"),
        level=F("parent__level") + 1,
    )
    misplaced: Iterable[object] = (
        Category.objects.filter(
            Q(lft__gte=F("rght"))
            | (Q(parent__isnull=False) & ~inside_parent)
            | (Q(parent__isnull=True) & ~Q(level=0))
        )
        .order_by("slug")
        .values_list("slug", flat=True)
    )
    return misplaced


@invariant("I28", "The last line of the price history is the price")
def price_history_ends_at_the_price(at: datetime) -> Iterable[object]:
    """SKUs whose price in their own currency is not the last one of their history."""
    last = PriceChange.objects.filter(
        variant=OuterRef("pk"), currency=OuterRef("currency")
    ).order_by("-at", "-pk")
    return (
        Variant.objects.annotate(last_price=Subquery(last.values("price_minor")[:1]))
        .exclude(last_price=F("price_minor"), last_price__isnull=False)
        .order_by("sku")
        .values_list("sku", flat=True)
    )
