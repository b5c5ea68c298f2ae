"""Taxes, shipping, promotions and their codes, and the ways to pay, gift cards among them."""

from pricing.models.coupons import Coupon, CouponUse
from pricing.models.gift_cards import GiftCard, GiftCardEntry
from pricing.models.methods import PaymentMethod
from pricing.models.promotions import Promotion, PromotionTier, PromotionUse
from pricing.models.shipping import ShippingMethod, ShippingRate, ShippingZone
from pricing.models.taxes import TaxRate

__all__ = [
    "Coupon",
    "CouponUse",
    "GiftCard",
    "GiftCardEntry",
    "PaymentMethod",
    "Promotion",
    "PromotionTier",
    "PromotionUse",
    "ShippingMethod",
    "ShippingRate",
    "ShippingZone",
    "TaxRate",
]
