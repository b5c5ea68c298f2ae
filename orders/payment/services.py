"""What money does to an order. Called by the payments app, inside its transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.errors import InsufficientStock
from inventory.services import allocate_stock, reserve_stock
from orders.cancellation.services import cancel_locked, hold_for_transfer
from orders.errors import ActNotAllowed, PaymentMethodInvalid
from orders.events import OrderConfirmed, OrderPaid, OrderPaymentFailed, PaymentMethodChanged
from orders.fulfillment.services import complete_if_done
from orders.models import Order
from orders.permissions import possible_acts
from orders.states import Act, EventKind, OrderStatus
from orders.timeline import add_event, save_order
from pricing.models import PaymentMethod
from pricing.quotes import payment_methods
from pricing.states import Settlement
from shop.core.actors import SYSTEM, Actor
from shop.core.breaker import resting
from shop.core.events import publish

_AMOUNTS = (
    "amount_authorized_minor",
    "amount_paid_minor",
    "amount_refunded_minor",
    "amount_disputed_minor",
    "has_failed_payment",
)


@transaction.atomic
def record_payment(
    order: Order,
    *,
    authorized_minor: int,
    captured_minor: int,
    refunded_minor: int,
    disputed_minor: int = 0,
    has_failed: bool,
    actor: Actor,
    at: datetime,
    message: str = "",
    payment: str = "",
) -> Order:
    """Take over the sums of an order's ledger and let its statuses follow.

    A pending order of which nothing is left to pay (authorized counts) is confirmed and its stock
    allocated. If its hold has ended, the stock is reserved again; if there is none left, the order
    is canceled. An order that is canceled and has money (`refundable_minor > 0`) is the caller's to
    refund. `disputed_minor` is what banks have taken back. `message` is what the timeline says
    besides (an instrument, a reason); `payment` names the try. Publishes `OrderPaid`,
    `OrderConfirmed`, `OrderPaymentFailed`, `OrderCanceled` or `OrderCompleted`.
    """
    order = Order.objects.locked().get(pk=order.pk)
    paid_before, refunded_before = order.amount_paid_minor, order.amount_refunded_minor
    due_before = order.due_minor
    order.amount_authorized_minor = authorized_minor
    order.amount_paid_minor = captured_minor
    order.amount_refunded_minor = refunded_minor
    order.amount_disputed_minor = disputed_minor
    failed_now = captured_minor == paid_before and bool(payment)
    order.has_failed_payment = has_failed
    save_order(order, *_AMOUNTS)

    if captured_minor > paid_before:
        data = _amount(captured_minor - paid_before, order.currency)
        add_event(order, EventKind.PAID, actor=actor, at=at, message=message, data=data)
    if refunded_minor > refunded_before:
        data = _amount(refunded_minor - refunded_before, order.currency)
        add_event(order, EventKind.REFUNDED, actor=actor, at=at, message=message, data=data)
    if failed_now and order.to_pay_minor:
        add_event(order, EventKind.PAYMENT_FAILED, actor=actor, at=at, message=message)
        publish(OrderPaymentFailed(order_id=order.pk, payment=payment))

    if due_before and not order.due_minor and captured_minor > paid_before:
        publish(OrderPaid(order_id=order.pk))

    if order.status == OrderStatus.PENDING and not order.to_pay_minor:
        confirm_order(order, at=at)
    else:
        complete_if_done(order, actor=actor, at=at)
    return order


def _amount(minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": currency}


def confirm_order(order: Order, *, at: datetime) -> None:
    """Confirm a pending order, under its lock, of which nothing is left to pay;
    cancel it if its stock is gone.
    """
    if not allocate_stock(order.holder, at=at) and not _reserve_again(order, at=at):
        cancel_locked(order, reason=_("Sold out before payment"), actor=SYSTEM, at=at)
        return
    order.move_to(OrderStatus.CONFIRMED)
    order.confirmed_at = at
    order.hold_expires_at = None
    save_order(order, "status", "confirmed_at", "hold_expires_at")
    move = (OrderStatus.PENDING, OrderStatus.CONFIRMED)
    add_event(order, EventKind.CONFIRMED, actor=SYSTEM, at=at, move=move)
    publish(OrderConfirmed(order_id=order.pk))


def _reserve_again(order: Order, *, at: datetime) -> bool:
    quantities = dict(order.items.values_list("product_sku", "quantity"))
    try:
        with transaction.atomic():
            reserve_stock(quantities, holder=order.holder, expires_at=None, at=at)
    except InsufficientStock:
        return False
    return True


def note_payment_under_way(order_id: int, *, is_under_way: bool) -> None:
    """Keep the stored fact that a try to pay has an end which nobody knows yet.

    Part of the caller's transaction.
    """
    Order.objects.filter(pk=order_id, has_payment_under_way=not is_under_way).update(
        has_payment_under_way=is_under_way
    )


@transaction.atomic
def note_money(order: Order, *, message: str, actor: Actor, at: datetime) -> None:
    """Write into the staff's timeline what happens to money: a refund that failed,
    a dispute, a capture.
    """
    order = Order.objects.locked().get(pk=order.pk)
    add_event(order, EventKind.NOTE, actor=actor, at=at, message=message, is_public=False)


def other_payment_methods(order: Order) -> list[PaymentMethod]:
    """Return the other methods that can take what is to be paid, without companies
    that do not answer. 1 query.

    A difference on a confirmed order is paid online; transfers and cash for it are
    counted by people.
    """
    others = [
        method
        for method in payment_methods(
            country=order.shipping_country,
            amount_minor=order.to_pay_minor,
            currency=order.currency,
        )
        if method.code != order.payment_method_code
        and (method.provider != order.payment_provider or not order.pays_online)
        and (method.settlement == Settlement.ONLINE or order.status == OrderStatus.PENDING)
    ]
    silent = resting(method.provider for method in others)
    return [method for method in others if method.provider not in silent]


@transaction.atomic
def change_payment_method(order: Order, code: str, *, actor: Actor, at: datetime) -> Order:
    """Let an order be paid with another method. What was begun elsewhere stays open
    and counts if it is paid.

    A bank transfer holds the stock as long as one chosen at checkout; an order paid on delivery is
    confirmed. Raises `ActNotAllowed` if there is nothing to pay or a payment is under way,
    `PaymentMethodInvalid`. Publishes `PaymentMethodChanged`, and `OrderConfirmed`.
    """
    order = Order.objects.locked().get(pk=order.pk)
    if Act.PAY not in possible_acts(order) or order.has_payment_under_way:
        raise ActNotAllowed
    for method in other_payment_methods(order):
        if method.code == code:
            break
    else:
        raise PaymentMethodInvalid
    before = order.payment_method_name
    order.payment_method_code, order.payment_method_name = method.code, method.name
    order.payment_provider = method.provider
    save_order(order, "payment_method_code", "payment_method_name", "payment_provider")
    text = _("Payment method changed from %(before)s to %(method)s") % {
        "method": method.name,
        "before": before,
    }
    add_event(order, EventKind.NOTE, actor=actor, at=at, message=text, is_public=False)
    publish(PaymentMethodChanged(order_id=order.pk))
    if method.settlement == Settlement.ON_DELIVERY:
        confirm_order(order, at=at)
    elif method.settlement == Settlement.TRANSFER:
        hold_for_transfer(order, at=at)
    return order
