"""Facets of a list: what can be narrowed down, with counts and a histogram of prices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.counting import remembered_by
from catalog.pages.filters import Filters, minor_or_none
from catalog.prices.lookup import exchange_rate
from catalog.querysets import FacetCount, ProductQuerySet
from shop.core.money import convert_minor, to_wire

Limits = tuple[int | None, int | None]
BARS = 14
BAR_WIDTH = 10
BAR_HEIGHT = 48
FIRST_VALUES = 8
SHORTEST_BAR = 3
# Fewer show nothing that the lowest and the highest price do not say.
FEWEST_BARS = 3


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A tick box: how many products it would leave."""

    value: str
    label: str
    count: int
    is_checked: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """Something to narrow down by; `name` is the field of the form."""

    name: str
    label: str
    values: list[FacetValue] = field(default_factory=list)

    @property
    def first(self) -> list[FacetValue]:
        return self.values[:FIRST_VALUES]

    @property
    def rest(self) -> list[FacetValue]:
        return self.values[FIRST_VALUES:]

    @property
    def has_checked(self) -> bool:
        return any(value.is_checked for value in self.values)

    @property
    def rest_has_checked(self) -> bool:
        return any(value.is_checked for value in self.rest)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the histogram, in units of its drawing."""

    x: int
    y: int
    height: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The prices there are, and those asked for, as plain decimals; no bars where
    they would say nothing.
    """

    bars: list[Bar]
    least_text: str
    most_text: str
    low_text: str
    high_text: str
    width: int = BARS * BAR_WIDTH


@dataclass(frozen=True, slots=True)
class Counts:
    """How many products pass every filter, and what else there is."""

    total: int
    in_stock_count: int
    facets: list[Facet]
    price: PriceRange | None


@dataclass(frozen=True, slots=True)
class Found:
    """The products that pass every filter, and their counts."""

    products: ProductQuerySet
    counts: Counts


def build_facets(
    products: ProductQuerySet, filters: Filters, *, scope: str, currency: str
) -> Found:
    """Apply the filters to `products`, which `scope` names, and count what each
    further one would leave.

    The values of a facet are alternatives, so its counts leave that facet out: three queries
    without filters, one more for each facet that is in use; none while they are remembered.
    """
    limits = _limits(filters, currency)

    def count() -> Counts:
        totals = _apply(products, replace(filters, in_stock=False), limits).totals()
        return Counts(
            total=totals.in_stock if filters.in_stock else totals.all,
            in_stock_count=totals.in_stock,
            facets=_facets(products, filters, limits),
            price=_price_range(products, filters, limits, currency),
        )

    asked = [pair for pair in filters.pairs() if pair[0] != "sort"]
    counts = remembered_by(
        Counts, ("facets", scope, currency, asked), count, size=lambda counts: counts.total
    )
    return Found(_apply(products, filters, limits), counts)


def _limits(filters: Filters, currency: str) -> Limits:
    """The prices asked for, in minor units of the shop's own currency, which
    lists are stored in.
    """
    rate = exchange_rate(currency)

    def stored(text: str) -> int | None:
        minor = minor_or_none(text, currency)
        if minor is None or currency == settings.DEFAULT_CURRENCY:
            return minor
        return convert_minor(minor, currency, settings.DEFAULT_CURRENCY, 1 / rate)

    return stored(filters.min_price), stored(filters.max_price)


def _apply(products: ProductQuerySet, filters: Filters, limits: Limits) -> ProductQuerySet:
    low, high = limits
    if low is not None or high is not None:
        products = products.priced_between(low, high)
    if filters.in_stock:
        products = products.available()
    if filters.makers:
        products = products.made_by(filters.makers)
    for code, values in filters.attributes.items():
        products = products.with_attribute(code, values)
    return products


def _facets(products: ProductQuerySet, filters: Filters, limits: Limits) -> list[Facet]:
    """Every facet of these products, makers first; those in use are counted without themselves."""
    rows = list(_apply(products, filters, limits).facet_counts())
    for code in filters.attributes:
        others = {key: kept for key, kept in filters.attributes.items() if key != code}
        wider = _apply(products, replace(filters, attributes=others), limits)
        rows = [row for row in rows if row.code != code] + list(wider.facet_counts(code))
    makers = _apply(products, replace(filters, makers=()), limits).maker_counts()
    facets = [
        Facet(
            "maker",
            _("Maker"),
            [FacetValue(slug, name, count, slug in filters.makers) for slug, name, count in makers],
        )
    ]
    by_code: dict[str, list[FacetCount]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    for code, values in sorted(by_code.items(), key=lambda item: (item[1][0].position, item[0])):
        chosen = filters.attributes.get(code, ())
        label = values[0].label + (f" ({values[0].unit})" if values[0].unit else "")
        boxes = [
            FacetValue(row.value, _words(row.value), row.count, row.value in chosen)
            for row in values
        ]
        facets.append(Facet(f"a-{code}", label, boxes))
    return [facet for facet in facets if len(facet.values) > 1 or facet.has_checked]


def _words(value: str) -> str:
    """The stored value of a facet for people: yes and no are words."""
    return {"true": _("Yes"), "false": _("No")}.get(value, value)


def _price_range(
    products: ProductQuerySet, filters: Filters, limits: Limits, currency: str
) -> PriceRange | None:
    """How many products cost how much, whatever prices are asked for; None where
    all cost the same.
    """
    wider = replace(filters, min_price="", max_price="")
    least, most, counts = _apply(products, wider, (None, None)).price_histogram(BARS)
    if least is None or most is None or least == most:
        return None
    rate = exchange_rate(currency)
    low, high = limits
    step = (most - least) / BARS
    tallest = max(counts) or 1
    bars = []
    for place, count in enumerate(counts):
        height = max(count * BAR_HEIGHT // tallest, SHORTEST_BAR) if count else 1
        begins, ends = least + step * place, least + step * (place + 1)
        is_on = (low is None or ends >= low) and (high is None or begins <= high)
        bars.append(Bar(place * BAR_WIDTH, BAR_HEIGHT - height, height, is_on))

    def shown(minor: int) -> str:
        if currency != settings.DEFAULT_CURRENCY:
            minor = convert_minor(minor, settings.DEFAULT_CURRENCY, currency, rate)
        return to_wire(minor, currency).removesuffix(".00")

    if sum(1 for count in counts if count) < FEWEST_BARS:
        bars = []
    return PriceRange(bars, shown(least), shown(most), filters.min_price, filters.max_price)
