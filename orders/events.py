"""Facts about orders that higher apps react to."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    """An order has been written and its stock is held."""

    order_id: int


@dataclass(frozen=True)
class OrderConfirmed(Event):
    """An order is paid, or need not be paid yet: its stock is allocated and it may be shipped."""

    order_id: int


@dataclass(frozen=True)
class OrderPaid(Event):
    """All that an order costs has been taken, not merely authorized.

    Told again if it is due and paid again.
    """

    order_id: int


@dataclass(frozen=True)
class OrderPaymentFailed(Event):
    """A try to pay was refused; the order waits for another one. `payment` names the try."""

    order_id: int
    payment: str


@dataclass(frozen=True)
class PaymentMethodChanged(Event):
    """An unpaid order is to be paid with another method."""

    order_id: int


@dataclass(frozen=True)
class OrderShipped(Event):
    """A parcel has left the warehouse."""

    order_id: int
    fulfillment_id: int


@dataclass(frozen=True)
class TrackingChanged(Event):
    """A parcel that has left has another carrier, tracking number or link; `sequence` is
    its line of the timeline.
    """

    order_id: int
    fulfillment_id: int
    sequence: int


@dataclass(frozen=True)
class CreditGranted(Event):
    """The shop grants something back on an order; what was paid too much goes back."""

    order_id: int
    credit_id: int


@dataclass(frozen=True)
class ReturnRequested(Event):
    """A shopper wants to send something back; staff answer."""

    order_id: int
    return_id: int


@dataclass(frozen=True)
class ReturnApproved(Event):
    """A return was approved, by staff or by itself: the shopper may send."""

    order_id: int
    return_id: int


@dataclass(frozen=True)
class ReturnDeclined(Event):
    """A return was declined."""

    order_id: int
    return_id: int


@dataclass(frozen=True)
class ReturnReceived(Event):
    """Units of a return have arrived and are credited."""

    order_id: int
    return_id: int
    receipt_id: int


@dataclass(frozen=True)
class ReturnClosed(Event):
    """A return is over: all of it arrived, or it was canceled, or the rest does not come."""

    order_id: int
    return_id: int


@dataclass(frozen=True)
class WithdrawalReceived(Event):
    """A notice of withdrawal came in; it is acknowledged at once."""

    withdrawal_id: int


@dataclass(frozen=True)
class OrderEdited(Event):
    """What is in an order, where it goes or what it costs has changed.

    `sequence` is its line in the timeline.
    """

    order_id: int
    sequence: int


@dataclass(frozen=True)
class InvoiceIssued(Event):
    """An invoice or a credit note was written."""

    order_id: int
    invoice_id: int


@dataclass(frozen=True)
class OrderCompleted(Event):
    """Everything has arrived and is paid."""

    order_id: int


@dataclass(frozen=True)
class OrderCanceled(Event):
    """An order was canceled and its stock is free again; what was paid goes back."""

    order_id: int
    reason: str
