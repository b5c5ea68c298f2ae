"""What a quote is made from, read from the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.prices import convert, exchange_rates
from pricing.calculator import CouponFacts, LineFacts, QuoteContext, ShippingOption, TaxFacts
from pricing.models import Coupon, CouponUse, ShippingMethod, ShippingRate, ShippingZone, TaxRate

EVERYWHERE = "*"
SATURDAY = 5


def load_context(
    lines: Sequence[LineFacts],
    *,
    currency: str,
    country: str,
    region: str,
    shipping_method: str | None,
    coupon_code: str,
    customer_key: str,
    is_first_order: bool | None,
    at: datetime,
    is_used_already: bool = False,
) -> QuoteContext:
    """Taxes, ways to deliver and the coupon for a cart: at most 4 queries, 7 with a coupon.

    `is_used_already`: an order has counted its use of the coupon, so that its limits are not asked again.
    """
    rates = exchange_rates()
    zone = ShippingZone.objects.for_country(country)
    is_export = zone is not None and zone.is_export
    weight = sum(line.weight_g * line.quantity for line in lines)
    return QuoteContext(
        currency=currency,
        at=at,
        country=country,
        region=region,
        tax_rates={} if is_export else _tax_rates(country, region, at),
        shipping_options=_shipping_options(zone, currency, weight, rates, at) if zone else (),
        shipping_method=shipping_method,
        coupon=_coupon_facts(
            coupon_code,
            currency,
            customer_key,
            is_first_order,
            rates,
            is_used_already=is_used_already,
        )
        if coupon_code
        else None,
    )


def _tax_rates(country: str, region: str, at: datetime) -> dict[str, TaxFacts]:
    """Rate by tax class; a rate of the region goes before one of the whole country."""
    rows = TaxRate.objects.in_force(country=country, at=at).select_related("tax_class")
    facts: dict[str, TaxFacts] = {}
    for rate in sorted(rows, key=lambda rate: (rate.region != "", rate.valid_from)):
        if rate.region in {"", region}:
            facts[rate.tax_class.code] = TaxFacts(rate.percent, rate.mode)
    return facts


def _shipping_options(
    zone: ShippingZone,
    currency: str,
    weight: int,
    rates: Mapping[str, Decimal],
    at: datetime,
) -> list[ShippingOption]:
    options = []
    for method in zone.methods.all():
        rate = _rate_for(method, currency, weight)
        if not method.is_active or rate is None:
            continue
        free_from = rate.free_from_minor
        options.append(
            ShippingOption(
                code=method.code,
                name=method.name,
                line=method.line,
                price_minor=convert(rate.price_minor, rate.currency, currency, rates),
                free_from_minor=None
                if free_from is None
                else convert(free_from, rate.currency, currency, rates),
                max_weight_g=method.max_weight_g,
                arrives_from=add_working_days(at.date(), method.days_min),
                arrives_to=add_working_days(at.date(), method.days_max),
            )
        )
    return options


def _rate_for(method: ShippingMethod, currency: str, weight: int) -> ShippingRate | None:
    """The heaviest step that `weight` reaches, in `currency` or else in the shop's own."""
    for wanted in (currency, settings.DEFAULT_CURRENCY):
        steps = [
            rate
            for rate in method.rates.all()
            if rate.currency == wanted and rate.min_weight_g <= weight
        ]
        if steps:
            return max(steps, key=lambda rate: rate.min_weight_g)
    return None


def add_working_days(day: date, count: int) -> date:
    """The working day `count` working days after `day`; Saturdays and Sundays are none."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day


def _coupon_facts(
    code: str,
    currency: str,
    customer_key: str,
    is_first_order: bool | None,
    rates: Mapping[str, Decimal],
    *,
    is_used_already: bool,
) -> CouponFacts:
    coupon = Coupon.objects.with_code(code).select_related("category").first()
    if coupon is None or not (coupon.is_active or is_used_already):
        return CouponFacts(code=code, problem=_("There is no such code."))
    minimum = coupon.minimum_minor
    category_ids = None
    if coupon.category is not None:
        category_ids = frozenset(
            coupon.category.get_descendants(include_self=True).values_list("pk", flat=True)
        )
    return CouponFacts(
        code=coupon.code,
        kind=coupon.kind,
        name=coupon.name,
        percent=coupon.percent,
        amount_minor=coupon.amounts_minor.get(currency),
        minimum_minor=None
        if minimum is None
        else convert(minimum, settings.DEFAULT_CURRENCY, currency, rates),
        category_ids=category_ids,
        category_name=coupon.category.name if coupon.category else "",
        shipping_method_code=coupon.shipping_method_code,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        problem="" if is_used_already else _limit_problem(coupon, customer_key, is_first_order),
    )


def _limit_problem(coupon: Coupon, customer_key: str, is_first_order: bool | None) -> str:
    """Why this shopper cannot use it any more. The last word is `use_coupon`'s, when the order is placed."""
    if coupon.use_limit is not None and coupon.used_count >= coupon.use_limit:
        return _("This code has been used up.")
    if coupon.is_first_order_only and is_first_order is False:
        return _("This code is for a first order.")
    if coupon.per_customer_limit is not None and customer_key:
        uses = CouponUse.objects.filter(coupon=coupon, customer_key=customer_key).count()
        if uses >= coupon.per_customer_limit:
            return _("You have used this code already.")
    return ""
