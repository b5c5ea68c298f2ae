"""Changing and resetting passwords."""

from accounts.passwords.services import (
    change_password,
    request_password_reset,
    reset_password,
    set_password,
)

__all__ = [
    "change_password",
    "request_password_reset",
    "reset_password",
    "set_password",
]
