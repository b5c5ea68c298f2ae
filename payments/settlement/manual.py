"""Money that people count: a bank transfer that arrived, cash the courier brought."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.errors import ActNotAllowed
from orders.models import Order
from orders.permissions import possible_acts
from orders.states import Act
from payments.errors import AmountTooLarge, NothingToPay
from payments.ledger.locks import lock_payments
from payments.models import Payment, PaymentEntry
from payments.settlement.services import follow_ledger
from payments.states import EntryKind, PaymentState
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.money import Money

_OPEN = {PaymentState.STARTED, PaymentState.REQUIRES_ACTION}


@transaction.atomic
def record_manual_payment(
    order: Order,
    *,
    amount_minor: int | None = None,
    reference: str = "",
    actor: Actor,
    at: datetime,
) -> Payment:
    """Record money that came without a provider: all that is due, or `amount_minor` of it.

    `reference` is what the bank statement says. Raises `NothingToPay`, `AmountTooLarge`, `Invalid`.
    """
    payments = list(lock_payments(order.pk).values())
    order = Order.objects.locked().get(pk=order.pk)
    if Act.MARK_PAID not in possible_acts(order):
        raise NothingToPay(order_status=order.status)
    if actor.kind not in {"staff", "system"}:
        raise ActNotAllowed
    amount_minor = order.due_minor if amount_minor is None else amount_minor
    if amount_minor <= 0:
        raise Invalid(errors={"amount": [_("Enter an amount above zero.")]})
    if amount_minor > order.due_minor:
        raise AmountTooLarge(due_minor=order.due_minor)
    payment = next(
        (
            payment
            for payment in payments
            if payment.provider == "manual"
            and payment.state in _OPEN
            and payment.amount_minor == amount_minor
        ),
        None,
    ) or Payment(
        order=order,
        provider="manual",
        amount_minor=amount_minor,
        currency=order.currency,
        created_at=at,
    )
    payment.state = PaymentState.CAPTURED
    payment.instrument = (reference.strip() or order.payment_method_name)[:60]
    payment.updated_at = at
    payment.save()
    PaymentEntry.objects.create(
        payment=payment,
        kind=EntryKind.CAPTURED,
        amount_minor=amount_minor,
        currency=order.currency,
        message=reference.strip()[:250],
        actor=actor.label[:200],
        at=at,
    )
    payment.order = order
    follow_ledger(payment, EntryKind.CAPTURED, actor=actor, at=at)
    paid = Money.from_minor(amount_minor, order.currency)
    audit.record("order.mark_paid", order, actor=actor, changes={"paid": [None, paid]})
    return payment
