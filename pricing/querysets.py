"""Every question asked of the pricing tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from pricing import codes
from shop.core.append_only import AppendOnlyQuerySet
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from pricing.models import (
        Coupon,
        CouponUse,
        GiftCard,
        GiftCardEntry,
        PaymentMethod,
        ShippingZone,
        TaxRate,
    )


class TaxRateQuerySet(LockingQuerySet["TaxRate"]):
    """Every question the shop asks about tax rates."""

    def in_force(self, *, country: str, at: datetime) -> Self:
        """Rates of a country on the day of `at`."""
        day = at.date()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day), country=country, valid_from__lte=day
        )


class ShippingZoneQuerySet(LockingQuerySet["ShippingZone"]):
    """Every question the shop asks about shipping zones."""

    def for_country(self, country: str) -> ShippingZone | None:
        """The zone of a country with its methods and rates, or the one for all others: 3 queries."""
        zones = list(self.prefetch_related("methods__rates").order_by("position", "pk"))
        named = (zone for zone in zones if country in zone.countries)
        others = (zone for zone in zones if "*" in zone.countries)
        return next(named, None) or next(others, None)


class CouponQuerySet(LockingQuerySet["Coupon"]):
    """Every question the shop asks about coupons."""

    def with_code(self, code: str) -> Self:
        """The coupon with this code, in any case."""
        return self.filter(code__iexact=code.strip())


class CouponUseQuerySet(LockingQuerySet["CouponUse"]):
    """Every question the shop asks about uses of coupons."""

    def of_order(self, order_number: str) -> Self:
        """What an order used."""
        return self.filter(order_number=order_number)


class PaymentMethodQuerySet(LockingQuerySet["PaymentMethod"]):
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
