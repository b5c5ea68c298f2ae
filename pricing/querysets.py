"""Every question asked of the pricing tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from pricing import gift_card_codes as codes
from pricing.errors import TaxRateUsed
from pricing.states import GiftCardState
from shop.core.append_only import AppendOnlyQuerySet
from shop.core.caching import bump_version
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from accounts.people import Person
    from pricing.models import (
        Coupon,
        CouponUse,
        GiftCard,
        GiftCardEntry,
        PaymentMethod,
        Promotion,
        PromotionUse,
        ShippingZone,
        TaxRate,
    )


M = TypeVar("M", bound=models.Model)

# The name of the version under which quotes remember these tables.
PRICING = "pricing"
# What orders note here moves with them, and is never remembered.
COUNTED = frozenset({"used_count", "was_used"})


class BookQuerySet(LockingQuerySet[M]):
    """Rows that quotes remember (`pricing.price_book`): a write tells, when it commits."""

    def update(self, **fields: Any) -> int:
        """As Django's."""
        if not COUNTED.issuperset(fields):
            bump_version(PRICING)
        return super().update(**fields)

    def bulk_create(self, *args: Any, **options: Any) -> list[M]:
        """As Django's."""
        bump_version(PRICING)
        return super().bulk_create(*args, **options)

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's."""
        bump_version(PRICING)
        return super().delete()


class ShippingZoneQuerySet(BookQuerySet["ShippingZone"]):
    """Every question the shop asks about shipping zones."""

    def for_quotes(self) -> Self:
        """Zones with their methods and rates, in the order in which countries look
        for theirs: 3 queries.
        """
        return self.prefetch_related("methods__rates").order_by("position", "pk")


class TaxRateQuerySet(BookQuerySet["TaxRate"]):
    """Every question the shop asks about tax rates."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's.

        Raises `TaxRateUsed` if an order was sold with one of them; nothing is deleted then.
        """
        if self.filter(was_used=True).exists():
            raise TaxRateUsed
        return super().delete()

    def note_use(self, ids: Iterable[int]) -> None:
        """Note that an order is sold with these rates: no query without ids, which
        quotes name only once.
        """
        fresh = sorted(ids)
        if fresh and self.filter(pk__in=fresh, was_used=False).update(was_used=True):
            bump_version(PRICING)


class PromotionQuerySet(BookQuerySet["Promotion"]):
    """Every question the shop asks about promotions."""

    def for_quotes(self) -> Self:
        """With all that a quote needs of them, those switched off too: at most 2 queries."""
        return (
            self.select_related("category", "collection", "get_category", "get_collection")
            .prefetch_related("tiers")
            .order_by("position", "pk")
        )

    def with_codes_counted(self) -> Self:
        """With `code_count`, `first_code` and `code_uses` of their codes, for lists."""
        return self.annotate(
            code_count=models.Count("coupons"),
            first_code=models.Min("coupons__code"),
            code_uses=models.Sum("coupons__used_count"),
        )

    def with_room(self) -> Self:
        """Promotions whose limit of uses is not reached."""
        return self.filter(Q(use_limit__isnull=True) | Q(used_count__lt=F("use_limit")))


class PromotionUseQuerySet(LockingQuerySet["PromotionUse"]):
    """Every question the shop asks about uses of promotions."""

    def of_person(self, person: Person) -> Self:
        """Uses by the account, or with any of the e-mail addresses, of a person."""
        mine = Q(customer_key__in=person.emails)
        if person.account_id is not None:
            mine |= Q(account=person.account_id)
        return self.filter(mine)

    def of_order(self, order_number: str) -> Self:
        """What an order used."""
        return self.filter(order_number=order_number)


class CouponQuerySet(LockingQuerySet["Coupon"]):
    """Every question the shop asks about coupons."""

    def with_codes(self, codes: Iterable[str]) -> Self:
        """Coupons with these codes, in any case."""
        return self.alias(upper=Upper("code")).filter(
            upper__in=[code.strip().upper() for code in codes]
        )

    def with_room(self) -> Self:
        """Coupons whose limit of uses is not reached."""
        return self.filter(Q(use_limit__isnull=True) | Q(used_count__lt=F("use_limit")))


class CouponUseQuerySet(LockingQuerySet["CouponUse"]):
    """Every question the shop asks about uses of coupons."""

    def of_person(self, person: Person) -> Self:
        """Uses by the account, or with any of the e-mail addresses, of a person."""
        mine = Q(customer_key__in=person.emails)
        if person.account_id is not None:
            mine |= Q(account=person.account_id)
        return self.filter(mine)

    def of_order(self, order_number: str) -> Self:
        """What an order used."""
        return self.filter(order_number=order_number)


class PaymentMethodQuerySet(BookQuerySet["PaymentMethod"]):
    """Every question the shop asks about ways to pay."""

    def offered(self) -> Self:
        """Methods that the checkout offers."""
        return self.filter(is_active=True)


class GiftCardQuerySet(LockingQuerySet["GiftCard"]):
    """Every question the shop asks about gift cards."""

    def with_code(self, text: str) -> Self:
        """The card with this code, in any case and with any separators."""
        code = codes.clean_code(text)
        return self.filter(digest=codes.digest_of(code)) if code else self.none()

    def spendable(self, *, at: datetime) -> Self:
        """Cards that may be spent at the moment `at`, whatever is on them."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), is_active=True)

    def in_state(self, state: str, *, at: datetime) -> Self:
        """Cards that are in this `GiftCardState` at the moment `at`; none for a
        word that is no state.
        """
        is_over = Q(expires_at__isnull=False, expires_at__lte=at)
        is_off = Q(is_active=False, voided_at__isnull=True)
        match state:
            case GiftCardState.VOIDED:
                return self.filter(voided_at__isnull=False)
            case GiftCardState.OFF:
                return self.filter(is_off)
            case GiftCardState.OVER:
                return self.filter(is_over, is_active=True)
            case GiftCardState.EMPTY:
                return self.filter(~is_over, is_active=True, balance_minor=0)
            case GiftCardState.SPENDABLE:
                return self.filter(~is_over, is_active=True, balance_minor__gt=0)
            case _:
                return self.none()

    def over(self, *, at: datetime) -> Self:
        """Cards whose time was over at the moment `at` and that still hold money."""
        return self.filter(expires_at__lte=at, balance_minor__gt=0)

    def of_order(self, order_number: str) -> Self:
        """Cards that were bought in an order, in the order they were issued."""
        return self.filter(order_number=order_number).order_by("pk")

    def of_order_item(self, order_number: str, item_id: int) -> Self:
        """Cards that an order's item was issued, in the order they were issued."""
        prefix = self.model.item_source(item_id)
        return self.of_order(order_number).filter(source__startswith=prefix)


class GiftCardEntryQuerySet(AppendOnlyQuerySet["GiftCardEntry"]):
    """Every question the shop asks about the movements of gift cards."""

    def caused_by(self, reference: str) -> Self:
        """The movements of one cause."""
        return self.filter(reference=reference)
