"""What the shop reckons with: quotes, the coupons that orders use up, gift cards. Every caller comes here."""

from pricing.services.gift_cards import (
    Greeting,
    adjust_card,
    expire_cards,
    issue_card,
    refund_to_card,
    spend_cards,
    switch_card,
    void_card,
)
from pricing.services.quotes import (
    KeptShipping,
    arrival,
    payment_methods,
    quote_again,
    quote_for,
    release_coupon,
    use_coupon,
)

__all__ = [
    "KeptShipping",
    "arrival",
    "quote_again",
    "Greeting",
    "adjust_card",
    "expire_cards",
    "issue_card",
    "payment_methods",
    "quote_for",
    "refund_to_card",
    "release_coupon",
    "spend_cards",
    "switch_card",
    "use_coupon",
    "void_card",
]
