"""Gift cards: issued, spent, refunded, adjusted."""

from pricing.gift_cards.services import (
    Greeting,
    adjust_card,
    expire_cards,
    issue_card,
    refund_to_card,
    spend_cards,
    switch_card,
    void_card,
)

__all__ = [
    "Greeting",
    "adjust_card",
    "expire_cards",
    "issue_card",
    "refund_to_card",
    "spend_cards",
    "switch_card",
    "void_card",
]
