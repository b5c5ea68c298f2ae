"""Every question asked of the catalog's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q
from mptt.managers import TreeManager
from mptt.querysets import TreeQuerySet

from shop.core.money import convert_minor
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from catalog.models import Category, Collection, OptionValue, Product, TaxClass, Variant

SORTS: dict[str, tuple[str, ...]] = {
    "popular": ("-sold_count", "-pk"),
    "new": ("-published_at", "-pk"),
    "price_asc": ("lowest_price_minor", "pk"),
    "price_desc": ("-lowest_price_minor", "-pk"),
    "name": ("name", "pk"),
}


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many products have a value of an attribute."""

    code: str
    label: str
    unit: str
    position: int
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How many products there are, and how many of them can be had."""

    all: int
    in_stock: int


class CategoryQuerySet(TreeQuerySet["Category"]):
    """Every question the shop asks about categories."""

    def shown(self) -> Self:
        """Categories that shoppers may see."""
        shown: Self = self.filter(is_active=True)
        return shown

    def navigation(self) -> Self:
        """Categories that are shown, parents before children; one query for the whole tree."""
        ordered: Self = self.shown().order_by("tree_id", "lft")
        return ordered

    def above(self, category: Category) -> Self:
        """The way from the root down to the category, which is not in it."""
        way: Self = self.filter(
            tree_id=category.tree_id, lft__lt=category.lft, rght__gt=category.rght
        ).order_by("lft")
        return way

    def within(self, category: Category) -> Self:
        """The category and everything below it."""
        tree: Self = self.filter(
            tree_id=category.tree_id, lft__gte=category.lft, rght__lte=category.rght
        )
        return tree


class CategoryManager(TreeManager.from_queryset(CategoryQuerySet)):  # type: ignore[misc]
    """The tree's manager."""


class ProductQuerySet(LockingQuerySet["Product"]):
    """Every question the shop asks about products."""

    def published(self, *, at: datetime) -> Self:
        """Products a shopper may see at the moment `at`."""
        return self.filter(status="active", published_at__lte=at)

    def in_category(self, category: Category) -> Self:
        """Products of the category and of all below it."""
        if category.rght == category.lft + 1:
            return self.filter(category_id=category.pk)
        within = type(category)._default_manager.within(category)
        return self.filter(category_id__in=within.order_by().values("pk"))

    def in_collection(self, collection: Collection, *, at: datetime) -> Self:
        """Products of the collection: those chosen by hand, or those its rule fits at `at`."""
        rule = collection.rule
        if not rule:
            return self.filter(places__collection=collection)
        products = self
        if days := rule.get("published_within_days"):
            products = products.filter(published_at__gt=at - timedelta(days=int(days)))
        if rule.get("on_sale"):
            products = products.filter(compare_at_minor__isnull=False)
        if (most := rule.get("max_price_minor")) is not None:
            currency = rule.get("currency", settings.DEFAULT_CURRENCY)
            products = products.filter(lowest_price_minor__lte=_in_own_currency(most, currency))
        return products

    def in_home_blocks(self) -> Self:
        """Products that a block of the home page shows."""
        places = apps.get_model("catalog", "HomeBlockProduct").objects.filter(
            block__is_active=True, product=OuterRef("pk")
        )
        return self.filter(Exists(places))

    def for_listing(self) -> Self:
        """With all that a card shows: six queries, whatever the page size."""
        return self.select_related("category").prefetch_related(
            "variants__stock_item", "images", "options__values"
        )

    # Filters ------------------------------------------------------------------------------------
    def priced_between(self, low: int | None, high: int | None) -> Self:
        """By the lowest price, in minor units of the shop's own currency; both ends count."""
        products = self
        if low is not None:
            products = products.filter(lowest_price_minor__gte=low)
        if high is not None:
            products = products.filter(lowest_price_minor__lte=high)
        return products

    def available(self) -> Self:
        """Products of which at least one variant can be sold."""
        return self.filter(in_stock=True)

    def made_by(self, slugs: Iterable[str]) -> Self:
        """Products of any of these makers."""
        return self.filter(maker__slug__in=list(slugs))

    def with_attribute(self, code: str, values: Iterable[str]) -> Self:
        """Products whose attribute has one of these values (as facets write them)."""
        having = apps.get_model("catalog", "ProductAttribute").objects.filter(
            product=OuterRef("pk"),
            attribute__code=code,
            facet__in=[each for each in values if each],
        )
        return self.filter(Exists(having))

    def sorted_by(self, sort: str) -> Self:
        """In one of `SORTS`, or by `relevance` where `catalog.search.find` has put one."""
        if sort == "relevance" and "relevance" in self.query.annotations:
            return self.order_by("relevance", "-sold_count", "-pk")
        return self.order_by(*SORTS.get(sort, SORTS["popular"]))

    # Counts: each reads all that it counts, so lists remember them
    # (`catalog.counting`) -------------
    def totals(self) -> Totals:
        """How many products there are, and how many can be had; one query."""
        found = self.order_by().aggregate(
            all=Count("pk"), in_stock=Count("pk", filter=Q(in_stock=True))
        )
        return Totals(found["all"], found["in_stock"])

    def facet_counts(self, code: str = "") -> list[FacetCount]:
        """How many of these products have each value of each filter attribute (or
        of one); one query.

        Numbers are in their order, words by the alphabet.
        """
        values = apps.get_model("catalog", "ProductAttribute").objects.exclude(facet="")
        values = values.filter(
            product__in=self.order_by().values("pk"), attribute__is_filterable=True
        )
        if code:
            values = values.filter(attribute__code=code)

        rows = (
            values.order_by()
            .values_list("attribute__code", "facet")
            .annotate(
                count=Count("pk"),
                label=Min("attribute__label"),
                unit=Min("attribute__unit"),
                position=Min("attribute__position"),
            )
        )
        found = [
            FacetCount(code, label, unit, position, value, count)
            for code, value, count, label, unit, position in rows
        ]
        return sorted(found, key=_facet_order)

    def maker_counts(self) -> list[tuple[str, str, int]]:
        """(slug, name, count) of every maker of these products, by name; one query."""
        rows = self.exclude(maker=None).order_by().values_list("maker__slug", "maker__name")
        return sorted(rows.annotate(count=Count("pk")), key=lambda row: (row[1], row[0]))

    def price_histogram(self, bars: int) -> tuple[int | None, int | None, list[int]]:
        """(least, most, how many products in each of `bars` equal steps) of the
        lowest prices; one query.
        """
        rows = self.order_by().values_list("lowest_price_minor").annotate(count=Count("pk"))
        prices: dict[int, int] = dict(rows)
        if not prices:
            return None, None, [0] * bars
        least, most = min(prices), max(prices)
        counts = [0] * bars
        for price, products in prices.items():
            place = (price - least) * bars // (most - least) if most > least else 0
            counts[min(place, bars - 1)] += products
        return least, most, counts


class TaxClassQuerySet(models.QuerySet["TaxClass"]):
    """Queries over tax classes."""

    def in_use(self) -> Self:
        """Classes that a product has. Gift cards are taxed when they are spent."""
        products = apps.get_model("catalog", "Product").objects.filter(
            tax_class=OuterRef("pk"), is_gift_card=False
        )
        return self.filter(Exists(products)).order_by("code")


class OptionValueQuerySet(models.QuerySet["OptionValue"]):
    """Every question the shop asks about the values of options."""

    def with_variants(
        self, product_ids: Sequence[int]
    ) -> models.QuerySet[OptionValue, tuple[Any, ...]]:
        """(option, its name, value, its label, swatch, variant or None) rows in
        the shopper's order.
        """
        return (
            self.filter(option__product_id__in=product_ids)
            .order_by("option__position", "option_id", "position", "pk")
            .values_list("option_id", "option__name", "pk", "value", "swatch", "variants__pk")
        )


class VariantQuerySet(LockingQuerySet["Variant"]):
    """Every question the shop asks about variants."""

    def sold(self, *, at: datetime) -> Self:
        """Variants a shopper may buy at the moment `at`, stock aside."""
        return self.filter(is_active=True, product__status="active", product__published_at__lte=at)

    def with_sku(self, skus: Sequence[str]) -> Self:
        """Variants of these SKUs."""
        return self.filter(sku__in=skus)

    def matching(self, text: str) -> Self:
        """Variants of this SKU, in any case, or whose product's name has `text` in it."""
        return self.filter(Q(sku__iexact=text) | Q(product__name__icontains=text))

    def out_of_step(self) -> Self:
        """Variants whose stored `in_stock` is not what stock says."""
        can_sell = Q(stock_item__is_tracked=False) | Q(
            stock_item__reserved__lt=F("stock_item__on_hand") + F("stock_item__backorder_limit")
        )
        return self.filter((can_sell & Q(in_stock=False)) | (~can_sell & Q(in_stock=True)))


class CollectionQuerySet(LockingQuerySet["Collection"]):
    """Every question the shop asks about collections."""

    def shown(self) -> Self:
        """Collections that shoppers may see."""
        return self.filter(is_active=True)


def _facet_order(row: FacetCount) -> tuple[Any, ...]:
    try:
        return row.position, row.code, 0, Decimal(row.value), ""
    except ArithmeticError:
        return row.position, row.code, 1, Decimal(0), row.value.casefold()


def _in_own_currency(minor: int, currency: str) -> int:
    if currency == settings.DEFAULT_CURRENCY:
        return minor
    rate = apps.get_model("catalog", "ExchangeRate").objects.get(currency=currency).rate
    return convert_minor(minor, currency, settings.DEFAULT_CURRENCY, 1 / rate)
