"""Closing payments that nobody needs any more, and taking authorized ones."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from payments.errors import OutcomeMismatch, ProviderRefused, ProviderUnavailable
from payments.models import Payment
from payments.providers import provider
from payments.services.settlement import quarantine_answer, settle
from payments.states import PaymentState
from shop.core.actors import SYSTEM, Actor

_CLOSABLE = [
    PaymentState.STARTED,
    PaymentState.REQUIRES_ACTION,
    PaymentState.AUTHORIZED,
    PaymentState.FAILED,
]


def void_open_payments(order_id: int, *, at: datetime) -> int:
    """Close an order's payments that were not captured. Calls the outside: no transaction.

    A payment that turns out to be captured after all is settled as such, which gives the money back if the
    order is canceled. Raises `ProviderUnavailable` to be tried again. Returns how many were asked about.
    """
    count = 0
    payments = Payment.objects.of_order(order_id).filter(state__in=_CLOSABLE)
    for payment in payments.select_related("order"):
        outcome = provider(payment.provider).void(payment)
        if outcome is not None:
            try:
                settle(payment, outcome, at=at)
            except OutcomeMismatch as mismatch:
                quarantine_answer(payment, outcome, mismatch, at=at)
        count += 1
    return count


def capture_order(order_id: int, *, at: datetime) -> int:
    """Take what an order has authorized, as it goes out. Calls the outside: no transaction. Returns how many."""
    payments = Payment.objects.of_order(order_id).filter(state=PaymentState.AUTHORIZED)
    count = 0
    for payment in payments.select_related("order"):
        capture_payment(payment, actor=SYSTEM, at=at)
        count += 1
    return count


def capture_payment(payment: Payment, *, actor: Actor, at: datetime) -> Payment:
    """Take an authorized payment. Calls the outside: no transaction.

    Raises `ProviderRefused` if it is not authorized or the provider says no.
    """
    payment.refresh_from_db()
    if payment.state != PaymentState.AUTHORIZED:
        raise ProviderRefused(_("Only an authorized payment can be captured."))
    outcome = provider(payment.provider).capture(
        payment, amount_minor=payment.amount_minor, key=f"capture-{payment.pk}"
    )
    if outcome.state != PaymentState.CAPTURED:
        raise ProviderUnavailable
    return settle(payment, outcome, actor=actor, at=at)
