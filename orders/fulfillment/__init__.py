"""Shipping: parcels, tracking and arrival."""

from orders.fulfillment.services import change_tracking, fulfill_order, mark_delivered

__all__ = [
    "change_tracking",
    "fulfill_order",
    "mark_delivered",
]
