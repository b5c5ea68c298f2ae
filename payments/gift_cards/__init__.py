"""Paying with gift cards."""

from payments.gift_cards.services import pay_with_cards

__all__ = [
    "pay_with_cards",
]
