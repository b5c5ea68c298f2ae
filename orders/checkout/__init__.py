"""The checkout: a cart becomes an order."""

from orders.checkout.services import CheckoutData, place_order

__all__ = [
    "CheckoutData",
    "place_order",
]
