"""What the business does with money. Every door calls these."""

from payments.services.gift_cards import pay_with_cards
from payments.services.inbox import receive_event, resolve_event, retry_event, work_on_waiting
from payments.services.manual import record_manual_payment
from payments.services.reconciling import Difference, reconcile
from payments.services.refunds import (
    give_back_excess,
    refund_order,
    refundable_minor,
    refundable_payments,
    retry_refund,
    send_refund,
)
from payments.services.settlement import ask_provider, settle, settle_unsettled
from payments.services.starting import begin_payment, open_payment, start_payment
from payments.services.voiding import (
    capture_order,
    capture_payment,
    takeable_minor,
    void_open_payments,
    void_payment,
    void_stale_payments,
)

__all__ = [
    "Difference",
    "ask_provider",
    "begin_payment",
    "capture_order",
    "capture_payment",
    "give_back_excess",
    "open_payment",
    "pay_with_cards",
    "receive_event",
    "reconcile",
    "record_manual_payment",
    "refund_order",
    "refundable_minor",
    "refundable_payments",
    "resolve_event",
    "retry_event",
    "retry_refund",
    "send_refund",
    "settle",
    "settle_unsettled",
    "start_payment",
    "takeable_minor",
    "void_open_payments",
    "void_payment",
    "void_stale_payments",
    "work_on_waiting",
]
