"""Opening an account."""

from accounts.registration.services import check_password_rules, customer_for, register

__all__ = [
    "check_password_rules",
    "customer_for",
    "register",
]
