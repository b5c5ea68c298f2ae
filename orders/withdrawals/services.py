"""Withdrawing from a contract: a notice is kept and acknowledged at once,
whatever becomes of it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.identity import clean_email
from orders.cancellation import cancel_order
from orders.cancellation.services import cancel_unsent
from orders.events import WithdrawalReceived
from orders.models import Order, Return, Withdrawal
from orders.permissions import possible_acts
from orders.returns import Wanted, request_return
from orders.returns.periods import return_period
from orders.states import Act, OrderStatus, ReturnKind, WithdrawalOutcome
from shop.core.actors import Actor
from shop.core.events import publish


@transaction.atomic
def withdraw(
    *, name: str, number: str, email: str, language: str, actor: Actor, at: datetime
) -> Withdrawal:
    """Take a notice of withdrawal from a whole order in, and act on it.

    An order of which nothing was sent is canceled. Of one that was sent, all that may come back
    does: a return that approves itself; what was not sent stays here and is paid back at once. A
    notice that comes too late, or fits no order, is kept and answered by e-mail; its sender cannot
    tell from the outside which of these it was. Publishes `WithdrawalReceived`.
    """
    order = Order.objects.find(number, email).first()
    claim: Return | None = None
    if order is None:
        outcome = WithdrawalOutcome.NO_MATCH
    else:
        outcome, claim = _withdraw_from(order, actor=actor, at=at)
    notice = Withdrawal.objects.create(
        name=name,
        number=number.strip().upper()[:20],
        email=clean_email(email),
        language=language,
        order=order,
        opened_return=claim,
        outcome=outcome,
        received_at=at,
    )
    publish(WithdrawalReceived(withdrawal_id=notice.pk))
    return notice


def _withdraw_from(
    order: Order, *, actor: Actor, at: datetime
) -> tuple[WithdrawalOutcome, Return | None]:
    order = Order.objects.locked().get(pk=order.pk)
    if Act.CANCEL in possible_acts(order):
        cancel_order(order, reason=_("Contract withdrawn"), actor=actor, at=at)
        return WithdrawalOutcome.CANCELED, None
    if not return_period(order, ReturnKind.WITHDRAWAL, at=at).is_open:
        return WithdrawalOutcome.TOO_LATE, None
    wanted = [
        Wanted(item.pk, item.returnable_quantity)
        for item in order.items.all()
        if item.is_returnable and item.returnable_quantity
    ]
    if order.status == OrderStatus.CANCELED:
        return WithdrawalOutcome.NOTHING_LEFT, None
    # The return first: once nothing is left to send, the period may turn out to be over.
    claim = (
        request_return(order, items=wanted, kind=ReturnKind.WITHDRAWAL, actor=actor, at=at)
        if wanted
        else None
    )
    kept = cancel_unsent(order, reason=_("Contract withdrawn"), actor=actor, at=at)
    if claim is not None:
        return WithdrawalOutcome.RETURN, claim
    return (WithdrawalOutcome.UNSENT if kept else WithdrawalOutcome.NOTHING_LEFT), None
