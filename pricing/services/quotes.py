"""Quotes, and the coupons that orders use up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q

from pricing.calculator import LineFacts, Quote, QuoteContext, ShippingOption, quote
from pricing.errors import CouponExhausted
from pricing.facts import add_working_days, load_context
from pricing.models import Coupon, CouponUse, PaymentMethod, ShippingZone
from pricing.providers import switched_on
from pricing.states import CouponKind


def quote_for(
    lines: Sequence[LineFacts],
    *,
    currency: str,
    country: str,
    region: str = "",
    postal_code: str = "",
    shipping_method: str | None = None,
    coupon_code: str = "",
    customer_key: str = "",
    is_first_order: bool | None = None,
    at: datetime,
) -> Quote:
    """What `lines` cost when sent to `country` at the moment `at`: at most 5 queries, 8 with a coupon.

    `shipping_method` None estimates with the first possible one. `customer_key` is the shopper's e-mail in lower
    case where it is known. `postal_code` changes no price today; rates by postcode would read it here.
    Raises `AmountTooLarge`.
    """
    context = load_context(
        lines,
        currency=currency,
        country=country,
        region=region,
        shipping_method=shipping_method,
        coupon_code=coupon_code,
        customer_key=customer_key,
        is_first_order=is_first_order,
        at=at,
    )
    return quote(lines, context)


@dataclass(frozen=True, slots=True)
class KeptShipping:
    """The delivery an order was sold with: what it cost, and what it would have without anything off it."""

    code: str
    name: str
    price_minor: int
    list_price_minor: int


def quote_again(
    lines: Sequence[LineFacts],
    *,
    currency: str,
    country: str,
    region: str = "",
    postal_code: str = "",
    shipping_method: str,
    kept_shipping: KeptShipping | None = None,
    coupon_code: str = "",
    placed_at: datetime,
) -> Quote:
    """What the changed `lines` of an order cost by what was in force when it was placed: queries as `quote_for`.

    `kept_shipping` is the delivery it was sold with, whose price stays; its weight limit is today's. The order has
    used its coupon already: limits are not asked again, and a code that was switched off since still counts.
    Raises `AmountTooLarge`.
    """
    context = load_context(
        lines,
        currency=currency,
        country=country,
        region=region,
        shipping_method=shipping_method,
        coupon_code=coupon_code,
        customer_key="",
        is_first_order=None,
        at=placed_at,
        is_used_already=True,
    )
    if kept_shipping is not None:
        context = _keep_shipping(context, kept_shipping)
    return quote(lines, context)


def _keep_shipping(context: QuoteContext, kept: KeptShipping) -> QuoteContext:
    """With the delivery as it was sold. What a code took off is reckoned anew, from the full price."""
    coupon, price = context.coupon, kept.price_minor
    if (
        coupon is not None
        and coupon.kind == CouponKind.FREE_SHIPPING
        and coupon.shipping_method_code in {"", kept.code}
        and not price
    ):
        price = kept.list_price_minor
    known = {option.code: option for option in context.shipping_options}
    sold = ShippingOption(code=kept.code, name=kept.name, price_minor=price)
    if kept.code in known:
        sold = replace(sold, line=known[kept.code].line, max_weight_g=known[kept.code].max_weight_g)
    others = [other for code, other in known.items() if code != kept.code]
    return replace(context, shipping_options=[sold, *others])


def arrival(method_code: str, *, country: str, at: datetime) -> tuple[date | None, date | None]:
    """First and last day on which what is sent at `at` arrives by this method: 3 queries."""
    zone = ShippingZone.objects.for_country(country)
    for method in zone.methods.all() if zone else ():
        if method.code == method_code:
            return (
                add_working_days(at.date(), method.days_min),
                add_working_days(at.date(), method.days_max),
            )
    return None, None


@transaction.atomic
def use_coupon(code: str, *, order_number: str, customer_key: str, at: datetime) -> None:
    """Count one use of a coupon by an order, within its limits.

    The conditional UPDATE holds the limit and, until the transaction ends, the coupon's row: the count of the shopper's own
    uses cannot change meanwhile. Raises `CouponExhausted`.
    """
    coupon = Coupon.objects.with_code(code).filter(is_active=True).first()
    if coupon is None:
        raise CouponExhausted
    counted = (
        Coupon.objects.filter(pk=coupon.pk)
        .filter(Q(use_limit__isnull=True) | Q(used_count__lt=F("use_limit")))
        .update(used_count=F("used_count") + 1)
    )
    if counted != 1:
        raise CouponExhausted
    taken = set(
        CouponUse.objects.filter(coupon=coupon, customer_key=customer_key).values_list(
            "number", flat=True
        )
    )
    number = next(number for number in range(1, len(taken) + 2) if number not in taken)
    if coupon.per_customer_limit is not None and number > coupon.per_customer_limit:
        raise CouponExhausted
    CouponUse.objects.create(
        coupon=coupon,
        customer_key=customer_key,
        number=number,
        order_number=order_number,
        used_at=at,
    )


@transaction.atomic
def release_coupon(order_number: str) -> None:
    """Give back what a canceled order had used, so that the shopper may use it again."""
    for use in CouponUse.objects.locked().of_order(order_number):
        deleted, _by_model = CouponUse.objects.filter(pk=use.pk).delete()
        if deleted:
            Coupon.objects.filter(pk=use.coupon_id, used_count__gt=0).update(
                used_count=F("used_count") - 1
            )


def payment_methods(*, country: str) -> list[PaymentMethod]:
    """The ways to pay that the checkout offers to `country`, in order: 1 query.

    One whose provider is not switched on is left out.
    """
    on = switched_on()
    return [
        method
        for method in PaymentMethod.objects.offered()
        if (not method.countries or country in method.countries) and method.provider in on
    ]
