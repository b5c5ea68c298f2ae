"""What money does to an order."""

from orders.payment.services import (
    change_payment_method,
    note_money,
    note_payment_under_way,
    other_payment_methods,
    record_payment,
)

__all__ = [
    "change_payment_method",
    "note_money",
    "note_payment_under_way",
    "other_payment_methods",
    "record_payment",
]
