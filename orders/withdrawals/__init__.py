"""Notices of withdrawal."""

from orders.withdrawals.services import withdraw

__all__ = [
    "withdraw",
]
