"""Canceling orders."""

from orders.cancellation.restoring import cancel_and_restore
from orders.cancellation.services import cancel_order, expire_order, extend_hold

__all__ = [
    "cancel_and_restore",
    "cancel_order",
    "expire_order",
    "extend_hold",
]
