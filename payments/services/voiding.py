"""Closing payments that nobody needs any more, and taking authorized ones."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.models import Order
from payments.errors import OutcomeMismatch, ProviderRefused, ProviderUnavailable
from payments.models import Payment
from payments.providers import provider
from payments.querysets import PaymentQuerySet
from payments.services.locks import lock_payments
from payments.services.settlement import quarantine_answer, settle
from payments.states import PaymentState
from shop.core.actors import SYSTEM, Actor

_OPEN = [PaymentState.STARTED, PaymentState.REQUIRES_ACTION, PaymentState.FAILED]
_CLOSABLE = [*_OPEN, PaymentState.AUTHORIZED]


def void_open_payments(order_id: int, *, at: datetime) -> int:
    """Close an order's payments that were not captured. Calls the outside: no transaction.

    A payment that turns out to be captured after all is settled as such, which gives the money back if the
    order is canceled. Raises `ProviderUnavailable` to be tried again. Returns how many were asked about.
    """
    return _void(Payment.objects.of_order(order_id).filter(state__in=_CLOSABLE), at=at)


def _void(payments: PaymentQuerySet, *, at: datetime) -> int:
    count = 0
    for payment in payments.select_related("order"):
        outcome = provider(payment.provider).void(payment)
        if outcome is not None:
            try:
                settle(payment, outcome, at=at)
            except OutcomeMismatch as mismatch:
                quarantine_answer(payment, outcome, mismatch, at=at)
        count += 1
    return count


def void_stale_payments(order_id: int, *, at: datetime) -> int:
    """Close what is open for another amount than the order has to be paid now. Calls the outside: no transaction.

    What is authorized stays: as much of it as is owed is taken when the order ships.
    Raises `ProviderUnavailable` to be tried again. Returns how many were asked about.
    """
    order = Order.objects.get(pk=order_id)
    stale = Payment.objects.of_order(order_id).filter(state__in=_OPEN)
    return _void(stale.exclude(amount_minor=order.to_pay_minor), at=at)


def capture_order(order_id: int, *, at: datetime) -> int:
    """Take of what an order has authorized as much as it owes, as it goes out; let go what is too much.

    Calls the outside: no transaction. Returns how many were taken.
    """
    payments = Payment.objects.of_order(order_id).filter(state=PaymentState.AUTHORIZED)
    count = 0
    for payment in payments.select_related("order"):
        if _plan_capture(payment):
            capture_payment(payment, actor=SYSTEM, at=at)
            count += 1
        else:
            _void(Payment.objects.filter(pk=payment.pk), at=at)
    return count


@transaction.atomic
def _plan_capture(payment: Payment) -> int:
    """Write down how much is to be taken, once: every try asks the provider for the same. 0 for nothing."""
    payment = lock_payments(payment.order_id)[payment.pk]
    order = Order.objects.locked().get(pk=payment.order_id)
    if payment.capture_minor is None:
        payment.capture_minor = min(payment.amount_minor, order.due_minor) or None
        payment.save(update_fields=["capture_minor"])
    return payment.capture_minor or 0


def capture_payment(payment: Payment, *, actor: Actor, at: datetime) -> Payment:
    """Take of an authorized payment what its order owes. Calls the outside: no transaction.

    Raises `ProviderRefused` if it is not authorized, nothing is owed or the provider says no.
    """
    payment.refresh_from_db()
    if payment.state != PaymentState.AUTHORIZED:
        raise ProviderRefused(_("Only an authorized payment can be captured."))
    amount = _plan_capture(payment)
    if not amount:
        raise ProviderRefused(_("Nothing is owed for this order."))
    outcome = provider(payment.provider).capture(
        payment, amount_minor=amount, key=f"capture-{payment.pk}"
    )
    if outcome.state != PaymentState.CAPTURED:
        raise ProviderUnavailable
    return settle(payment, outcome, actor=actor, at=at)
