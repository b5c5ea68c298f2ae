"""Prices in every currency, and their history."""

from catalog.prices.services import remove_price, set_exchange_rate, set_price

__all__ = [
    "remove_price",
    "set_exchange_rate",
    "set_price",
]
