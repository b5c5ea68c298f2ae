"""Orders of every kind, returned and refunded part by part in random order: the parts sum
exactly to what was paid.

`RANDOM_ORDERS=1000` walks through a thousand; a failure names its seed.
"""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inventory.models import Movement, StockItem
from inventory.states import MovementKind
from orders.credits.services import open_parts
from orders.errors import CreditTooLarge, QuantityNotExpected, QuantityNotReturnable
from orders.events import CreditGranted
from orders.models import Credit, Fulfillment, Order, OrderItem, Return
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    receive_return,
    request_return,
)
from orders.states import LIVE_RETURNS, FulfillmentStatus, OrderStatus, PaymentStatus, ReturnKind
from payments.errors import NothingToRefund, RefundTooLarge
from payments.handlers import pay_credit_out
from payments.models import Payment, PaymentEntry, Refund
from payments.refunds import refund_order, refundable_minor
from pricing.calculator import quote
from pricing.tests.oracle import Carts
from shop.core.actors import GUEST, Actor
from shop.core.errors import DomainError, Invalid
from shop.core.integrity import invariants

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]
COUNT = int(os.environ.get("RANDOM_ORDERS", "60"))
# A walk takes its units one by one or in handfuls; more of them would only take longer.
MOST_UNITS = 60
CAROL = Actor("staff", "carol@example.com")
# What would find a cent or a unit that went astray.
PROMISES = {
    "I1",
    "I3",
    "I5",
    "I7",
    "I8",
    "I11",
    "I12",
    "I12b",
    "I12c",
    "I12d",
    "I13",
    "I31",
    "I31b",
}


def make(number: int) -> Order:
    """A paid order of a cart of every kind, all of it sent: what the calculator says of
    its promotions and taxes.
    """
    carts = Carts(number)
    sold = quote(*carts.next())
    while not sold.lines or sum(line.quantity for line in sold.lines) > MOST_UNITS:
        sold = quote(*carts.next())
    at = timezone.now()
    lines: list[dict[str, Any]] = [
        {
            "position": position,
            "product_name": line.name,
            "product_sku": f"S{number}-{position}",
            "quantity": line.quantity,
            "shipped_quantity": line.quantity,
            "unit_price_minor": line.unit_price_minor,
            "discount_minor": line.discount_minor,
            "total_minor": line.total_minor,
            "tax_class": line.tax_class,
            "tax_percent": line.tax_percent,
            "tax_mode": line.tax_mode,
            "tax_minor": line.tax_minor,
        }
        for position, line in enumerate(sold.lines)
    ]
    currency, total = sold.currency, sold.total_minor
    order = Order.objects.create(
        email="alice@example.com",
        currency=currency,
        subtotal_minor=sold.subtotal_minor,
        discount_minor=sold.discount_minor,
        shipping_minor=sold.shipping_minor,
        tax_minor=sold.tax_minor,
        tax_added_minor=sold.tax_added_minor,
        total_minor=total,
        amount_paid_minor=total,
        status=OrderStatus.CONFIRMED,
        payment_status=PaymentStatus.PAID,
        fulfillment_status=FulfillmentStatus.FULFILLED,
        shipping_address={"name": "Alice"},
        billing_address={"name": "Alice"},
        shipping_country="DE",
        placed_at=at,
    )
    OrderItem.objects.bulk_create(OrderItem(order=order, **line) for line in lines)
    Fulfillment.objects.create(order=order, number=1, shipped_at=at)
    _ship(order, lines)
    if total:
        payment = Payment.objects.create(
            order=order,
            provider="test",
            state="captured",
            amount_minor=total,
            currency=currency,
            external_id=f"pay-{number}",
        )
        PaymentEntry.objects.create(
            payment=payment,
            kind="captured",
            amount_minor=total,
            currency=currency,
            external_id=f"cap-{number}",
            actor="test",
        )
    return order


def _ship(order: Order, lines: list[dict[str, Any]]) -> None:
    stock = StockItem.objects.bulk_create(
        StockItem(sku=line["product_sku"], on_hand=0) for line in lines
    )
    Movement.objects.bulk_create(
        Movement(stock_item=item, kind=kind, quantity=sign * line["quantity"], reference=reference)
        for item, line in zip(stock, lines, strict=True)
        for kind, sign, reference in (
            (MovementKind.RECEIVED, 1, ""),
            (MovementKind.SHIPPED, -1, order.number),
        )
    )


def step(order: Order, dice: random.Random) -> None:
    """Do one of the things that happen to a sold order; what is refused changes nothing."""
    at = timezone.now() + timedelta(hours=1)
    items = list(order.items.all())
    live = list(order.returns.filter(status__in=LIVE_RETURNS))
    act = dice.choice(["ask", "ask", "answer", "answer", "receive", "receive", "units", "amount"])
    if act == "ask":
        wanted = [
            Wanted(item.pk, dice.randint(0, item.returnable_quantity))
            for item in items
            if item.is_returnable
        ]
        kind = dice.choice([ReturnKind.RETURN, ReturnKind.WITHDRAWAL])
        request_return(order, items=wanted, kind=kind, actor=GUEST, at=at)
    elif act == "answer" and live:
        _answer(dice.choice(live), dice, at)
    elif act == "receive" and live:
        _receive(dice.choice(live), dice, at)
    elif act == "units":
        part = dice.choice([part for part in open_parts(order) if part.key is not None])
        units = {part.key: dice.randint(0, part.open_units)}
        restock = dice.random() < 0.5
        refund_order(order, items=units, restock=restock, actor=CAROL, at=at)
    elif act == "amount":
        left = refundable_minor(order)
        refund_order(order, amount_minor=dice.randint(1, max(left // 3, 1)), actor=CAROL, at=at)


def _answer(claim: Return, dice: random.Random, at: Any) -> None:
    if dice.random() < 0.2:
        cancel_return(claim, actor=GUEST, at=at)
        return
    units = {row.pk: dice.randint(0, row.quantity) for row in claim.items.all()}
    approve_return(claim, quantities=units, actor=CAROL, at=at)


def _receive(claim: Return, dice: random.Random, at: Any) -> None:
    arrived = {}
    for row in claim.items.all():
        units = dice.randint(0, row.expected_quantity)
        lost = dice.randint(0, units)
        arrived[row.pk] = Arrived(units - lost, lost)
    receive_return(
        claim,
        units=arrived,
        deduction_minor=dice.choice([0, 0, 1, 50]),
        include_shipping=dice.random() < 0.2,
        actor=CAROL,
        at=at,
    )


def pay_out(order: Order, dice: random.Random) -> None:
    """The worker's part, late, and some of it twice."""
    for credit in order.credits.all():
        for _time in range(dice.choice([0, 1, 2])):
            pay_credit_out(CreditGranted(order_id=order.pk, credit_id=credit.pk))


def finish(order: Order) -> None:
    """Take in what is on its way, then pay back whatever is left."""
    at = timezone.now() + timedelta(hours=2)
    for claim in order.returns.filter(status="requested"):
        approve_return(claim, actor=CAROL, at=at)
    for claim in order.returns.filter(status__in=["approved", "received"]):
        arrived = {row.pk: Arrived(row.expected_quantity) for row in claim.items.all()}
        receive_return(claim, units=arrived, actor=CAROL, at=at)
    for credit in order.credits.all():
        pay_credit_out(CreditGranted(order_id=order.pk, credit_id=credit.pk))
    if refundable_minor(order):
        refund_order(order, actor=CAROL, at=at)


def state(order: Order) -> tuple[Any, ...]:
    """Everything that a refusal must leave alone."""
    return (
        list(
            order.items.order_by("pk").values_list(
                "returning_quantity", "returned_quantity", "credited_quantity"
            )
        ),
        Order.objects.filter(pk=order.pk).values_list("credited_minor", "version").get(),
        Credit.objects.filter(order=order).count(),
        Refund.objects.filter(payment__order=order).count(),
        order.returns.count(),
        order.events.count(),
        list(StockItem.objects.order_by("pk").values_list("on_hand", flat=True)),
    )


def assert_refused(order: Order, act: Any) -> None:
    before = state(order)
    with pytest.raises(DomainError) as refusal:
        act()
    assert isinstance(
        refusal.value,
        QuantityNotReturnable
        | QuantityNotExpected
        | CreditTooLarge
        | NothingToRefund
        | RefundTooLarge
        | Invalid,
    )
    assert state(order) == before


@pytest.mark.parametrize("batch", range(10))
def test_parts_sum_to_what_was_paid_whatever_the_order_of_acts(batch: int):
    for number in range(batch, COUNT, 10):
        dice = random.Random(number)
        order = make(number)
        _walk(order, dice, number)
    broken = [
        (promise.code, list(promise.query(timezone.now())))
        for promise in invariants()
        if promise.code in PROMISES
    ]
    assert [row for row in broken if row[1]] == []


def _walk(order: Order, dice: random.Random, number: int) -> None:
    for _step in range(dice.randint(2, 10)):
        try:
            step(order, dice)
        except DomainError:
            continue
        if dice.random() < 0.5:
            pay_out(order, dice)
    finish(order)

    order.refresh_from_db()
    paid_back = sum(
        Refund.objects.filter(payment__order=order).values_list("amount_minor", flat=True)
    )
    assert paid_back == order.credited_minor == order.amount_paid_minor, f"seed {number}"
    left = open_parts(order)
    assert [(part.amount_minor, part.tax_minor) for part in left] == [(0, 0)] * len(left)
    assert {item.returning_quantity for item in order.items.all()} == {0}
    item = order.items.all()[0]
    at = timezone.now() + timedelta(hours=3)
    more = [Wanted(item.pk, item.returnable_quantity + 1)]
    assert_refused(order, lambda: request_return(order, items=more, actor=GUEST, at=at))
    assert_refused(order, lambda: refund_order(order, amount_minor=1, actor=CAROL, at=at))
    units = {item.pk: item.quantity + 1}
    assert_refused(order, lambda: refund_order(order, items=units, actor=CAROL, at=at))
