"""A person's own data: change, export, delete."""

from accounts.profile.services import (
    delete_account,
    export_data,
    update_profile,
    withdraw_newsletter,
)

__all__ = [
    "delete_account",
    "export_data",
    "update_profile",
    "withdraw_newsletter",
]
