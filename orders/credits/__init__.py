"""Credits: what the shop grants back on an order."""

from orders.credits.services import grant_credit

__all__ = [
    "grant_credit",
]
