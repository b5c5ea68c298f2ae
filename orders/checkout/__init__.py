"""The checkout: a cart becomes an order."""

from orders.checkout.services import place_order

__all__ = [
    "place_order",
]
