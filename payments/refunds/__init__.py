"""Refunds."""

from payments.refunds.services import (
    give_back_excess,
    refund_order,
    refundable_minor,
    refundable_payments,
    retry_refund,
    send_refund,
)

__all__ = [
    "give_back_excess",
    "refund_order",
    "refundable_minor",
    "refundable_payments",
    "retry_refund",
    "send_refund",
]
