"""Starting a payment, and the pages around it."""

from payments.checkout.services import begin_payment, open_payment, start_payment

__all__ = [
    "begin_payment",
    "open_payment",
    "start_payment",
]
