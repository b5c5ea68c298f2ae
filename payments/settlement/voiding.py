"""Closing payments that nobody needs any more, and taking authorized ones."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.models import Order
from payments.errors import (
    AmountTooLarge,
    CaptureUnderWay,
    OutcomeMismatch,
    ProviderRefused,
    ProviderUnavailable,
)
from payments.ledger.locks import lock_payments
from payments.models import Payment
from payments.providers import provider
from payments.querysets import PaymentQuerySet
from payments.settlement.services import quarantine_answer, settle
from payments.states import PaymentState
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.money import Money, format_minor

_OPEN = [PaymentState.STARTED, PaymentState.REQUIRES_ACTION, PaymentState.FAILED]
_CLOSABLE = [*_OPEN, PaymentState.AUTHORIZED]


def void_open_payments(order_id: int, *, at: datetime) -> int:
    """Close an order's payments that were not captured. Calls the outside: no transaction.

    A payment that turns out to be captured after all is settled as such, which gives the
    money back if the order is canceled. Raises `ProviderUnavailable` to be tried again.
    Returns how many were asked about.
    """
    return _void(Payment.objects.of_order(order_id).filter(state__in=_CLOSABLE), at=at)


def _void(payments: PaymentQuerySet, *, at: datetime) -> int:
    count = 0
    for payment in payments.select_related("order"):
        with suppress(OutcomeMismatch):
            _end(payment, actor=SYSTEM, at=at)
        count += 1
    return count


def _end(payment: Payment, *, actor: Actor, at: datetime) -> Payment:
    """Have the provider close a payment and settle what it says; what does not fit
    waits for a person.
    """
    outcome = provider(payment.provider).void(payment)
    if outcome is None:
        return payment
    try:
        return settle(payment, outcome, actor=actor, at=at)
    except OutcomeMismatch as mismatch:
        quarantine_answer(payment, outcome, mismatch, at=at)
        raise


def void_payment(payment: Payment, *, actor: Actor, at: datetime) -> Payment:
    """Let go of one payment that was not captured. Calls the outside: no transaction.

    Raises `ProviderRefused` if it was captured, before or meanwhile (which is settled, then), or
    if the provider keeps it.
    """
    payment.refresh_from_db()
    if payment.state not in _CLOSABLE:
        raise ProviderRefused(_("Only an authorized payment that was not captured can be voided."))
    before = payment.state
    payment = _end(payment, actor=actor, at=at)
    if payment.state != PaymentState.VOIDED:
        raise ProviderRefused(
            _("The payment could not be voided. Its status at the provider is “%(state)s”.")
            % {"state": payment.get_state_display()}
        )
    if actor.kind == "staff":
        changes = {"payment": [before, payment.state]}
        audit.record("order.void", payment.order, actor=actor, changes=changes)
    return payment


def void_stale_payments(order_id: int, *, at: datetime) -> int:
    """Close what is open for another amount than the order has to be paid now. Calls
    the outside: no transaction.

    What is authorized stays: as much of it as is owed is taken when the order ships.
    Raises `ProviderUnavailable` to be tried again. Returns how many were asked about.
    """
    order = Order.objects.get(pk=order_id)
    stale = Payment.objects.of_order(order_id).filter(state__in=_OPEN)
    return _void(stale.exclude(amount_minor=order.to_pay_minor), at=at)


def capture_order(order_id: int, *, at: datetime) -> int:
    """Take of what an order has authorized as much as it owes, as it goes out; let
    go what is too much.

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


def capture_payment(
    payment: Payment, *, amount_minor: int | None = None, actor: Actor, at: datetime
) -> Payment:
    """Take `amount_minor` of an authorized payment, or what its order owes; the
    rest is let go for good.

    Calls the outside: no transaction. Raises `ProviderRefused` if it is not authorized, nothing is
    owed or the provider says no; `AmountTooLarge` for more than it holds or the order owes;
    `CaptureUnderWay` while it is not known what became of another amount.
    """
    payment.refresh_from_db()
    if payment.state != PaymentState.AUTHORIZED:
        raise ProviderRefused(_("Only an authorized payment can be captured."))
    amount = _plan_capture(payment, amount_minor)
    if not amount:
        raise ProviderRefused(_("This order has no amount due."))
    try:
        outcome = provider(payment.provider).capture(
            payment, amount_minor=amount, key=f"capture-{payment.pk}-{amount}"
        )
    except ProviderRefused:
        _drop_plan(payment)
        raise
    if outcome.state != PaymentState.CAPTURED:
        raise ProviderUnavailable
    payment = settle(payment, outcome, actor=actor, at=at)
    if actor.kind == "staff":
        taken = Money.from_minor(payment.taken_minor, payment.currency)
        changes = {"captured": [None, taken]}
        audit.record("order.capture", payment.order, actor=actor, changes=changes)
    return payment


def takeable_minor(payment: Payment) -> int:
    """The most that can be taken of an authorized payment: what it holds, and no
    more than is owed.
    """
    return min(payment.amount_minor, payment.order.due_minor)


@transaction.atomic
def _plan_capture(payment: Payment, amount_minor: int | None = None) -> int:
    """Write down how much is to be taken, once: every try asks the provider for
    the same. 0 for nothing.
    """
    payment = lock_payments(payment.order_id)[payment.pk]
    payment.order = Order.objects.locked().get(pk=payment.order_id)
    if payment.capture_minor is None:
        most = takeable_minor(payment)
        if amount_minor is not None and not 0 < amount_minor <= most:
            raise AmountTooLarge(
                _("Enter an amount above zero, up to %(amount)s.")
                % {"amount": format_minor(most, payment.currency)},
                takeable_minor=most,
            )
        payment.capture_minor = (most if amount_minor is None else amount_minor) or None
        payment.save(update_fields=["capture_minor"])
    elif amount_minor not in {None, payment.capture_minor}:
        raise CaptureUnderWay(
            _("It is not known yet whether %(amount)s was captured. Capture the same amount again.")
            % {"amount": format_minor(payment.capture_minor, payment.currency)}
        )
    return payment.capture_minor or 0


@transaction.atomic
def _drop_plan(payment: Payment) -> None:
    """After a definite no another amount may be asked for."""
    payment = lock_payments(payment.order_id)[payment.pk]
    if payment.state == PaymentState.AUTHORIZED:
        payment.capture_minor = None
        payment.save(update_fields=["capture_minor"])
