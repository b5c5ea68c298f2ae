"""Prices in the back office."""

from pricing.configuration.admin import (
    PaymentMethodAdmin,
    ShippingMethodAdmin,
    ShippingZoneAdmin,
    TaxRateAdmin,
)
from pricing.promotions.admin import CouponAdmin, CouponUseAdmin, PromotionAdmin, PromotionUseAdmin

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
