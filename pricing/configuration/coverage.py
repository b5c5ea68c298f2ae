"""Where the shop would deliver without knowing the tax: countries that are neither
taxed nor marked as export.

A quote to one of them is refused (`pricing.quotes.require_taxed`); the back office shows them
here before a shopper finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.addresses import country_name
from catalog.models import TaxClass
from pricing.models import ShippingZone
from pricing.price_book import PriceBook

# What an empty shop would sell first.
STANDARD_CLASS = "standard"
# The zone of all others names no country.
OTHERS = "*"


@dataclass(frozen=True, slots=True)
class TaxGap:
    """A country of a zone, and the tax classes for which it has no rate. `*` stands
    for all that are not named.

    `has_regions` says that some regions of it have one, and the rest of the country has none.
    """

    zone: ShippingZone
    country: str
    tax_classes: tuple[str, ...]
    has_regions: bool = False


def tax_gaps(*, at: datetime) -> list[TaxGap]:
    """Every gap, zone by zone: 2 queries once the price book is remembered."""
    book = PriceBook()
    classes = list(TaxClass.objects.in_use().values_list("code", flat=True)) or [STANDARD_CLASS]
    return [
        gap
        for zone in book.zones()
        if not zone.is_export
        for country in zone.countries
        if (gap := _gap(zone, country, classes, book, at=at))
    ]


def gaps_by_zone(gaps: Iterable[TaxGap]) -> Mapping[int, list[TaxGap]]:
    """The gaps of each zone, by its id."""
    found: dict[int, list[TaxGap]] = {}
    for gap in gaps:
        found.setdefault(gap.zone.pk, []).append(gap)
    return found


def words_of_gap(gap: TaxGap) -> str:
    """ "Austria", "United States (some regions)", "all other countries"."""
    if gap.country == OTHERS:
        return _("all other countries")
    name = country_name(gap.country)
    return _("%(country)s (some regions)") % {"country": name} if gap.has_regions else name


def _gap(
    zone: ShippingZone, country: str, classes: Iterable[str], book: PriceBook, *, at: datetime
) -> TaxGap | None:
    # What a zone without names delivers to is never all taxed: it has to be an export, or be named.
    rates = [] if country == OTHERS else book.tax_rates(country, at=at)
    known = {rate.tax_class.code for rate in rates if not rate.region}
    missing = tuple(code for code in classes if code not in known)
    if not missing and known:
        return None
    return TaxGap(zone, country, missing, has_regions=any(rate.region for rate in rates))
