"""Changing an order before it ships, and adding to it for an exchange."""

from orders.editing.services import add_items, edit_order, preview_edit

__all__ = [
    "add_items",
    "edit_order",
    "preview_edit",
]
