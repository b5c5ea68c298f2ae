"""The price book: zones, tax rates, ways to pay and promotions, remembered in process.

These rows change when staff change them, and every quote needs them. They are remembered under the
pricing and the catalog's version, which is asked with each quote: one query for all. A write
through the models or their querysets raises the version when it commits; until then only its own
transaction sees it. What limits count is never remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.models import Category, CollectionProduct
from pricing.models import PaymentMethod, Promotion, ShippingZone, TaxRate
from pricing.querysets import PRICING
from shop.core import caching
from shop.core.clock import shop_day


@dataclass(frozen=True, slots=True)
class BookPromotion:
    """A promotion as the tables hold it, with the goods it is about; None means all."""

    row: Promotion
    tiers: tuple[tuple[int, Decimal], ...]
    category_ids: frozenset[int] | None
    product_ids: frozenset[int] | None
    get_category_ids: frozenset[int] | None
    get_product_ids: frozenset[int] | None


class PriceBook:
    """The book as it stands for this transaction. Its rows are shared: nobody may change them."""

    def __init__(self) -> None:
        self._standing = caching.standing(PRICING, caching.CATALOG)

    def zones(self) -> list[ShippingZone]:
        """All zones with their methods and rates, in the order in which
        countries look for theirs.
        """
        return caching.remembered(
            "zones", self._standing, lambda: list(ShippingZone.objects.for_quotes())
        )

    def zone_of(self, country: str) -> ShippingZone | None:
        """The zone of a country with its methods and rates, or the one for all others."""
        zones = self.zones()
        named = (zone for zone in zones if country in zone.countries)
        others = (zone for zone in zones if "*" in zone.countries)
        return next(named, None) or next(others, None)

    def named_countries(self) -> list[str]:
        """The countries that a zone names, rather than leaving them to the rest of the world."""
        return [code for zone in self.zones() for code in zone.countries if code != "*"]

    def tax_rates(self, country: str, *, at: datetime) -> list[TaxRate]:
        """Rates of a country on the day of `at`, with their tax classes."""
        rates = caching.remembered("tax-rates", self._standing, _tax_rates)
        return [rate for rate in rates.get(country, ()) if rate.is_in_force(shop_day(at))]

    def payment_methods(self) -> list[PaymentMethod]:
        """The ways to pay that the checkout offers, in order."""
        return caching.remembered(
            "payment-methods", self._standing, lambda: list(PaymentMethod.objects.offered())
        )

    def promotions(self) -> dict[int, BookPromotion]:
        """Every promotion by id, those switched off too, in the stated order."""
        return caching.remembered("promotions", self._standing, _promotions)


def _tax_rates() -> dict[str, list[TaxRate]]:
    rates: dict[str, list[TaxRate]] = {}
    for rate in TaxRate.objects.select_related("tax_class"):
        rates.setdefault(rate.country, []).append(rate)
    return rates


def _promotions() -> dict[int, BookPromotion]:
    """At most 4 queries: promotions, their steps, the tree where one names a
    category, collections likewise.
    """
    rows = list(Promotion.objects.for_quotes())
    categories = _below({node for row in rows for node in (row.category, row.get_category) if node})
    collections = _members(
        {pk for row in rows for pk in (row.collection_id, row.get_collection_id) if pk}
    )
    return {
        row.pk: BookPromotion(
            row,
            tuple((tier.min_quantity, tier.percent) for tier in row.tiers.all()),
            categories.get(row.category_id),
            collections.get(row.collection_id),
            categories.get(row.get_category_id),
            collections.get(row.get_collection_id),
        )
        for row in rows
    }


def _below(nodes: set[Category]) -> dict[int | None, frozenset[int]]:
    """By category, the categories it holds with all below them: at most 1 query."""
    if not nodes:
        return {}
    places = Category.objects.filter(tree_id__in={node.tree_id for node in nodes}).values_list(
        "pk", "tree_id", "lft"
    )
    rows = list(places)
    return {
        node.pk: frozenset(
            pk for pk, tree, left in rows if tree == node.tree_id and node.lft <= left <= node.rght
        )
        for node in nodes
    }


def _members(collections: set[int]) -> dict[int | None, frozenset[int]]:
    """By collection chosen by hand, the products in it: at most 1 query."""
    if not collections:
        return {}
    members: dict[int | None, set[int]] = {pk: set() for pk in collections}
    places = CollectionProduct.objects.filter(collection_id__in=collections)
    for collection, product in places.values_list("collection_id", "product_id"):
        members[collection].add(product)
    return {pk: frozenset(products) for pk, products in members.items()}
