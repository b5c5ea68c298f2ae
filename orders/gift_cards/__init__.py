"""Gift cards that an order sells."""

from orders.gift_cards.services import issue_bought_cards

__all__ = [
    "issue_bought_cards",
]
