"""Prices in any currency, and the lowest of the last 30 days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.http import HttpRequest

from catalog.errors import UnknownCurrency
from catalog.models import ExchangeRate, PriceChange, PriceEntry, Variant
from shop.core import caching
from shop.core.money import convert_minor
from shop.web.pages import chosen_currency

LOW_PERIOD = timedelta(days=30)
RATES_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Price:
    """What a variant costs, and what it cost before where it is reduced; minor
    units, tax included.
    """

    price_minor: int
    compare_at_minor: int | None
    currency: str

    @property
    def is_reduced(self) -> bool:
        return self.compare_at_minor is not None and self.compare_at_minor > self.price_minor


def exchange_rates() -> dict[str, Decimal]:
    """Units of each currency for one unit of the shop's own; remembered by catalog version."""
    key = f"rates:{caching.catalog_version()}"
    return caching.kept(dict[str, Decimal], key, RATES_SECONDS, _stored_rates)


def _stored_rates() -> dict[str, Decimal]:
    rates = dict(ExchangeRate.objects.values_list("currency", "rate"))
    rates[settings.DEFAULT_CURRENCY] = Decimal(1)
    return rates


def exchange_rate(currency: str) -> Decimal:
    """Units of `currency` for one unit of the shop's own. Raises `UnknownCurrency`."""
    if currency == settings.DEFAULT_CURRENCY:
        return Decimal(1)
    try:
        return exchange_rates()[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency) from None


def available_currencies() -> list[str]:
    """The currencies the shop sells in, its own first: those of the settings that have a rate."""
    own, rates = settings.DEFAULT_CURRENCY, exchange_rates()
    return [own, *sorted(code for code in settings.CURRENCIES if code != own and code in rates)]


def is_available(currency: str) -> bool:
    """Whether the shop sells in this currency; its own needs no look at the rates."""
    return currency == settings.DEFAULT_CURRENCY or currency in available_currencies()


def page_currency(request: HttpRequest) -> str:
    """The currency of a page: the one its visitor chose, or the shop's own where
    that has no rate.
    """
    chosen = chosen_currency(request)
    return chosen if is_available(chosen) else str(settings.DEFAULT_CURRENCY)


def convert(minor: int, source: str, target: str, rates: Mapping[str, Decimal]) -> int:
    """An amount in another currency, half up, by rates to the shop's own.

    Raises `UnknownCurrency`.
    """
    if source == target:
        return minor
    try:
        return convert_minor(minor, source, target, rates[target] / rates[source])
    except KeyError as unknown:
        raise UnknownCurrency(currency=str(unknown.args[0])) from None


def price_in(
    variant: Variant,
    currency: str,
    *,
    entries: Iterable[PriceEntry],
    rates: Mapping[str, Decimal],
) -> Price:
    """The variant's price in `currency`: its own, else the explicit entry, else converted. Pure."""
    if variant.currency == currency:
        return Price(variant.price_minor, variant.compare_at_minor, currency)
    was = variant.compare_at_minor
    converted_was = convert(was, variant.currency, currency, rates) if was is not None else None
    for entry in entries:
        if entry.currency == currency and not entry.price_list:
            entry_was = entry.compare_at_minor
            return Price(
                entry.price_minor, converted_was if entry_was is None else entry_was, currency
            )
    return Price(
        convert(variant.price_minor, variant.currency, currency, rates), converted_was, currency
    )


def prices_for(variants: Iterable[Variant], currency: str) -> dict[int, Price]:
    """Prices by the variants' primary keys; no query in the variants' own
    currency, at most two else.
    """
    variants = list(variants)
    foreign = [variant.pk for variant in variants if variant.currency != currency]
    entries: dict[int, list[PriceEntry]] = defaultdict(list)
    rates: Mapping[str, Decimal] = {}
    if foreign:
        rates = exchange_rates()
        for entry in PriceEntry.objects.filter(
            variant_id__in=foreign, currency=currency, price_list=""
        ):
            entries[entry.variant_id].append(entry)
    return {
        variant.pk: price_in(variant, currency, entries=entries[variant.pk], rates=rates)
        for variant in variants
    }


def thirty_day_low(variant: Variant, currency: str, at: datetime) -> int | None:
    """The lowest price in the 30 days before the present reduction began; see `thirty_day_lows`."""
    return thirty_day_lows([variant], currency, at).get(variant.pk)


def thirty_day_lows(variants: Iterable[Variant], currency: str, at: datetime) -> dict[int, int]:
    """For each reduced variant the lowest price in force in the 30 days before its
    reduction; one query.

    Directive 98/6/EC, art. 6a: an announced reduction names the lowest price of the 30
    days before it, and percentages count from that (CJEU C-330/23). A variant without a
    price before is left out.
    """
    by_pk = {variant.pk: variant for variant in variants}
    if not by_pk:
        return {}
    currencies = {currency, *(variant.currency for variant in by_pk.values())}
    history: dict[int, dict[str, list[PriceChange]]] = defaultdict(lambda: defaultdict(list))
    for change in PriceChange.objects.filter(
        variant_id__in=list(by_pk), currency__in=currencies, at__lte=at
    ).order_by("at", "pk"):
        history[change.variant_id][change.currency].append(change)
    lows: dict[int, int] = {}
    for pk, variant in by_pk.items():
        own = lowest_before_reduction(history[pk][currency])
        if own is not None:
            lows[pk] = own
            continue
        low = lowest_before_reduction(history[pk][variant.currency])
        if low is not None:
            lows[pk] = convert(low, variant.currency, currency, exchange_rates())
    return lows


def price_before(price_minor: int, was_minor: int | None, low_minor: int | None) -> int | None:
    """Return the price that a reduction is announced against, or None where there is no reduction.

    Directive 98/6/EC, art. 6a: that is the lowest of the 30 days before, not an older,
    higher one. Without a history the price before counts. A price that was as low within
    the 30 days is no reduction.
    """
    if not was_minor or was_minor <= price_minor:
        return None
    before = low_minor if low_minor is not None else was_minor
    return before if before > price_minor else None


def percent_off(price_minor: int, was_minor: int | None, low_minor: int | None) -> int:
    """Return the whole percent below `price_before`, never rounded up to more than is true."""
    before = price_before(price_minor, was_minor, low_minor)
    return (before - price_minor) * 100 // before if before else 0


def lowest_before_reduction(history: list[PriceChange]) -> int | None:
    """The lowest price in force in the 30 days before the last change to a reduced price. Pure.

    `history` is oldest first. A price further reduced counts from the first step of the reduction.
    None where the present price is no reduction, or nothing was in force before it.
    """
    begin = len(history)
    while begin and _is_reduced(history[begin - 1]):
        begin -= 1
    if begin in (0, len(history)):
        return None
    started = history[begin].at
    since = started - LOW_PERIOD
    lows = []
    for place in range(begin):
        ends = history[place + 1].at
        if ends > since and history[place].at < started:
            lows.append(history[place].price_minor)
    return min(lows, default=None)


def _is_reduced(change: PriceChange) -> bool:
    return change.compare_at_minor is not None and change.compare_at_minor > change.price_minor
