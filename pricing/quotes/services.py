"""Quotes, and the ways to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.addresses import country_name, region_key
from pricing.calculator import LineFacts, Quote, QuoteContext, ShippingOption, TaxFacts, quote
from pricing.errors import TaxRateMissing
from pricing.models import PaymentMethod
from pricing.price_book import PriceBook
from pricing.providers import providers_on
from pricing.quotes.context import (
    NOBODY,
    Shopper,
    SoldWith,
    add_working_days,
    leaves_on,
    load_context,
)
from shop.core.clock import shop_day


def quote_for(
    lines: Sequence[LineFacts],
    *,
    currency: str,
    country: str,
    region: str = "",
    postal_code: str = "",
    shipping_method: str | None = None,
    codes: Sequence[str] = (),
    shopper: Shopper = NOBODY,
    at: datetime,
    book: PriceBook | None = None,
) -> Quote:
    """What `lines` cost when sent to `country` at the moment `at`.

    1 query once the price book is remembered, none where the caller has a `book` open; with codes 1
    more, and at most 6 where limits and groups are to be looked up. None of it grows with the
    lines, the codes or the promotions. A book that has to be read again costs at most 9.
    `shipping_method` None estimates with the first possible one. `postal_code` changes no price
    today; rates by postal code would read it here. Raises `AmountTooLarge`.
    """
    context = load_context(
        lines,
        currency=currency,
        country=country,
        region=region,
        shipping_method=shipping_method,
        codes=codes,
        shopper=shopper,
        at=at,
        book=book or PriceBook(),
    )
    return quote(lines, context)


def require_taxed(quote: Quote) -> None:
    """Refuse what would be sold without anybody having said how it is taxed.

    Raises `TaxRateMissing`, also where the quote delivers nothing, as one for items that are
    added to an order does.
    """
    if quote.missing_rates:
        raise _tax_rate_missing(quote)


def tax_problem(quote: Quote) -> TaxRateMissing | None:
    """Why the tax of a quote is not known: its destination has no rate for some
    classes and is no export. None where no delivery method goes: that is said instead.
    """
    is_delivered = quote.shipping_methods or not quote.needs_shipping
    return _tax_rate_missing(quote) if quote.missing_rates and is_delivered else None


def _tax_rate_missing(quote: Quote) -> TaxRateMissing:
    country = country_name(quote.country)
    return TaxRateMissing(
        _("We can't deliver to %(country)s yet because tax is not set up for it.")
        % {"country": country},
        country=quote.country,
        tax_classes=list(quote.missing_rates),
    )


@dataclass(frozen=True, slots=True)
class KeptShipping:
    """The delivery an order was sold with, at its price before promotions."""

    code: str
    name: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class SoldTaxes:
    """How an order was taxed where it was sold to.

    `rates` maps the tax classes it holds to the rates they were sold at, for what is added;
    `delivery_rate` is the standard rate of its delivery, if that did not follow the goods.
    """

    country: str
    region: str
    is_export: bool
    delivery_tax: str
    rates: Mapping[str, TaxFacts]
    delivery_rate: TaxFacts | None = None


def quote_again(
    lines: Sequence[LineFacts],
    *,
    currency: str,
    country: str,
    region: str = "",
    postal_code: str = "",
    shipping_method: str,
    kept_shipping: KeptShipping | None = None,
    sold_with: SoldWith | None = None,
    taxes: SoldTaxes,
    placed_at: datetime,
) -> Quote:
    """What the changed `lines` of an order cost by what was in force when it was
    placed: queries as `quote_for`.

    `kept_shipping` is the delivery it was sold with, whose price stays; its weight limit is
    today's. `sold_with` are the promotions of the order: limits are not asked again, and what was
    switched off since still counts. None lowers nothing. `taxes` are those it was sold with. Where
    it still goes there, its lines keep the `tax` they name, and what is added gets the rate of the
    day the order was placed, else the one the order has for its class. Elsewhere the rates of that
    day count for everything. Raises `AmountTooLarge`.
    """
    book = PriceBook()
    context = load_context(
        lines,
        currency=currency,
        country=country,
        region=region,
        shipping_method=shipping_method,
        codes=sold_with.codes if sold_with else (),
        shopper=NOBODY,
        sold_with=sold_with or SoldWith(),
        at=placed_at,
        book=book,
    )
    context = replace(context, delivery_tax=taxes.delivery_tax)
    is_same_place = _goes_there(taxes, country, region, book=book, at=placed_at)
    if is_same_place:
        context = _keep_taxes(context, taxes)
    if context.is_export or not is_same_place:
        lines = [replace(line, tax=None) for line in lines]
    if kept_shipping is not None:
        context = _keep_shipping(context, kept_shipping)
    return quote(lines, context)


def _goes_there(
    taxes: SoldTaxes, country: str, region: str, *, book: PriceBook, at: datetime
) -> bool:
    """Whether an order goes where it was sold to, as far as taxes can tell."""
    if country != taxes.country:
        return False
    has_regions = any(rate.region for rate in book.tax_rates(country, at=at))
    is_same = region_key(country, region) == region_key(country, taxes.region)
    return is_same or not has_regions


def _keep_taxes(context: QuoteContext, taxes: SoldTaxes) -> QuoteContext:
    """With the taxes an order was sold with, whatever the tables say now."""
    if taxes.is_export:
        return replace(context, is_export=True, tax_rates={}, delivery_rate=None)
    return replace(
        context,
        is_export=False,
        tax_rates={**taxes.rates, **context.tax_rates},
        delivery_rate=taxes.delivery_rate,
    )


def _keep_shipping(context: QuoteContext, kept: KeptShipping) -> QuoteContext:
    """With the delivery as it was sold; promotions take off it what they do now."""
    known = {option.code: option for option in context.shipping_options}
    sold = ShippingOption(code=kept.code, name=kept.name, price_minor=kept.price_minor)
    if kept.code in known:
        sold = replace(sold, line=known[kept.code].line, max_weight_g=known[kept.code].max_weight_g)
    others = [other for code, other in known.items() if code != kept.code]
    return replace(context, shipping_options=[sold, *others])


def arrival(
    method_code: str, *, country: str, waiting: Sequence[date | None] = (), at: datetime
) -> tuple[date | None, date | None]:
    """First and last day on which what is sent at `at` arrives by this method: 1 query.

    `waiting` says of each item that is not here yet when it comes; None where nobody knows,
    and then no day is known.
    """
    zone, leaves = PriceBook().zone_of(country), leaves_on(waiting, today=shop_day(at))
    for method in zone.methods.all() if zone and leaves else ():
        if method.code == method_code and leaves:
            return (
                add_working_days(leaves, method.days_min),
                add_working_days(leaves, method.days_max),
            )
    return None, None


def payment_methods(
    *,
    country: str,
    amount_minor: int | None = None,
    currency: str = "",
    book: PriceBook | None = None,
) -> list[PaymentMethod]:
    """Return the payment methods offered to `country`, in order: 1 query, none with an open `book`.

    A method whose provider is not switched on, or cannot take `amount_minor` of `currency`, is left
    out. Nothing to pay (0) needs no method. None asks no provider about an amount.
    """
    if amount_minor == 0:
        return []
    on = providers_on()
    return [
        method
        for method in (book or PriceBook()).payment_methods()
        if (not method.countries or country in method.countries)
        and (taker := on.get(method.provider))
        and (amount_minor is None or taker.accepts(amount_minor, currency, country))
    ]
