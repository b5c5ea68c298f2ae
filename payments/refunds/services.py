"""Refunds: written with the decision, sent by the worker, never more than was paid."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from inventory.services import restock as put_back
from orders.credits import grant_credit
from orders.errors import CreditTooLarge
from orders.models import Credit, Order, OrderItem
from orders.payment import note_money
from orders.states import CreditKind, OrderStatus
from payments.errors import (
    NothingToRefund,
    OutcomeMismatch,
    ProviderRefused,
    ProviderUnavailable,
    RefundTooLarge,
)
from payments.events import RefundFailed, RefundRequested, RefundSucceeded
from payments.ledger.locks import lock_payments
from payments.ledger.services import add_entry, follow_entries
from payments.models import Payment, PaymentEntry, Refund
from payments.providers import provider
from payments.providers.base import RefundNews
from payments.states import EntryKind, PaymentState, RefundState
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.money import Money, format_minor

logger = logging.getLogger(__name__)


def refundable_minor(order: Order) -> int:
    """What can still be refunded, refunds on their way taken off. 3 queries."""
    return sum(left for _payment, left in refundable_payments(order))


def refundable_payments(order: Order) -> list[tuple[Payment, int]]:
    """The payments with money that can still be refunded, the oldest first, and
    how much of each. 3 queries.
    """
    return [(payment, left) for payment, left in _left(_captured(order.pk)) if left]


@transaction.atomic
def refund_order(
    order: Order,
    *,
    amount_minor: int | None = None,
    items: Mapping[int, int] | None = None,
    include_shipping: bool = False,
    restock: bool = False,
    payment: Payment | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> list[Refund]:
    """Refund an amount, units of items (item id → units), or all that is left, of one
    payment where it is named.

    With `items` the amount is their share of what was paid, and with `include_shipping` what is
    left of delivery besides; no items at all (`{}`) and `include_shipping` are delivery alone.
    `restock` puts shipped units back on the shelf. The order is credited with what goes back, and
    the worker sends the refunds to the provider: one per payment they come from. Raises
    `NothingToRefund`, `RefundTooLarge`, `Invalid`. Publishes `CreditGranted` and `RefundRequested`.
    """
    lock_payments(order.pk)
    order = Order.objects.locked().get(pk=order.pk)
    left = [
        (one, amount)
        for one, amount in _left(_captured(order.pk))
        if payment is None or one.pk == payment.pk
    ]
    total_left = sum(amount for _payment, amount in left)
    if total_left <= 0:
        raise NothingToRefund
    if amount_minor is not None and amount_minor <= 0:
        raise Invalid(errors={"amount": [_("Enter an amount above zero.")]})
    credit = _credit(
        order,
        amount_minor=amount_minor if items is not None or amount_minor is not None else total_left,
        items=items,
        include_shipping=include_shipping,
        reason=reason,
        actor=actor,
        at=at,
    )
    if amount_minor is None:
        amount_minor = total_left if credit is None or items is None else credit.amount_minor
    if amount_minor > total_left:
        raise _too_large(order, total_left)
    refunds = _write_refunds(
        left, amount_minor, credit=credit, reason=reason.strip()[:250], actor=actor, at=at
    )
    if restock:
        _put_back(order, items, actor=actor, at=at)
    if actor.kind == "staff":
        for refund in refunds:
            amount = Money.from_minor(refund.amount_minor, order.currency)
            audit.record("order.refund", order, actor=actor, changes={"refund": [None, amount]})
    return refunds


def _credit(
    order: Order,
    *,
    amount_minor: int | None,
    items: Mapping[int, int] | None,
    include_shipping: bool,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Credit | None:
    """The credit that a refund goes with. What the shop may not keep anyway needs none."""
    if order.status == OrderStatus.CANCELED:
        if items is not None:
            raise Invalid(
                errors={
                    "items": [_("The order was canceled, so the full amount must be refunded.")]
                }
            )
        return None
    if items is None and amount_minor is not None:
        amount_minor = min(amount_minor, order.owed_minor)
        if not amount_minor:
            return None
    try:
        return grant_credit(
            order,
            kind=CreditKind.REFUND,
            amount_minor=amount_minor,
            items=items,
            include_shipping=include_shipping,
            reason=reason,
            actor=actor,
            at=at,
        )
    except CreditTooLarge as refusal:
        raise _too_large(order, refusal.details["creditable_minor"]) from refusal


def _too_large(order: Order, left: int) -> RefundTooLarge:
    return RefundTooLarge(
        _("Up to %(amount)s can still be refunded.")
        % {"amount": format_minor(left, order.currency)},
        refundable_minor=left,
    )


@transaction.atomic
def give_back_excess(order: Order, *, credit: Credit | None = None, at: datetime) -> None:
    """Refund money that an order may not keep: all of a canceled one, what was paid
    twice, what was credited.
    """
    lock_payments(order.pk)
    order = Order.objects.locked().get(pk=order.pk)
    if credit is not None and Refund.objects.filter(credit=credit).exists():
        # Whoever granted it wrote its refunds along. A failed one is for staff to send again.
        return
    left = _left(_captured(order.pk))
    due_back = sum(amount for _payment, amount in left) - order.owed_minor
    if due_back <= 0:
        return
    if credit is not None:
        reason = credit.reason
    elif order.status == OrderStatus.CANCELED:
        reason = _("Order canceled")
    else:
        reason = _("Paid more than the order total")
    _write_refunds(left, due_back, credit=credit, reason=reason, actor=SYSTEM, at=at)


def _captured(order_id: int) -> list[Payment]:
    return list(Payment.objects.of_order(order_id).filter(state=PaymentState.CAPTURED))


def _left(payments: list[Payment]) -> list[tuple[Payment, int]]:
    """What each payment has left: refunds count from the moment they are asked for,
    disputes until they are won.
    """
    refunds = Refund.objects.counting().filter(payment__in=payments).order_by()
    taken = dict(refunds.values_list("payment").annotate(figure=Sum("amount_minor")))
    held = PaymentEntry.objects.held_by_payment(payments)
    return [
        (payment, max(held.get(payment.pk, 0) - taken.get(payment.pk, 0), 0))
        for payment in payments
    ]


def _write_refunds(
    left: list[tuple[Payment, int]],
    amount_minor: int,
    *,
    credit: Credit | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> list[Refund]:
    refunds = []
    for payment, available in left:
        part = min(available, amount_minor)
        if part <= 0:
            continue
        refund = Refund.objects.create(
            payment=payment,
            credit=credit,
            amount_minor=part,
            currency=payment.currency,
            reason=reason,
            actor=actor.label[:200],
            created_at=at,
        )
        publish(RefundRequested(refund_id=str(refund.pk)))
        refunds.append(refund)
        amount_minor -= part
    return refunds


def _put_back(order: Order, items: Mapping[int, int] | None, *, actor: Actor, at: datetime) -> None:
    # Units that never left are still reserved for the order, and those of a return come with it:
    # only what was shipped and has not been spoken for can come back here.
    units = {}
    for item in OrderItem.objects.filter(order=order).order_by("pk"):
        away = item.shipped_quantity - item.returned_quantity - item.returning_quantity
        count = away if items is None else min(items.get(item.pk, 0), away)
        if count > 0 and OrderItem.objects.take_back(item.pk, count):
            units[item.product_sku] = count
    if units:
        put_back(units, reference=order.number, actor=actor, at=at)


def send_refund(refund_id: str, *, at: datetime) -> Refund:
    """Have the provider pay a refund out and record it. Calls the outside: no transaction.

    May run twice: the refund's id is the provider's key. Raises `ProviderUnavailable` to be tried
    again; a definite no marks the refund failed, for staff to retry.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != RefundState.PENDING:
        return refund
    payment = refund.payment
    try:
        news = provider(payment.provider).refund(
            payment, amount_minor=refund.amount_minor, key=str(refund.pk)
        )
    except ProviderUnavailable as error:
        Refund.objects.filter(pk=refund.pk, state=RefundState.PENDING).update(
            failure_message=error.message[:250]
        )
        raise
    except ProviderRefused as refusal:
        return _record_failure(refund, refusal.message, at=at)
    return follow_refund(refund, news, at=at)


def follow_refund(refund: Refund, news: RefundNews, *, at: datetime) -> Refund:
    """Take a provider's word about one of our refunds into the books, once.

    One that is under way stays pending, until a callback or `reconcile` tells how it ended.
    Raises `OutcomeMismatch` if the amount or the currency is not ours, or if money that counted
    as paid back has come back.
    """
    faults = list(news.faults)
    if news.amount_minor != refund.amount_minor:
        faults.append("amount")
    if news.currency != refund.currency:
        faults.append("currency")
    if refund.state == RefundState.SUCCEEDED and refund.external_id != news.external_id:
        faults.append("external_id")
    if refund.state == RefundState.SUCCEEDED and news.state == RefundState.FAILED:
        faults.append("refund came back")
    if faults:
        raise OutcomeMismatch(refund=str(refund.pk), faults=faults)
    if news.state == RefundState.SUCCEEDED:
        return _record_success(refund, news.external_id, at=at)
    if news.state == RefundState.FAILED:
        return _record_failure(refund, news.failure_message, at=at)
    return refund


def take_refund_news(provider_code: str, news: RefundNews, *, at: datetime) -> Refund | None:
    """Take what a provider tells about a refund into the books: one of ours, or
    one made on its own pages.

    None if it is about a payment that our ledger does not know (yet).
    Raises `OutcomeMismatch` if it does not fit our books.
    """
    refund = known_refund(provider_code, news)
    if refund is not None:
        return follow_refund(refund, news, at=at)
    if news.key:
        raise OutcomeMismatch(refund=news.key, faults=["reference"])
    entry = PaymentEntry.objects.capture_with(provider_code, news.capture_id)
    return None if entry is None else record_foreign_refund(entry.payment, news, at=at)


def known_refund(provider_code: str, news: RefundNews) -> Refund | None:
    """The refund in our books that a provider tells of."""
    refunds = Refund.objects.filter(payment__provider=provider_code).select_related("payment")
    if not news.key:
        return refunds.filter(external_id=news.external_id).first()
    try:
        return refunds.filter(pk=UUID(news.key)).first()
    except ValueError:
        return None


@transaction.atomic
def record_foreign_refund(payment: Payment, news: RefundNews, *, at: datetime) -> Refund:
    """Write down a refund that somebody made on the provider's own pages.

    Raises `OutcomeMismatch` if it does not fit what the payment has left.
    """
    payment = lock_payments(payment.order_id)[payment.pk]
    known = Refund.objects.filter(payment=payment, external_id=news.external_id).first()
    if known is not None:
        return follow_refund(known, news, at=at)
    [(_payment, left)] = _left([payment])
    faults = list(news.faults)
    if news.currency != payment.currency:
        faults.append("currency")
    if not 0 < news.amount_minor <= left:
        faults.append("amount")
    if faults:
        raise OutcomeMismatch(payment=str(payment.pk), faults=faults)
    order = Order.objects.locked().get(pk=payment.order_id)
    actor, reason = Actor("system", payment.provider), _("Refunded at the payment provider")
    credit = _credit(
        order,
        amount_minor=news.amount_minor,
        items=None,
        include_shipping=False,
        reason=reason,
        actor=actor,
        at=at,
    )
    refund = Refund.objects.create(
        payment=payment,
        credit=credit,
        amount_minor=news.amount_minor,
        currency=news.currency,
        reason=reason,
        actor=actor.label[:200],
        external_id=news.external_id,
        created_at=at,
    )
    return follow_refund(refund, news, at=at)


@transaction.atomic
def _record_success(refund: Refund, external_id: str, *, at: datetime) -> Refund:
    payment = lock_payments(refund.payment.order_id)[refund.payment_id]
    refund = Refund.objects.locked().get(pk=refund.pk)
    if refund.state == RefundState.SUCCEEDED:
        return refund
    refund.state = RefundState.SUCCEEDED
    refund.external_id = external_id
    refund.failure_message = ""
    refund.settled_at = at
    refund.save(update_fields=["state", "external_id", "failure_message", "settled_at"])
    add_entry(
        payment,
        EntryKind.REFUNDED,
        refund.amount_minor,
        external_id=external_id,
        message=refund.reason,
        actor=Actor("system", refund.actor),
        at=at,
    )
    order = follow_entries(
        payment,
        EntryKind.REFUNDED,
        message=refund.reason,
        actor=_who(refund),
        at=at,
    )
    publish(RefundSucceeded(refund_id=str(refund.pk), order_id=order.pk))
    return refund


def _who(refund: Refund) -> Actor:
    """Whoever decided a refund: the books keep the name.

    The shop and its providers act by themselves.
    """
    is_system = refund.actor in {SYSTEM.label, refund.payment.provider}
    return Actor("system" if is_system else "staff", refund.actor)


@transaction.atomic
def _record_failure(refund: Refund, message: str, *, at: datetime) -> Refund:
    payment = lock_payments(refund.payment.order_id)[refund.payment_id]
    refund = Refund.objects.locked().get(pk=refund.pk)
    if refund.state != RefundState.PENDING:
        return refund
    refund.state = RefundState.FAILED
    refund.failure_message = message[:250]
    refund.settled_at = at
    refund.save(update_fields=["state", "failure_message", "settled_at"])
    text = _("Refund of %(amount)s failed: %(message)s") % {
        "amount": format_minor(refund.amount_minor, refund.currency),
        "message": message,
    }
    note_money(payment.order, message=text, actor=SYSTEM, at=at)
    logger.error("Refund %s failed: %s", refund.pk, message)
    publish(RefundFailed(refund_id=str(refund.pk), order_id=payment.order_id))
    return refund


@transaction.atomic
def retry_refund(refund: Refund, *, actor: Actor, at: datetime) -> Refund:
    """Send a refund again that the provider refused or that got stuck. Same id, so never twice.

    Raises `RefundTooLarge` if its amount has been refunded in another way meanwhile.
    """
    payment = lock_payments(refund.payment.order_id)[refund.payment_id]
    refund = Refund.objects.locked().get(pk=refund.pk)
    if refund.state == RefundState.SUCCEEDED:
        return refund
    if refund.state == RefundState.FAILED:
        [(_payment, left)] = _left([payment])
        if refund.amount_minor > left:
            raise RefundTooLarge(refundable_minor=left)
    refund.state = RefundState.PENDING
    refund.failure_message = ""
    refund.settled_at = None
    refund.save(update_fields=["state", "failure_message", "settled_at"])
    audit.record("order.refund.retry", payment.order, actor=actor)
    publish(RefundRequested(refund_id=str(refund.pk)))
    return refund
