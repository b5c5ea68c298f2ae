"""Proving and changing an e-mail address."""

from accounts.email_addresses.services import (
    confirm_address,
    send_verification,
    send_verification_again,
    start_email_change,
    verify_email,
)

__all__ = [
    "confirm_address",
    "send_verification",
    "send_verification_again",
    "start_email_change",
    "verify_email",
]
