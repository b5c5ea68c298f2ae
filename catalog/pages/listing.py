"""Lists of products: filters from the address, the page of cards, facets with
counts, links to all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.deep_pages import rows_of
from catalog.pages.cards import render_cards
from catalog.pages.facets import Facet, PriceRange, build_facets
from catalog.pages.filters import MOST_PAGES, RELEVANCE, SORTS, Filters, minor_or_none
from catalog.pages.tiles import tile_for
from catalog.querysets import ProductQuerySet
from shop.core.caching import catalog_version
from shop.web.templatetags.shop import money

PER_PAGE = 24
EAGER_CARDS = 3


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter that is on, with the address without it."""

    facet: str
    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, ready for its template."""

    path: str
    currency: str
    cards: list[SafeString]
    total: int
    page: int
    pages: int
    shown: int
    sort: str
    sorts: list[tuple[str, str]]
    applied: list[Applied]
    clear_url: str
    facets: list[Facet]
    # What the form of an unfiltered list depends on; empty where it is not worth keeping.
    facets_key: str
    price: PriceRange | None
    in_stock: bool
    in_stock_count: int
    kept: list[tuple[str, str]]
    kept_in_sheet: list[tuple[str, str]]
    kept_without_sort: list[tuple[str, str]]
    next_url: str
    next_part_url: str
    next_count: int
    page_urls: list[tuple[int | None, str, bool]]

    @property
    def has_filters(self) -> bool:
        return bool(self.facets or self.price or self.applied)

    @property
    def is_noindex(self) -> bool:
        """Whether search engines should only follow: more than two filters make
        an endless space.
        """
        return len(self.applied) > 2


def build_listing(
    products: ProductQuerySet,
    filters: Filters,
    *,
    path: str,
    currency: str,
    at: datetime,
    tile_category: int | None = None,
) -> Listing:
    """The page of `products` that `filters` ask for. The queries do not grow with its length."""
    is_search = bool(filters.query)
    sort = filters.sort or ("relevance" if is_search else "popular")
    found = build_facets(products, filters, scope=path, currency=currency)
    counts = found.counts
    total = counts.total
    pages = min(max(-(-total // PER_PAGE), 1), MOST_PAGES)
    page = min(filters.page, pages)
    start = (page - 1) * PER_PAGE
    window = {"start": start, "size": PER_PAGE}
    pairs = rows_of(found.products, sort, "pk", "version", **window) if total else []
    cards = render_cards(pairs, currency=currency, at=at, eager=EAGER_CARDS if page == 1 else 0)
    if page == 1 and not filters.count and (tile := tile_for(tile_category)) and len(cards) > 5:
        cards.insert(5, tile)

    def address(number: int) -> str:
        query = filters.pairs() + ([("page", str(number))] if number > 1 else [])
        return f"{path}?{urlencode(query)}" if query else path

    shown = min(start + PER_PAGE, total)
    next_url = address(page + 1) if page < pages else ""
    text_and_sort = [pair for pair in filters.pairs() if pair[0] in {"q", "sort"}]
    clear = urlencode(text_and_sort)
    sorts = [RELEVANCE, *SORTS] if is_search else SORTS
    # Facets without a filter are the same for everybody until the catalog changes.
    facets_key = f"{catalog_version()} {path} {currency} {sort} {total} {counts.in_stock_count}"
    return Listing(
        path=path,
        currency=currency,
        cards=cards,
        total=total,
        page=page,
        pages=pages,
        shown=shown,
        sort=sort,
        sorts=[(value, str(label)) for value, label in sorts],
        applied=_applied(filters, counts.facets, path=path, currency=currency),
        clear_url=f"{path}?{clear}" if clear else path,
        facets=counts.facets,
        facets_key="" if filters.count or filters.query else facets_key,
        price=counts.price,
        in_stock=filters.in_stock,
        in_stock_count=counts.in_stock_count,
        kept=text_and_sort,
        kept_in_sheet=[pair for pair in text_and_sort if pair[0] == "q"],
        kept_without_sort=[pair for pair in filters.pairs() if pair[0] != "sort"],
        next_url=next_url,
        next_part_url=f"{next_url}&part=more" if next_url else "",
        next_count=min(PER_PAGE, total - shown) if next_url else 0,
        page_urls=[(n, address(n) if n else "", n == page) for n in _page_numbers(page, pages)],
    )


def _page_numbers(page: int, pages: int) -> list[int | None]:
    """1 … 4 5 6 … 20: the ends, and what is near; None is a gap."""
    near = sorted({1, pages, *(n for n in range(page - 1, page + 2) if 1 <= n <= pages)})
    numbers: list[int | None] = []
    for place, n in enumerate(near):
        if place and n - near[place - 1] > 1:
            numbers.append(None)
        numbers.append(n)
    return numbers


def _applied(filters: Filters, facets: list[Facet], *, path: str, currency: str) -> list[Applied]:
    """The filters that are on, in words."""

    def chip(facet: str, label: str, name: str, value: str = "") -> Applied:
        query = urlencode(filters.without(name, value).pairs())
        return Applied(facet, label, f"{path}?{query}" if query else path)

    chips = []
    if filters.in_stock:
        chips.append(chip(_("Availability"), _("In stock"), "in_stock"))
    if filters.min_price or filters.max_price:
        low = minor_or_none(filters.min_price, currency)
        high = minor_or_none(filters.max_price, currency)
        if low is not None and high is not None:
            label = _("%(low)s to %(high)s") % {
                "low": money(low, currency),
                "high": money(high, currency),
            }
        elif low is not None:
            label = pgettext("price", "From %(low)s") % {"low": money(low, currency)}
        else:
            label = pgettext("price", "Up to %(high)s") % {"high": money(high or 0, currency)}
        chips.append(chip(_("Price"), label, "min_price"))
    for facet in facets:
        chips += [
            chip(facet.label, value.label, facet.name, value.value)
            for value in facet.values
            if value.is_checked
        ]
    return chips
