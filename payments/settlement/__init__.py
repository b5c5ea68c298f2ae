"""Settling payments: captures, voids, disputes and manual payments."""

from payments.settlement.manual import record_manual_payment
from payments.settlement.services import ask_provider, settle, settle_unsettled
from payments.settlement.voiding import (
    capture_order,
    capture_payment,
    takeable_minor,
    void_open_payments,
    void_payment,
    void_stale_payments,
)

__all__ = [
    "ask_provider",
    "capture_order",
    "capture_payment",
    "record_manual_payment",
    "settle",
    "settle_unsettled",
    "takeable_minor",
    "void_open_payments",
    "void_payment",
    "void_stale_payments",
]
