"""What the business does with money. Every door calls these."""

from payments.services.inbox import receive_event, retry_event
from payments.services.manual import record_manual_payment
from payments.services.refunds import (
    give_back_excess,
    refund_order,
    refundable_minor,
    retry_refund,
    send_refund,
)
from payments.services.settlement import ask_provider, settle, settle_unsettled
from payments.services.starting import begin_payment, open_payment, start_payment
from payments.services.voiding import capture_payment, void_open_payments

__all__ = [
    "ask_provider",
    "begin_payment",
    "capture_payment",
    "give_back_excess",
    "open_payment",
    "receive_event",
    "record_manual_payment",
    "refund_order",
    "refundable_minor",
    "retry_event",
    "retry_refund",
    "send_refund",
    "settle",
    "settle_unsettled",
    "start_payment",
    "void_open_payments",
]
