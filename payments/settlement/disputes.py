"""Disputes: a bank takes money back, and returns it or not. Ours to book, a person's to answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.credits import grant_credit
from orders.models import Order
from orders.payment import note_money
from orders.states import CreditKind
from payments.errors import OutcomeMismatch
from payments.ledger.locks import lock_payments
from payments.ledger.services import add_entry, follow_entries
from payments.models import Payment, PaymentEntry
from payments.providers.base import DisputeNews
from payments.states import EntryKind
from shop.core.actors import SYSTEM, Actor
from shop.core.money import format_minor


def take_dispute_news(provider_code: str, news: DisputeNews, *, at: datetime) -> Payment | None:
    """Take what a provider tells about a dispute into the books, each step once, in
    whatever order they come.

    Money that was withdrawn cannot be refunded until it is returned. What is lost is credited to
    the order, so that it is neither owed nor asked for again. None if our ledger does not know the
    payment (yet), or of money that comes back that it was taken. Raises `OutcomeMismatch` if
    amount or currency cannot be.
    """
    payment = disputed_payment(provider_code, news)
    return None if payment is None else _book(payment, news, at=at)


def disputed_payment(provider_code: str, news: DisputeNews) -> Payment | None:
    """The payment of ours that a dispute is about."""
    entry = PaymentEntry.objects.capture_with(provider_code, news.capture_id)
    return None if entry is None else entry.payment


def missing_steps(payment: Payment, news: DisputeNews) -> dict[EntryKind, int]:
    """The entries that our ledger lacks to be as far as the provider, with their amounts."""
    entries = PaymentEntry.objects.filter(payment=payment, external_id=news.key)
    known = dict(entries.values_list("kind", "amount_minor"))
    withdrawn = known.get(EntryKind.WITHDRAWN, news.amount_minor if news.is_withdrawn else 0)
    steps = {
        EntryKind.WITHDRAWN: withdrawn,
        EntryKind.DISPUTE_FEE: news.fee_minor,
        EntryKind.REINSTATED: withdrawn if news.is_returned else 0,
        EntryKind.DISPUTE_LOST: news.amount_minor if news.is_lost else 0,
    }
    return {kind: amount for kind, amount in steps.items() if amount and kind not in known}


@transaction.atomic
def _book(payment: Payment, news: DisputeNews, *, at: datetime) -> Payment | None:
    payment = lock_payments(payment.order_id)[payment.pk]
    withdrawn = PaymentEntry.objects.filter(
        payment=payment, external_id=news.key, kind=EntryKind.WITHDRAWN
    ).first()
    _check(payment, news, withdrawn)
    if news.is_returned and not news.is_withdrawn and withdrawn is None:
        return None
    for kind, amount in missing_steps(payment, news).items():
        actor = Actor("system", payment.provider)
        add_entry(
            payment, kind, amount, external_id=news.key, message=news.text, actor=actor, at=at
        )
        if kind in {EntryKind.WITHDRAWN, EntryKind.REINSTATED}:
            follow_entries(payment, kind, message="", actor=SYSTEM, at=at)
        if kind == EntryKind.DISPUTE_LOST:
            _credit_what_is_lost(payment, news, at=at)
        text = _("%(step)s, %(amount)s. %(text)s") % {
            "step": kind.label,
            "amount": format_minor(amount, payment.currency),
            "text": news.text,
        }
        note_money(payment.order, message=text, actor=SYSTEM, at=at)
    return payment


def _check(payment: Payment, news: DisputeNews, withdrawn: PaymentEntry | None) -> None:
    faults = list(news.faults)
    if news.currency != payment.currency:
        faults.append("currency")
    if withdrawn is None:
        held = PaymentEntry.objects.held_by_payment([payment]).get(payment.pk, 0)
        fits = 0 < news.amount_minor <= held
    else:
        fits = not news.is_withdrawn or withdrawn.amount_minor == news.amount_minor
    if not fits:
        faults.append("amount")
    if faults:
        raise OutcomeMismatch(payment=str(payment.pk), faults=faults)


def _credit_what_is_lost(payment: Payment, news: DisputeNews, *, at: datetime) -> None:
    order = Order.objects.locked().get(pk=payment.order_id)
    amount = min(news.amount_minor, order.owed_minor)
    if amount > 0:
        grant_credit(
            order,
            kind=CreditKind.DISPUTE,
            amount_minor=amount,
            reason=news.text,
            actor=SYSTEM,
            at=at,
        )
