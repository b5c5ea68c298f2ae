"""What payments do when orders change, and what they send outside."""

from __future__ import annotations

from django.utils import timezone

from orders.events import CreditGranted, OrderCanceled, OrderConfirmed, OrderEdited, OrderShipped
from orders.models import Credit, Order
from payments import refunds, settlement
from payments.events import RefundRequested
from shop.core.events import on
from shop.core.lanes import Lane


@on(OrderCanceled, lane=Lane.MONEY)
def give_back(event: OrderCanceled) -> None:
    """Refund what was paid for a canceled order."""
    order = Order.objects.get(pk=event.order_id)
    refunds.give_back_excess(order, at=timezone.now())


@on(CreditGranted, lane=Lane.MONEY)
def pay_credit_out(event: CreditGranted) -> None:
    """Refund what an order was credited with, as far as it has been paid and is
    not on its way back.
    """
    order = Order.objects.get(pk=event.order_id)
    credit = Credit.objects.get(pk=event.credit_id)
    refunds.give_back_excess(order, credit=credit, at=timezone.now())


@on(OrderEdited, lane=Lane.MONEY)
def settle_difference(event: OrderEdited) -> None:
    """Refund what an order costs less than was paid for it."""
    refunds.give_back_excess(Order.objects.get(pk=event.order_id), at=timezone.now())


@on(OrderEdited, outside=True, max_attempts=12, lane=Lane.PROVIDERS)
def close_old_amounts(event: OrderEdited) -> None:
    """Close what is open for the amount that the order cost before."""
    settlement.void_stale_payments(event.order_id, at=timezone.now())


@on(OrderCanceled, outside=True, max_attempts=12, lane=Lane.PROVIDERS)
def void(event: OrderCanceled) -> None:
    """Close the payments of a canceled order that were not captured."""
    settlement.void_open_payments(event.order_id, at=timezone.now())


@on(OrderConfirmed, outside=True, max_attempts=12, lane=Lane.PROVIDERS)
def close_others(event: OrderConfirmed) -> None:
    """Close what is still open once an order is paid, so that it cannot be paid twice."""
    order = Order.objects.get(pk=event.order_id)
    if not order.due_minor:
        settlement.void_open_payments(event.order_id, at=timezone.now())


@on(OrderShipped, outside=True, max_attempts=12, lane=Lane.PROVIDERS)
def take_authorized(event: OrderShipped) -> None:
    """Take the money that was only authorized until the goods left."""
    settlement.capture_order(event.order_id, at=timezone.now())


@on(RefundRequested, outside=True, max_attempts=12, lane=Lane.PROVIDERS)
def send_refund(event: RefundRequested) -> None:
    """Have the provider pay a refund out."""
    refunds.send_refund(event.refund_id, at=timezone.now())
