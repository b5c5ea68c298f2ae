"""What the stock room does. Every function is one transaction and locks items in SKU order."""

from inventory.services.items import adjust_stock, change_limits, create_stock_item, restock
from inventory.services.reservations import (
    allocate_stock,
    change_reservation,
    consume_stock,
    extend_hold,
    release_expired,
    release_stock,
    reserve_or_fall,
    reserve_stock,
)

__all__ = [
    "adjust_stock",
    "allocate_stock",
    "change_limits",
    "change_reservation",
    "consume_stock",
    "create_stock_item",
    "extend_hold",
    "release_expired",
    "release_stock",
    "reserve_or_fall",
    "reserve_stock",
    "restock",
]
