"""Taxes, shipping, coupons, and the ways to pay: what a quote is made from."""

from pricing.models.coupons import Coupon, CouponUse
from pricing.models.methods import PaymentMethod
from pricing.models.shipping import ShippingMethod, ShippingRate, ShippingZone
from pricing.models.taxes import TaxRate

__all__ = [
    "Coupon",
    "CouponUse",
    "PaymentMethod",
    "ShippingMethod",
    "ShippingRate",
    "ShippingZone",
    "TaxRate",
]
