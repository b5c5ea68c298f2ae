"""A customer's address book."""

from accounts.address_book.services import add_address, change_address, delete_address

__all__ = [
    "add_address",
    "change_address",
    "delete_address",
]
