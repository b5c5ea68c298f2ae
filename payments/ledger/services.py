"""The books: adding an entry, and letting the order follow the sums. Under the payments' locks."""

from __future__ import annotations

from datetime import datetime

from orders.models import Order
from orders.payment import record_payment
from payments.models import Payment, PaymentEntry
from payments.states import EntryKind
from shop.core.actors import Actor


def add_entry(
    payment: Payment,
    kind: EntryKind,
    amount_minor: int,
    *,
    external_id: str = "",
    message: str = "",
    actor: Actor,
    at: datetime,
) -> PaymentEntry:
    """Write that money of a payment moved."""
    return PaymentEntry.objects.create(
        payment=payment,
        kind=kind,
        amount_minor=amount_minor,
        currency=payment.currency,
        external_id=external_id,
        message=message[:250],
        actor=actor.label[:200],
        at=at,
    )


def follow_entries(
    payment: Payment, kind: EntryKind, *, message: str, actor: Actor, at: datetime
) -> Order:
    """Let the order follow its ledger after an entry of `kind`."""
    sums = PaymentEntry.objects.sums(payment.order_id)
    captured = sums.get(EntryKind.CAPTURED, 0)
    return record_payment(
        payment.order,
        authorized_minor=Payment.objects.authorized_minor(payment.order_id),
        captured_minor=captured,
        refunded_minor=sums.get(EntryKind.REFUNDED, 0),
        disputed_minor=sums.get(EntryKind.WITHDRAWN, 0) - sums.get(EntryKind.REINSTATED, 0),
        has_failed=bool(sums.get(EntryKind.FAILED)) and not captured,
        actor=actor,
        at=at,
        message=message,
        payment=str(payment.pk) if kind == EntryKind.FAILED else "",
    )
