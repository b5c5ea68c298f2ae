"""Returns under fire: the same unit asked for, refunded and received by many hands at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.db.models import F
from django.utils import timezone

from inventory.models import Movement, StockItem
from orders.errors import (
    OrderNotShippable,
    QuantityNotExpected,
    QuantityNotReturnable,
    ReturnClosed,
)
from orders.fulfillment import fulfill_order
from orders.models import Credit, Order, OrderItem, Return, ReturnReceipt, Withdrawal
from orders.querysets import OrderItemQuerySet, OrderQuerySet
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    receive_return,
    request_return,
)
from orders.tests.factories import CAROL
from orders.withdrawals import withdraw
from payments.models import Refund
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from shop.core.actors import GUEST
from shop.core.errors import DomainError, Invalid
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.races.storm import at_once, in_turn

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def now() -> datetime:
    return timezone.now()


def sent_order(units: int = 1) -> Order:
    order = make_paid_order(items={"MUG": units})
    fulfill_order(order, actor=CAROL, at=now())
    return Order.objects.get(pk=order.pk)


def ask(order: Order, units: int = 1) -> Return:
    item = order.items.get()
    return request_return(order, items=[Wanted(item.pk, units)], actor=GUEST, at=now())


def receive(claim: Return, units: int = 1) -> ReturnReceipt:
    row = claim.items.get()
    return receive_return(claim, units={row.pk: Arrived(units)}, actor=CAROL, at=now())


def winners(results: list[Any]) -> int:
    return sum(not isinstance(result, Exception) for result in results)


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=now()) if row[1]] == []


def test_a_unit_is_asked_for_once_by_twenty_at_once():
    order = sent_order()

    results = at_once(20, lambda _number: ask(order), refusals=(QuantityNotReturnable,))

    assert winners(results) == 1
    assert Return.objects.count() == 1
    assert OrderItem.objects.get().returning_quantity == 1
    assert_books_are_clean()


def test_without_the_condition_a_unit_would_be_asked_for_more_than_once():
    """The control: with a claim that only looks, the storm above does hurt."""
    order = sent_order()

    def look_only(rows: Any, pk: int, units: int) -> bool:
        return bool(rows.get(pk=pk).shipped_quantity >= units)

    with patch.object(OrderItemQuerySet, "claim", look_only):
        results = at_once(20, lambda _number: ask(order), refusals=(QuantityNotReturnable,))

    assert winners(results) == 20


def test_a_parcel_is_received_once_by_eight_at_once():
    order = sent_order()
    claim = approve_return(ask(order), actor=CAROL, at=now())

    results = at_once(
        8, lambda _number: receive(claim), refusals=(ReturnClosed, QuantityNotExpected)
    )
    deliver_due()

    assert winners(results) == 1
    assert StockItem.objects.get(sku="MUG").on_hand == 10
    assert list(Movement.objects.filter(kind="returned").values_list("quantity", flat=True)) == [1]
    assert Credit.objects.get().amount_minor == 2000
    assert Refund.objects.get().amount_minor == 2000
    assert_books_are_clean()


def test_without_the_condition_a_parcel_would_be_counted_more_than_once():
    """The control: what everybody reads before they lock is that one unit is expected."""
    claim = approve_return(ask(sent_order()), actor=CAROL, at=now())

    assert at_once(8, lambda _number: claim.items.get().expected_quantity) == [1] * 8
    counted = at_once(
        8,
        lambda _number: claim.items.filter(
            approved_quantity__gte=F("received_quantity") + 1
        ).update(
            received_quantity=F("received_quantity") + 1,
            restocked_quantity=F("restocked_quantity") + 1,
        ),
    )
    assert sum(counted) == 1


def test_return_or_refund_one_of_them_has_the_unit():
    for _round in range(4):
        order = sent_order()

        def act(number: int, order: Order = order) -> str:
            if number % 2:
                ask(order)
                return "return"
            item = order.items.get()
            refund_order(order, items={item.pk: 1}, restock=True, actor=CAROL, at=now())
            return "refund"

        results = at_once(8, act, refusals=(DomainError,))

        item = order.items.get()
        assert winners(results) == 1
        assert item.returning_quantity + item.credited_quantity == 1
        assert order.returns.count() + Refund.objects.filter(payment__order=order).count() == 1
    assert_books_are_clean()


def test_without_the_claim_a_unit_would_be_refunded_and_returned():
    """The control: a return that does not claim its unit leaves it to be refunded, too."""
    order = sent_order()
    with patch.object(OrderItemQuerySet, "claim", lambda *_args: True):
        ask(order)

    refunds = refund_order(order, items={order.items.get().pk: 1}, actor=CAROL, at=now())

    assert len(refunds) == 1
    assert Return.objects.count() == 1


def test_receive_or_refund_the_money_goes_back_once():
    for _round in range(4):
        order = sent_order()
        claim = approve_return(ask(order), actor=CAROL, at=now())

        def act(number: int, order: Order = order, claim: Return = claim) -> object:
            if number % 2:
                return receive(claim)
            return refund_order(order, actor=CAROL, at=now())

        at_once(8, act, refusals=(DomainError,))
        deliver_due()

        order.refresh_from_db()
        assert order.credited_minor <= order.total_minor
        assert order.amount_refunded_minor == order.credited_minor == order.total_minor
    assert_books_are_clean()


def test_receive_or_cancel_one_of_them_wins():
    for _round in range(4):
        order = sent_order()
        claim = approve_return(ask(order), actor=CAROL, at=now())

        def act(number: int, claim: Return = claim) -> str:
            if number % 2:
                return cancel_return(claim, actor=GUEST, at=now()).status
            receive(claim)
            return "received"

        results = at_once(8, act, refusals=(ReturnClosed, QuantityNotExpected, Invalid))

        claim.refresh_from_db()
        assert winners(results) == 1
        assert (claim.status == "closed") == ("received" in results)
        assert order.items.get().returning_quantity == 0
    assert_books_are_clean()


def part_sent() -> Order:
    """Two mugs, of which one has left."""
    order = make_paid_order(items={"MUG": 2})
    fulfill_order(order, quantities={order.items.get().pk: 1}, actor=CAROL, at=now())
    return Order.objects.get(pk=order.pk)


def notice(order: Order) -> Withdrawal:
    return withdraw(
        name="Alice Lind",
        number=order.number,
        email=order.email,
        language="en",
        actor=GUEST,
        at=now(),
    )


@pytest.mark.postgres
def test_what_ships_first_comes_back_and_what_is_withdrawn_first_stays():
    shipped, kept = part_sent(), part_sent()

    in_turn(lambda: fulfill_order(shipped, actor=CAROL, at=now()), lambda: notice(shipped))
    late = in_turn(
        lambda: notice(kept),
        lambda: fulfill_order(kept, actor=CAROL, at=now()),
        refusals=(OrderNotShippable,),
    )

    assert isinstance(late[1], OrderNotShippable)
    counts = [
        (item.shipped_quantity, item.returning_quantity, item.canceled_quantity)
        for item in (shipped.items.get(), kept.items.get())
    ]
    assert counts == [(2, 2, 0), (1, 1, 1)]
    assert_books_are_clean()


@pytest.mark.postgres
def test_without_the_lock_a_notice_would_miss_what_is_leaving():
    """The control: it has looked before the parcel was written, so a unit neither
    comes back nor stays.
    """
    order = part_sent()

    with patch.object(OrderQuerySet, "locked", lambda rows: rows.order_by("pk")):
        in_turn(lambda: fulfill_order(order, actor=CAROL, at=now()), lambda: notice(order))

    item = order.items.get()
    assert (item.shipped_quantity, item.returning_quantity, item.canceled_quantity) == (2, 1, 0)
