"""Stored facts: what lists filter and sort by, calculated from variants, prices and stock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from catalog.events import ProductChanged
from catalog.models import Category, Product, Variant
from catalog.prices.lookup import Price, prices_for, thirty_day_lows
from catalog.states import ProductStatus
from shop.core.caching import bump_catalog_version
from shop.core.events import publish

BATCH = 500


@transaction.atomic
def refresh_facts(product_ids: Iterable[int], *, at: datetime) -> None:
    """Recalculate the stored facts of these products; four queries for each 500
    and no write without change.
    """
    ids = sorted(set(product_ids))
    for start in range(0, len(ids), BATCH):
        _refresh(ids[start : start + BATCH], at)


def _refresh(ids: list[int], at: datetime) -> None:
    products = list(Product.objects.locked().filter(pk__in=ids))
    sold: dict[int, list[Variant]] = {product.pk: [] for product in products}
    for variant in Variant.objects.filter(product_id__in=ids, is_active=True):
        sold[variant.product_id].append(variant)
    currency = settings.DEFAULT_CURRENCY
    prices = prices_for([each for variants in sold.values() for each in variants], currency)
    cheapest = {
        pk: min(variants, key=lambda each: (prices[each.pk].price_minor, each.position, each.pk))
        for pk, variants in sold.items()
        if variants
    }
    reduced = [variant for variant in cheapest.values() if prices[variant.pk].is_reduced]
    lows = thirty_day_lows(reduced, currency, at)
    changed = []
    for product in products:
        before = _facts_of(product)
        _calculate(product, sold[product.pk], cheapest.get(product.pk), prices, lows)
        if _facts_of(product) != before:
            changed.append(product)
    Product.objects.bulk_update(changed, FACTS)


FACTS = [
    "lowest_price_minor",
    "highest_price_minor",
    "compare_at_minor",
    "discount_percent",
    "in_stock",
    "variant_count",
]


def _facts_of(product: Product) -> list[object]:
    return [getattr(product, name) for name in FACTS]


def _calculate(
    product: Product,
    sold: list[Variant],
    cheapest: Variant | None,
    prices: dict[int, Price],
    lows: dict[int, int],
) -> None:
    amounts = [prices[variant.pk].price_minor for variant in sold]
    product.lowest_price_minor = min(amounts, default=0)
    product.highest_price_minor = max(amounts, default=0)
    product.in_stock = any(variant.in_stock for variant in sold)
    product.variant_count = len(sold)
    price = prices[cheapest.pk] if cheapest else None
    product.compare_at_minor = price.compare_at_minor if price and price.is_reduced else None
    product.discount_percent = 0
    if price and cheapest and product.compare_at_minor:
        before = lows.get(cheapest.pk, product.compare_at_minor)
        product.discount_percent = percent_below(price.price_minor, before)


def percent_below(price_minor: int, before_minor: int) -> int:
    """Whole percent from one price down to another, never more than is true."""
    if before_minor <= 0:
        return 0
    return max((before_minor - price_minor) * 100 // before_minor, 0)


def refresh_counts() -> None:
    """Count the published products of every category and what is below it; three queries."""
    own: dict[int, int] = dict(
        Product.objects.published(at=timezone.now())
        .order_by()
        .values_list("category_id")
        .annotate(count=Count("pk"))
    )
    categories = list(Category.objects.order_by("-level", "pk"))
    totals = {category.pk: own.get(category.pk, 0) for category in categories}
    for category in categories:
        if category.parent_id is not None:
            totals[category.parent_id] += totals[category.pk]
    for category in categories:
        if category.product_count != totals[category.pk]:
            Category.objects.filter(pk=category.pk).update(product_count=totals[category.pk])


@transaction.atomic
def follow_stock(skus: Iterable[str], *, at: datetime) -> None:
    """Store whether the variants of these SKUs can be had, as stock says now;
    pages are new if that changed.
    """
    stale = Variant.objects.with_sku(sorted(set(skus))).out_of_step()
    variants = list(stale.values_list("pk", "product_id"))
    if not variants:
        return
    ids = {product_id for _pk, product_id in variants}
    for variant in Variant.objects.filter(pk__in=[pk for pk, _id in variants]).select_related(
        "stock_item"
    ):
        Variant.objects.filter(pk=variant.pk).update(in_stock=variant.stock_item.sellable > 0)
    refresh_facts(ids, at=at)
    touch(ids, at=at)


def touch(product_ids: Iterable[int], *, at: datetime) -> None:
    """Raise the version of these products and of the catalog: cards, pages and ETags are new.

    The caller is in a transaction.
    """
    Product.objects.filter(pk__in=sorted(set(product_ids))).update(
        version=F("version") + 1, updated_at=at
    )
    bump_catalog_version()


def changed(product: Product, *, at: datetime) -> Product:
    """What every change of a product ends with: facts, version, counts, and the event.

    Returns it fresh.
    """
    refresh_facts([product.pk], at=at)
    touch([product.pk], at=at)
    publish(ProductChanged(product_id=product.pk))
    return Product.objects.get(pk=product.pk)


def count_around(product: Product, *, by: int) -> None:
    """Add to the product counts of the product's category and of those above it."""
    category = product.category
    Category.objects.filter(
        Q(tree_id=category.tree_id, lft__lte=category.lft, rght__gte=category.rght)
    ).update(product_count=F("product_count") + by)


def show_due(*, since: datetime, at: datetime) -> int:
    """Make pages new for products whose moment to be shown came after `since`; returns how many."""
    ids = list(
        Product.objects.filter(
            status=ProductStatus.ACTIVE, published_at__gt=since, published_at__lte=at
        ).values_list("pk", flat=True)
    )
    if ids:
        with transaction.atomic():
            refresh_counts()
            touch(ids, at=at)
    return len(ids)
