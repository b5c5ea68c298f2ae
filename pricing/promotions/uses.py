"""How often promotions and codes are used: within their limits, however many carts try at once.

Counters move by conditional UPDATE, promotions before codes and each by primary key,
both where an order uses them and where it gives them back. So two orders wait for each
other, but never in a ring.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.people import Person
from pricing.calculator import Quote
from pricing.errors import CouponExhausted, PromotionExhausted
from pricing.models import Coupon, CouponUse, Promotion, PromotionUse, TaxRate
from pricing.querysets import (
    CouponQuerySet,
    CouponUseQuerySet,
    PromotionQuerySet,
    PromotionUseQuerySet,
)
from shop.core.errors import DomainError


@transaction.atomic
def use_promotions(quote: Quote, *, order_number: str, person: Person, at: datetime) -> None:
    """Note what lowers the quote, and count one use of it: of limited promotions and of codes.

    Raises `CouponExhausted` or `PromotionExhausted` where a limit, or the shopper's
    own, was reached meanwhile.
    """
    note_promotions(quote)
    for pk in sorted(one.id for one in quote.promotions if one.is_limited):
        use_promotion(pk, order_number=order_number, person=person, at=at)
    codes = [one.code for one in quote.promotions if one.code]
    if codes:
        for coupon in Coupon.objects.with_codes(codes).order_by("pk"):
            _use_coupon(coupon, order_number=order_number, person=person, at=at)


@transaction.atomic
def note_promotions(quote: Quote) -> None:
    """Note that an order is sold with these promotions: 1 query, 1 more for each
    that never was before.
    """
    named = Promotion.objects.filter(pk__in=[one.id for one in quote.promotions], was_used=False)
    for pk in named.order_by("pk").values_list("pk", flat=True):
        Promotion.objects.filter(pk=pk).update(was_used=True)


def note_tax_rates(quote: Quote) -> None:
    """Note that an order is sold with these rates, within the caller's transaction: a query
    for the first order only.
    """
    TaxRate.objects.note_use(quote.rates_to_note)


@transaction.atomic
def use_promotion(pk: int, *, order_number: str, person: Person, at: datetime) -> None:
    """Count one use of a limited promotion by an order. Raises `PromotionExhausted`."""
    _take_room(Promotion.objects.filter(pk=pk), refusal=PromotionExhausted)
    limit = Promotion.objects.values_list("per_customer_limit", flat=True).get(pk=pk)
    use = PromotionUse(
        promotion_id=pk,
        customer_key=person.email,
        account_id=person.account_id,
        order_number=order_number,
    )
    uses = PromotionUse.objects.filter(promotion_id=pk).of_person(person)
    _write_use(use, uses, limit=limit, refusal=PromotionExhausted, at=at)


@transaction.atomic
def use_coupon(code: str, *, order_number: str, person: Person, at: datetime) -> None:
    """Count one use of a code by an order. Raises `CouponExhausted`."""
    coupon = Coupon.objects.with_codes([code]).first()
    if coupon is None:
        raise CouponExhausted
    _use_coupon(coupon, order_number=order_number, person=person, at=at)


def _use_coupon(coupon: Coupon, *, order_number: str, person: Person, at: datetime) -> None:
    _take_room(Coupon.objects.filter(pk=coupon.pk), refusal=CouponExhausted)
    use = CouponUse(
        coupon=coupon,
        customer_key=person.email,
        account_id=person.account_id,
        order_number=order_number,
    )
    uses = CouponUse.objects.filter(coupon=coupon).of_person(person)
    limit = coupon.per_customer_limit
    _write_use(use, uses, limit=limit, refusal=CouponExhausted, at=at)


def _take_room(row: CouponQuerySet | PromotionQuerySet, *, refusal: type[DomainError]) -> None:
    """The one guard of a limit: the condition and the count are one statement. Raises `refusal`.

    It also holds the row until the transaction ends: the count of a shopper's own
    uses cannot change meanwhile.
    """
    if row.filter(is_active=True).with_room().update(used_count=F("used_count") + 1) != 1:
        raise refusal


def _write_use(
    use: CouponUse | PromotionUse,
    uses: CouponUseQuerySet | PromotionUseQuerySet,
    *,
    limit: int | None,
    refusal: type[DomainError],
    at: datetime,
) -> None:
    """Write one more of the person's `uses`, numbered. Raises `refusal` beyond `limit`."""
    taken = list(uses.values_list("number", flat=True))
    if limit is not None and len(taken) >= limit:
        raise refusal
    use.number = next_number(taken)
    use.used_at = at
    use.save(force_insert=True)


def next_number(taken: Collection[int]) -> int:
    """Return the first number that none of a person's live uses has."""
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


@transaction.atomic
def release_promotions(order_number: str) -> None:
    """Give back what a canceled order had used, so that it may be used again."""
    for use in PromotionUse.objects.of_order(order_number).order_by("promotion_id"):
        _give_back(use, Promotion.objects.filter(pk=use.promotion_id))
    for coupon_use in CouponUse.objects.of_order(order_number).order_by("coupon_id"):
        _give_back(coupon_use, Coupon.objects.filter(pk=coupon_use.coupon_id))


def _give_back(use: CouponUse | PromotionUse, row: CouponQuerySet | PromotionQuerySet) -> None:
    deleted, _by_model = use.delete()
    if deleted:
        row.filter(used_count__gt=0).update(used_count=F("used_count") - 1)
