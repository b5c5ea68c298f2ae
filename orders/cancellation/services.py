"""Canceling: by the shopper, by staff, and by the clock when nobody paid."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from inventory.services import change_reservation, release_stock
from inventory.services import extend_hold as extend_stock_hold
from orders.credits import grant_credit
from orders.credits.services import open_parts
from orders.credits.shares import units_share
from orders.errors import OrderNotCancelable
from orders.events import OrderCanceled
from orders.fulfillment.services import complete_if_done
from orders.models import Order, OrderItem
from orders.permissions import act_on, possible_acts
from orders.states import Act, CreditKind, EventKind, OrderStatus
from orders.timeline import add_event, save_order
from pricing.promotions import release_promotions
from pricing.states import Settlement
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.events import publish
from shop.core.permissions import Authorize

# However often a shopper starts to pay, an unpaid order keeps its stock no longer than this.
LONGEST_HOLD = timedelta(hours=2)


@transaction.atomic
def cancel_order(
    order: Order,
    *,
    reason: str = "",
    actor: Actor,
    at: datetime,
    authorize: Authorize | None = None,
) -> Order:
    """Cancel an order of which nothing has been shipped; its stock and its
    promotions are free again.

    `authorize` refuses staff who may not cancel it: once anything is paid or authorized, that takes
    the right to refund as well. Without it, the caller has the right to cancel, paid or not. Raises
    `OrderNotCancelable` once any of it has shipped, or if it is closed, and `Forbidden`. Publishes
    `OrderCanceled`; refunds and e-mails follow from it.
    """
    order = Order.objects.locked().get(pk=order.pk)
    if authorize is not None:
        authorize(act_on(order, Act.CANCEL))
    if Act.CANCEL not in possible_acts(order):
        raise OrderNotCancelable(order_status=order.status)
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


def cancel_unsent(order: Order, *, reason: str, actor: Actor, at: datetime) -> int:
    """Keep back what has not been sent of a partly sent order, and credit what was paid for it.

    The caller holds the order's lock. The units are on sale again; what was credited before is not
    credited again, and delivery is only if nothing of the order is left with its shopper. Returns
    how many units. Publishes `CreditGranted`; the refund follows from it.
    """
    items = [item for item in OrderItem.objects.filter(order=order) if item.open_quantity]
    if not items:
        return 0
    for item in items:
        if not OrderItem.objects.cancel(item.pk, item.open_quantity):
            raise RuntimeError(f"Item {item.pk} has no {item.open_quantity} units to keep back.")
    change_reservation(
        order.holder, {item.product_sku: 0 for item in items}, expires_at=None, at=at
    )
    parts = {part.key: part for part in open_parts(order)}
    units = {
        item.pk: count
        for item in items
        if (count := min(item.open_quantity, parts[item.pk].open_units)) > 0
    }
    is_all = units == {part.key: part.units for part in parts.values() if part.units}
    if sum(units_share(parts[pk], count) for pk, count in units.items()):
        grant_credit(
            order,
            kind=CreditKind.CANCELED,
            items=units,
            include_shipping=is_all,
            reason=reason,
            actor=actor,
            at=at,
        )
    else:
        save_order(order)
    names = ", ".join(f"{item.open_quantity} × {item.product_name}" for item in items)
    text = _("%(reason)s, will not ship: %(items)s") % {"reason": reason, "items": names}
    count = sum(item.open_quantity for item in items)
    add_event(order, EventKind.CANCELED, actor=actor, at=at, message=text, data={"units": count})
    audit.record("order.cancel_unsent", order, actor=actor, changes={"units": [None, count]})
    complete_if_done(order, actor=actor, at=at)
    return count


@transaction.atomic
def expire_order(number: str, *, at: datetime) -> None:
    """Cancel an unpaid order whose hold on stock has ended.

    Orders that moved on stay as they are.
    """
    order = Order.objects.locked().filter(number=number).first()
    if order is None or order.status != OrderStatus.PENDING:
        return
    if order.hold_expires_at and order.hold_expires_at > at:
        return
    reason = _("Payment not received in time")
    cancel_locked(order, reason=reason, actor=SYSTEM, at=at)


@transaction.atomic
def extend_hold(order: Order, *, until: datetime, at: datetime, is_paying: bool = False) -> None:
    """Keep an unpaid order's stock until `until`, while its shopper pays.

    Never longer than `LONGEST_HOLD` after it was placed, unless the money is on
    its way (`is_paying`).
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


def hold_for_transfer(order: Order, *, at: datetime) -> None:
    """Keep the stock of an order, under its lock, as long as if a transfer had been
    chosen when it was placed.
    """
    until = hold_until(Settlement.TRANSFER, order.placed_at)
    if until is None or order.hold_expires_at is None or until <= order.hold_expires_at:
        return
    extend_stock_hold(order.holder, expires_at=until, at=at)
    order.hold_expires_at = until
    order.save(update_fields=["hold_expires_at"])


def hold_until(settlement: str, at: datetime) -> datetime | None:
    """How long an unpaid order keeps its stock; None means for good, as it ships unpaid."""
    if settlement == Settlement.ON_DELIVERY:
        return None
    if settlement == Settlement.TRANSFER:
        return at + timedelta(days=settings.BANK_TRANSFER_HOLD_DAYS)
    return at + timedelta(minutes=settings.CHECKOUT_HOLD_MINUTES)
