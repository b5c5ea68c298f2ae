"""Every question asked of the pricing tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from pricing.models import Coupon, CouponUse, PaymentMethod, ShippingZone, TaxRate


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
