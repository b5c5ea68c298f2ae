"""What the shop reckons with: quotes, and the coupons that orders use up. Every caller comes here."""

from pricing.services.quotes import payment_methods, quote_for, release_coupon, use_coupon

__all__ = ["payment_methods", "quote_for", "release_coupon", "use_coupon"]
