"""Canceling: by the shopper, by staff, and by the clock when nobody paid."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from inventory.services import extend_hold as extend_stock_hold
from inventory.services import release_stock
from orders.errors import OrderNotCancelable
from orders.events import OrderCanceled
from orders.models import Order
from orders.rules import possible_acts
from orders.services.timeline import add_event, save_order
from orders.states import Act, EventKind, OrderStatus
from pricing.services import release_promotions
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.events import publish

# However often a shopper starts to pay, an unpaid order keeps its stock no longer than this.
LONGEST_HOLD = timedelta(hours=2)


@transaction.atomic
def cancel_order(order: Order, *, reason: str = "", actor: Actor, at: datetime) -> Order:
    """Cancel an order of which nothing has been shipped; its stock and its promotions are free again.

    Raises `OrderNotCancelable` once any of it has shipped, or if it is closed.
    Publishes `OrderCanceled`; refunds and e-mails follow from it.
    """
    order = Order.objects.locked().get(pk=order.pk)
    if Act.CANCEL not in possible_acts(order):
        raise OrderNotCancelable(status=order.status)
    cancel_locked(order, reason=reason.strip()[:250], actor=actor, at=at)
    if actor.kind == "staff":
        audit.record(
            "order.cancel", order, actor=actor, changes={"status": ["", OrderStatus.CANCELED]}
        )
    return order


def cancel_locked(order: Order, *, reason: str, actor: Actor, at: datetime) -> None:
    """Cancel an order whose lock the caller holds and whose state allows it."""
    before = order.status
    release_stock(order.holder, at=at)
    release_promotions(order.number)
    order.move_to(OrderStatus.CANCELED)
    order.canceled_at = at
    order.hold_expires_at = None
    save_order(order, "status", "canceled_at", "hold_expires_at")
    move = (before, OrderStatus.CANCELED)
    add_event(order, EventKind.CANCELED, actor=actor, at=at, message=reason, move=move)
    publish(OrderCanceled(order_id=order.pk, reason=reason))


@transaction.atomic
def expire_order(number: str, *, at: datetime) -> None:
    """Cancel an unpaid order whose hold on stock has ended. Orders that moved on stay as they are."""
    order = Order.objects.locked().filter(number=number).first()
    if order is None or order.status != OrderStatus.PENDING:
        return
    if order.hold_expires_at and order.hold_expires_at > at:
        return
    reason = _("Not paid in time")
    cancel_locked(order, reason=reason, actor=SYSTEM, at=at)


@transaction.atomic
def extend_hold(order: Order, *, until: datetime, at: datetime, is_paying: bool = False) -> None:
    """Keep an unpaid order's stock until `until`, while its shopper pays.

    Never longer than `LONGEST_HOLD` after it was placed, unless the money is on its way (`is_paying`).
    """
    order = Order.objects.locked().get(pk=order.pk)
    if order.status != OrderStatus.PENDING or order.hold_expires_at is None:
        return
    if not is_paying:
        until = min(until, order.placed_at + LONGEST_HOLD)
    if until <= order.hold_expires_at:
        return
    extend_stock_hold(order.holder, expires_at=until, at=at)
    order.hold_expires_at = until
    order.save(update_fields=["hold_expires_at"])


def hold_until(settlement: str, at: datetime) -> datetime | None:
    """How long an unpaid order keeps its stock; None means for good, as it ships unpaid."""
    if settlement == "on_delivery":
        return None
    if settlement == "transfer":
        return at + timedelta(days=settings.BANK_TRANSFER_HOLD_DAYS)
    return at + timedelta(minutes=settings.CHECKOUT_HOLD_MINUTES)
