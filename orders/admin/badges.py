"""States of an order in icon and word."""

from __future__ import annotations

from django.utils.safestring import SafeString

from orders.models import Order
from orders.states import EventKind, FulfillmentStatus, OrderStatus, PaymentStatus
from payments.states import EntryKind
from shop.admin.base import badge

ORDER = {
    OrderStatus.PENDING: ("hourglass_empty", "warn"),
    OrderStatus.CONFIRMED: ("check_circle", "ok"),
    OrderStatus.COMPLETED: ("done_all", "ok"),
    OrderStatus.CANCELED: ("cancel", "quiet"),
}
PAYMENT = {
    PaymentStatus.PENDING: ("hourglass_empty", "warn"),
    PaymentStatus.AUTHORIZED: ("lock", "info"),
    PaymentStatus.PARTIALLY_PAID: ("incomplete_circle", "warn"),
    PaymentStatus.PAID: ("check_circle", "ok"),
    PaymentStatus.PARTIALLY_REFUNDED: ("undo", "info"),
    PaymentStatus.REFUNDED: ("undo", "quiet"),
    PaymentStatus.FAILED: ("error", "danger"),
    PaymentStatus.VOIDED: ("remove", "quiet"),
}
FULFILLMENT = {
    FulfillmentStatus.UNFULFILLED: ("package_2", "warn"),
    FulfillmentStatus.PARTIAL: ("call_split", "warn"),
    FulfillmentStatus.FULFILLED: ("local_shipping", "info"),
    FulfillmentStatus.CANCELED: ("remove", "quiet"),
}
TIMELINE: dict[str, str] = {
    EventKind.PLACED: "shopping_bag",
    EventKind.CONFIRMED: "check_circle",
    EventKind.PAID: "payments",
    EventKind.PAYMENT_FAILED: "error",
    EventKind.SHIPPED: "local_shipping",
    EventKind.DELIVERED: "home",
    EventKind.COMPLETED: "done_all",
    EventKind.EDITED: "edit",
    EventKind.CANCELED: "cancel",
    EventKind.REFUNDED: "undo",
    EventKind.INVOICED: "receipt_long",
    EventKind.CREDIT_NOTED: "undo",
    EventKind.RETURN_REQUESTED: "undo",
    EventKind.RETURN_APPROVED: "check_circle",
    EventKind.RETURN_DECLINED: "cancel",
    EventKind.RETURN_RECEIVED: "inventory_2",
    EventKind.RETURN_CANCELED: "remove",
    EventKind.RETURN_CLOSED: "done_all",
    EventKind.NOTE: "edit_note",
    EventKind.MAIL: "mail",
}
# Which way an entry of the ledger moves what was received.
LEDGER_SIGN: dict[str, int] = {
    EntryKind.CAPTURED: 1,
    EntryKind.REFUNDED: -1,
    EntryKind.WITHDRAWN: -1,
    EntryKind.REINSTATED: 1,
}


def status_badge(order: Order) -> SafeString:
    """Where the order as a whole stands."""
    icon, tone = ORDER[OrderStatus(order.status)]
    return badge(order.get_status_display(), icon=icon, tone=tone)


def payment_badge(order: Order) -> SafeString:
    """Whether it is paid."""
    icon, tone = PAYMENT[PaymentStatus(order.payment_status)]
    return badge(order.get_payment_status_display(), icon=icon, tone=tone)


def delivery_badge(order: Order) -> SafeString:
    """Whether it was sent. An unpaid order is not to be shipped yet, and says so."""
    status = FulfillmentStatus(order.fulfillment_status)
    if status == FulfillmentStatus.UNFULFILLED and order.status == OrderStatus.PENDING:
        return badge(OrderStatus.PENDING.label, icon="hourglass_empty")
    icon, tone = FULFILLMENT[status]
    return badge(order.get_fulfillment_status_display(), icon=icon, tone=tone)
