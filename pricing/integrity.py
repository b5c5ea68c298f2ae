"""What must always hold about promotions, their codes, and gift cards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from pricing.models import Coupon, CouponUse, GiftCard, Promotion, PromotionUse
from shop.core.integrity import invariant


@invariant("I16", "A coupon's counter is its uses and stays within its limit")
def coupon_counter_is_its_uses(at: datetime) -> Iterable[object]:
    """Codes whose counter differs from their uses or break the limit."""
    return (
        Coupon.objects.annotate(use_count=Count("uses"))
        .filter(~Q(used_count=F("use_count")) | Q(used_count__gt=F("use_limit")))
        .order_by("code")
        .values_list("code", flat=True)
    )


@invariant("I16b", "No shopper uses a coupon more often than allowed")
def no_shopper_overuses_a_coupon(at: datetime) -> Iterable[object]:
    """Ids of uses beyond the limit per customer."""
    return (
        CouponUse.objects.filter(number__gt=F("coupon__per_customer_limit"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I16c", "A promotion's counter is its uses and stays within its limit")
def promotion_counter_is_its_uses(at: datetime) -> Iterable[object]:
    """Ids of promotions whose counter differs from their uses or breaks the limit."""
    return (
        Promotion.objects.annotate(use_count=Count("uses"))
        .filter(~Q(used_count=F("use_count")) | Q(used_count__gt=F("use_limit")))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I16d", "No shopper uses a promotion more often than allowed")
def no_shopper_overuses_a_promotion(at: datetime) -> Iterable[object]:
    """Ids of uses beyond the limit per customer."""
    return (
        PromotionUse.objects.filter(number__gt=F("promotion__per_customer_limit"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I17", "A gift card's balance is the sum of its entries, and never below zero")
def balances_are_sums_of_entries(at: datetime) -> Iterable[object]:
    """Ids of cards whose movements do not explain what is on them."""
    return (
        GiftCard.objects.annotate(moved=Coalesce(Sum("entries__amount_minor"), 0))
        .filter(~Q(moved=F("balance_minor")) | Q(balance_minor__lt=0))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
