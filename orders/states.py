"""Statuses of an order and the one table of allowed acts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    """pending → confirmed → completed; canceled from pending or confirmed."""

    PENDING = "pending", _("Open")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELED = "canceled", _("Canceled")


# Providers at which no shopper pays: people count the money, or there is nothing to pay.
OFFLINE = frozenset({"manual", "gift_card", "free"})


class PaymentStatus(models.TextChoices):
    """Derived from amounts by `derive_payment_status`."""

    PENDING = "pending", _("Unpaid")
    AUTHORIZED = "authorized", _("Authorized")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Payment failed")
    VOIDED = "voided", _("Not charged")


class FulfillmentStatus(models.TextChoices):
    """Derived from quantities by `derive_fulfillment_status`."""

    UNFULFILLED = "unfulfilled", _("To ship")
    PARTIAL = "partial", _("Partially shipped")
    FULFILLED = "fulfilled", _("Shipped")
    CANCELED = "canceled", _("Not shipped")


class EventKind(models.TextChoices):
    """Kinds of line in an order's timeline."""

    PLACED = "placed", _("Order placed")
    CONFIRMED = "confirmed", _("Order confirmed")
    PAID = "paid", _("Paid")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    SHIPPED = "shipped", _("Shipped")
    TRACKING = "tracking", _("Tracking changed")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    EDITED = "edited", _("Order edited")
    CANCELED = "canceled", _("Canceled")
    REFUNDED = "refunded", _("Refunded")
    INVOICED = "invoiced", _("Invoice issued")
    CREDIT_NOTED = "credit_noted", _("Credit note issued")
    RETURN_REQUESTED = "return_requested", _("Return requested")
    RETURN_APPROVED = "return_approved", _("Return approved")
    RETURN_DECLINED = "return_declined", _("Return declined")
    RETURN_RECEIVED = "return_received", _("Return received")
    RETURN_CANCELED = "return_canceled", _("Return canceled")
    RETURN_CLOSED = "return_closed", _("Return closed")
    NOTE = "note", _("Note")
    MAIL = "mail", _("E-mail sent")


class CreditKind(models.TextChoices):
    """Why the shop grants something back."""

    REFUND = "refund", _("Refund")
    RETURN = "return", _("Return")
    DISPUTE = "dispute", _("Lost dispute")
    CANCELED = "canceled", _("Units canceled")


class InvoiceKind(models.TextChoices):
    """A document that asks for money, and one that takes some of it off."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class ReturnKind(models.TextChoices):
    """What a shopper wants: a refund, by goodwill or by law, or another item."""

    RETURN = "return", _("Return")
    WITHDRAWAL = "withdrawal", _("Withdrawal")
    EXCHANGE = "exchange", _("Exchange")


class ReturnStatus(models.TextChoices):
    """requested → approved → received → closed; declined by staff, canceled by the shopper."""

    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    RECEIVED = "received", _("Partially received")
    CLOSED = "closed", _("Closed")
    DECLINED = "declined", _("Declined")
    CANCELED = "canceled", _("Canceled")


class ReturnReason(models.TextChoices):
    """Why something comes back."""

    CHANGED_MIND = "changed_mind", _("Changed my mind")
    DOES_NOT_FIT = "does_not_fit", _("Does not fit")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    DAMAGED = "damaged", _("Arrived damaged")
    FAULTY = "faulty", _("Does not work")
    WRONG_ITEM = "wrong_item", _("Wrong item sent")
    OTHER = "other", _("Other")


class WithdrawalOutcome(models.TextChoices):
    """What a notice of withdrawal led to."""

    CANCELED = "canceled", _("Order canceled")
    RETURN = "return", _("Return opened")
    UNSENT = "unsent", _("Remaining items canceled")
    TOO_LATE = "too_late", _("Period expired")
    NOTHING_LEFT = "nothing_left", _("Nothing left to return")
    NO_MATCH = "no_match", _("Order not found")


# Which statuses an order may move to.
MOVES: dict[str, frozenset[str]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELED}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELED}),
    # An exchange adds something to ship to an order that was through.
    OrderStatus.COMPLETED: frozenset({OrderStatus.CONFIRMED}),
    OrderStatus.CANCELED: frozenset(),
}


# Which statuses a return may move to.
RETURN_MOVES: dict[str, frozenset[str]] = {
    ReturnStatus.REQUESTED: frozenset(
        {ReturnStatus.APPROVED, ReturnStatus.DECLINED, ReturnStatus.CANCELED}
    ),
    ReturnStatus.APPROVED: frozenset(
        {ReturnStatus.RECEIVED, ReturnStatus.CLOSED, ReturnStatus.CANCELED}
    ),
    ReturnStatus.RECEIVED: frozenset({ReturnStatus.RECEIVED, ReturnStatus.CLOSED}),
    ReturnStatus.CLOSED: frozenset(),
    ReturnStatus.DECLINED: frozenset(),
    ReturnStatus.CANCELED: frozenset(),
}
# Returns that still hold on to units of their order.
LIVE_RETURNS = frozenset({ReturnStatus.REQUESTED, ReturnStatus.APPROVED, ReturnStatus.RECEIVED})
# Returns of which units may arrive.
EXPECTED_RETURNS = frozenset({ReturnStatus.APPROVED, ReturnStatus.RECEIVED})


class Act(models.TextChoices):
    """What somebody may do with an order."""

    PAY = "pay", _("Pay")
    CANCEL = "cancel", _("Cancel")
    EDIT = "edit", _("Edit")
    MARK_PAID = "mark_paid", _("Mark as paid")
    FULFILL = "fulfill", _("Ship")
    REFUND = "refund", _("Refund")
    INVOICE = "invoice", _("Issue invoice")
    REQUEST_RETURN = "request_return", _("Request return")
    ANSWER_RETURN = "answer_return", _("Review return")
    RECEIVE_RETURN = "receive_return", _("Receive return")
    NOTE = "note", _("Add note")


def derive_payment_status(
    *,
    total: int,
    authorized: int,
    captured: int,
    refunded: int,
    credited: int,
    has_failed: bool,
    is_canceled: bool,
) -> PaymentStatus:
    """The payment status that the amounts (minor units) amount to.

    What goes back because it was too much, paid twice or before the order became cheaper, makes no
    refund. An order that became more expensive after it was paid is partly paid.
    """
    owed = 0 if is_canceled else total - credited
    held = captured - refunded
    if captured and not held and not owed:
        return PaymentStatus.REFUNDED
    if 0 < held < owed:
        return PaymentStatus.PARTIALLY_PAID
    if held and refunded and (credited or is_canceled):
        return PaymentStatus.PARTIALLY_REFUNDED
    if held:
        return PaymentStatus.PARTIALLY_PAID if is_canceled and held < total else PaymentStatus.PAID
    if total == 0 and not is_canceled:
        return PaymentStatus.PAID
    if is_canceled:
        return PaymentStatus.VOIDED
    if authorized:
        return PaymentStatus.AUTHORIZED
    return PaymentStatus.FAILED if has_failed else PaymentStatus.PENDING


def derive_fulfillment_status(
    *, ordered: int, shipped: int, is_canceled: bool
) -> FulfillmentStatus:
    """The fulfillment status that the quantities amount to."""
    if ordered and shipped >= ordered:
        return FulfillmentStatus.FULFILLED
    if shipped:
        return FulfillmentStatus.PARTIAL
    return FulfillmentStatus.CANCELED if is_canceled else FulfillmentStatus.UNFULFILLED
