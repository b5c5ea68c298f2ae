"""Settling: the one place where return pages, callbacks and the poller meet."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from orders.cancellation import extend_hold
from orders.models import Order
from orders.payment import note_payment_under_way
from payments.errors import OutcomeMismatch, ProviderUnavailable, UnknownProvider
from payments.events import EventQuarantined
from payments.ledger.locks import lock_payments
from payments.ledger.services import add_entry, follow_entries
from payments.models import Payment, PaymentEntry, ProviderEvent
from payments.providers import provider
from payments.providers.base import Outcome, news_to_data
from payments.refunds import give_back_excess
from payments.states import EntryKind, InboxState, PaymentState
from shop.core.actors import SYSTEM, Actor
from shop.core.events import publish

logger = logging.getLogger(__name__)

# Money on its way keeps an order's stock this long.
PROCESSING_HOLD = timedelta(days=2)
ASK_AGAIN_AFTER = timedelta(seconds=20)
ASK_UNTIL = timedelta(days=3)

# What a payment may become. Captured is the end: later news about the try changes nothing. Money
# that was taken counts whatever we thought before.
_MOVES: dict[str, frozenset[str]] = {
    PaymentState.STARTED: frozenset(PaymentState) - {PaymentState.STARTED},
    PaymentState.REQUIRES_ACTION: frozenset(
        {
            PaymentState.PROCESSING,
            PaymentState.AUTHORIZED,
            PaymentState.CAPTURED,
            PaymentState.FAILED,
            PaymentState.VOIDED,
        }
    ),
    PaymentState.PROCESSING: frozenset(
        {
            PaymentState.AUTHORIZED,
            PaymentState.CAPTURED,
            PaymentState.FAILED,
            PaymentState.VOIDED,
        }
    ),
    PaymentState.AUTHORIZED: frozenset({PaymentState.CAPTURED, PaymentState.VOIDED}),
    PaymentState.FAILED: frozenset(PaymentState) - {PaymentState.STARTED},
    PaymentState.VOIDED: frozenset({PaymentState.CAPTURED}),
    PaymentState.CAPTURED: frozenset(),
}
_NOT_PAID = {PaymentState.STARTED, PaymentState.REQUIRES_ACTION}
_ENTRIES = {
    PaymentState.AUTHORIZED: EntryKind.AUTHORIZED,
    PaymentState.CAPTURED: EntryKind.CAPTURED,
    PaymentState.FAILED: EntryKind.FAILED,
}


@transaction.atomic
def settle(payment: Payment, outcome: Outcome, *, actor: Actor = SYSTEM, at: datetime) -> Payment:
    """Take a provider's word about a payment into the books, once, however often it is told.

    Writes the ledger entry, lets the order's statuses follow, and gives back what came too late.
    Raises `OutcomeMismatch`, and changes nothing, if amount, currency or order are not ours.
    """
    payment = lock_payments(payment.order_id)[payment.pk]
    _check(payment, outcome)
    if not tells_news(payment, outcome):
        return payment
    was_authorized = payment.state == PaymentState.AUTHORIZED
    if outcome.state == PaymentState.CAPTURED and outcome.amount_minor != payment.taken_minor:
        payment.capture_minor = outcome.amount_minor
    payment.state = outcome.state
    payment.external_id = payment.external_id or outcome.external_id
    payment.instrument = outcome.instrument or payment.instrument
    payment.failure_code = outcome.failure_code
    payment.failure_message = outcome.failure_message
    payment.updated_at = at
    payment.save(
        update_fields=[
            "state",
            "capture_minor",
            "external_id",
            "instrument",
            "failure_code",
            "failure_message",
            "updated_at",
        ]
    )
    _tell_under_way(payment)
    if outcome.state == PaymentState.PROCESSING:
        order = Order.objects.get(pk=payment.order_id)
        extend_hold(order, until=at + PROCESSING_HOLD, at=at, is_paying=True)
    kind = _ENTRIES.get(PaymentState(outcome.state))
    if outcome.state == PaymentState.VOIDED and was_authorized:
        kind = EntryKind.VOIDED
    if kind:
        add_entry(
            payment,
            kind,
            outcome.amount_minor,
            external_id=outcome.entry_id,
            message=outcome.failure_message or outcome.instrument,
            actor=actor,
            at=at,
        )
        follow_ledger(payment, kind, actor=actor, at=at)
    return payment


def tells_news(payment: Payment, outcome: Outcome) -> bool:
    """Whether an outcome would move a payment on. An old refusal that is told again does not."""
    if outcome.state not in _MOVES[payment.state]:
        return False
    return outcome.state != PaymentState.FAILED or _is_unknown_entry(payment, outcome)


def _check(payment: Payment, outcome: Outcome) -> None:
    """Refuse an outcome that is not about this payment as we know it."""
    faults = list(outcome.faults)
    if outcome.reference != str(payment.pk):
        faults.append("reference")
    if outcome.currency != payment.currency:
        faults.append("currency")
    if not _is_amount_ours(payment, outcome):
        faults.append("amount")
    if payment.external_id and outcome.external_id not in {"", payment.external_id}:
        faults.append("external_id")
    if faults:
        raise OutcomeMismatch(payment=str(payment.pk), faults=faults)


def _is_amount_ours(payment: Payment, outcome: Outcome) -> bool:
    if outcome.state != PaymentState.CAPTURED:
        return outcome.amount_minor == payment.amount_minor
    if payment.state == PaymentState.AUTHORIZED:
        # Somebody may have taken a part at the provider's own pages, which lets go of the rest.
        return 0 < outcome.amount_minor <= payment.amount_minor
    return outcome.amount_minor == payment.taken_minor


def _is_unknown_entry(payment: Payment, outcome: Outcome) -> bool:
    return not (
        outcome.entry_id
        and PaymentEntry.objects.filter(
            payment=payment, kind=EntryKind.FAILED, external_id=outcome.entry_id
        ).exists()
    )


def follow_ledger(payment: Payment, kind: EntryKind, *, actor: Actor, at: datetime) -> None:
    """Let the order follow its ledger after an entry of `kind`, and give back what
    it took too much.
    """
    message = payment.failure_message if kind == EntryKind.FAILED else payment.instrument
    order = follow_entries(payment, kind, message=message, actor=actor, at=at)
    if kind == EntryKind.CAPTURED:
        give_back_excess(order, at=at)


def ask_provider(payment: Payment, *, at: datetime) -> Payment:
    """Ask the provider about a payment and settle what it says. Calls the outside: no transaction.

    Without an answer a payment that the shopper may have made counts as being processed. An answer
    that does not fit is quarantined and changes nothing.
    """
    try:
        outcome = provider(payment.provider).fetch(payment)
    except ProviderUnavailable:
        return _mark_unknown(payment, at=at)
    if outcome is None:
        Payment.objects.filter(pk=payment.pk).update(updated_at=at)
        return payment
    try:
        settled = settle(payment, outcome, at=at)
    except OutcomeMismatch as mismatch:
        quarantine_answer(payment, outcome, mismatch, at=at)
        return payment
    if settled.state == PaymentState.PROCESSING and outcome.state in _NOT_PAID:
        settled = _mark_open(settled, PaymentState(outcome.state), at=at)
    Payment.objects.filter(pk=payment.pk).update(updated_at=at)
    return settled


@transaction.atomic
def _mark_unknown(payment: Payment, *, at: datetime) -> Payment:
    payment = lock_payments(payment.order_id)[payment.pk]
    payment.updated_at = at
    if PaymentState.PROCESSING in _MOVES[payment.state]:
        payment.state = PaymentState.PROCESSING
        note_payment_under_way(payment.order_id, is_under_way=True)
        extend_hold(payment.order, until=at + PROCESSING_HOLD, at=at, is_paying=True)
    payment.save(update_fields=["state", "updated_at"])
    return payment


@transaction.atomic
def _mark_open(payment: Payment, state: PaymentState, *, at: datetime) -> Payment:
    """Let the shopper pay after all: we did not know, and now the provider says
    that nothing was paid.
    """
    payment = lock_payments(payment.order_id)[payment.pk]
    if payment.state == PaymentState.PROCESSING:
        payment.state, payment.updated_at = state, at
        payment.save(update_fields=["state", "updated_at"])
        _tell_under_way(payment)
    return payment


def _tell_under_way(payment: Payment) -> None:
    """Let the order know whether one of its payments is being processed, under
    the payments' locks.
    """
    others = Payment.objects.of_order(payment.order_id).filter(state=PaymentState.PROCESSING)
    note_payment_under_way(payment.order_id, is_under_way=others.exists())


@transaction.atomic
def quarantine_answer(
    payment: Payment, outcome: Outcome, mismatch: OutcomeMismatch, *, at: datetime
) -> None:
    """Put an answer that does not fit our books before a person, once a payment."""
    event, is_new = ProviderEvent.objects.get_or_create(
        provider=payment.provider,
        event_id=f"answer:{payment.pk}",
        defaults={
            "type": "answer",
            "payload": mismatch.details,
            "news": news_to_data(outcome),
            "state": InboxState.QUARANTINED,
            "note": _("Doesn't match our records: %(faults)s")
            % {"faults": ", ".join(mismatch.details["faults"])},
            "received_at": at,
        },
    )
    if is_new:
        logger.error("Payment %s: the provider's answer does not fit", payment.pk)
        publish(EventQuarantined(provider_event_id=event.pk))


def settle_unsettled(*, at: datetime, limit: int = 100) -> int:
    """Ask the providers about payments whose outcome we do not know: what callbacks lost.

    Returns how many.
    """
    waiting = Payment.objects.to_ask_about(
        at=at, after=at - ASK_AGAIN_AFTER, since=at - ASK_UNTIL
    ).select_related("order")[:limit]
    count = 0
    for payment in waiting:
        try:
            ask_provider(payment, at=at)
        except UnknownProvider:
            continue
        count += 1
    return count
