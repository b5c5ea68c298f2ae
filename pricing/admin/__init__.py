"""Prices in the back office."""

from pricing.admin.promotions import CouponAdmin, CouponUseAdmin, PromotionAdmin, PromotionUseAdmin
from pricing.admin.settings import (
    PaymentMethodAdmin,
    ShippingMethodAdmin,
    ShippingZoneAdmin,
    TaxRateAdmin,
)

__all__ = [
    "CouponAdmin",
    "CouponUseAdmin",
    "PaymentMethodAdmin",
    "PromotionAdmin",
    "PromotionUseAdmin",
    "ShippingMethodAdmin",
    "ShippingZoneAdmin",
    "TaxRateAdmin",
]
