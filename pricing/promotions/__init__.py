"""Promotions and coupon codes."""

from pricing.promotions.coupon_codes import generate_codes
from pricing.promotions.uses import (
    note_promotions,
    note_tax_rates,
    release_promotions,
    use_coupon,
    use_promotion,
    use_promotions,
)

__all__ = [
    "generate_codes",
    "note_promotions",
    "note_tax_rates",
    "release_promotions",
    "use_coupon",
    "use_promotion",
    "use_promotions",
]
