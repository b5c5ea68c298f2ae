"""Changes under fire: against shipping, canceling, paying, each other, and the last unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from inventory.errors import InsufficientStock
from inventory.models import StockItem
from orders.cancellation import cancel_order
from orders.editing import edit_order, preview_edit
from orders.editing.changes import OrderChange
from orders.errors import OrderChangedMeanwhile, OrderNotEditable, OrderNotShippable
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.tests.factories import CAROL, make_cart, make_order, variant
from payments.checkout import start_payment
from payments.models import Payment, Refund
from payments.providers.test import card_with, outcome_of, pay_with_card
from payments.settlement import ask_provider, settle
from payments.tests.factories import make_paid_order, make_payment
from shop.core.actors import GUEST
from shop.core.errors import DomainError
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.races.storm import at_once, in_turn
from tests.races.test_orders import place

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def edit(order: Order, *, version: int | None = None, **units: int) -> Order:
    return edit_order(order, OrderChange(units), version=version, actor=CAROL, at=timezone.now())


def assert_books_are_clean() -> None:
    while deliver_due():
        pass
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_of_changes_made_for_the_same_version_one_wins():
    order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1, "BOWL": 1})
    seen = order.version

    results = at_once(
        8,
        lambda number: edit(order, version=seen, MUG=2 + number % 4, BOWL=number % 3),
        refusals=(OrderChangedMeanwhile,),
    )

    assert sum(isinstance(result, Order) for result in results) == 1
    assert order.events.filter(kind="edited").count() == 1
    assert_books_are_clean()


def test_a_version_that_is_read_before_the_lock_would_let_all_of_them_win():
    """The control: whoever only looks sees the version that everybody sees."""
    order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1})

    versions = at_once(
        8,
        lambda _number: preview_edit(order, OrderChange({"MUG": 2}), at=timezone.now()).version,
    )

    assert set(versions) == {order.version}


def test_changes_without_a_version_follow_each_other():
    order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1})

    at_once(8, lambda number: edit(order, MUG=2 + number), refusals=(DomainError,))

    order.refresh_from_db()
    assert StockItem.objects.get(sku="MUG").reserved == order.items.get().quantity
    assert_books_are_clean()


def test_the_last_unit_is_sold_once_to_a_cart_or_into_an_order():
    for last in ("LAST0", "LAST1", "LAST2"):
        variant(last, on_hand=1)
        order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1})
        carts = [make_cart(at=timezone.now(), **{last: 1}) for _number in range(4)]

        def act(number: int, order: Order = order, last: str = last, carts: list = carts) -> Order:
            if number % 2:
                return edit(order, **{last: 1})
            return place(carts[number // 2], number)

        results = at_once(8, act, refusals=(DomainError,))

        assert StockItem.objects.get(sku=last).reserved == 1
        assert sum(isinstance(result, InsufficientStock) for result in results) >= 4
    assert_books_are_clean()


def test_looking_first_would_promise_the_last_unit_to_everybody():
    """The control: eight previews all say that it can be done."""
    variant("LAST", on_hand=1)
    orders = [
        make_order(payment_method="cash", at=timezone.now(), email=f"guest{number}@example.com")
        for number in range(8)
    ]

    possible = at_once(
        8,
        lambda number: (
            preview_edit(orders[number], OrderChange({"LAST": 1}), at=timezone.now()).is_possible
        ),
    )

    assert possible == [True] * 8


def test_an_order_ships_as_it_was_or_as_it_is():
    for _round in range(4):
        order = make_paid_order(items={"MUG": 1})

        def act(number: int, order: Order = order) -> object:
            if number % 2:
                return fulfill_order(order, actor=CAROL, at=timezone.now())
            return edit(order, MUG=2)

        at_once(2, act, refusals=(OrderNotEditable, OrderNotShippable))

        item = order.items.get()
        assert item.shipped_quantity == item.quantity
    assert_books_are_clean()


def test_a_change_and_a_cancellation_leave_no_unit_behind():
    for _round in range(4):
        order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1, "BOWL": 1})

        def act(number: int, order: Order = order) -> object:
            if number % 2:
                return cancel_order(order, actor=GUEST, at=timezone.now())
            return edit(order, MUG=3, BOWL=0)

        at_once(2, act, refusals=(DomainError,))

        order.refresh_from_db()
        assert order.status == "canceled"
        assert sum(StockItem.objects.values_list("reserved", flat=True)) == 0
    assert_books_are_clean()


def test_whatever_comes_first_what_is_paid_and_what_is_owed_meet():
    variant("MUG", on_hand=99)
    for wanted in (1, 3):
        for _round in range(3):
            order = make_order(at=timezone.now(), items={"MUG": 2})
            payment = make_payment(order)
            card = card_with("4242")
            assert card is not None
            pay_with_card(payment.pk, card, at=timezone.now())

            def act(
                number: int, order: Order = order, payment: Payment = payment, wanted: int = wanted
            ) -> object:
                if number % 2:
                    return ask_provider(payment, at=timezone.now())
                return edit(order, MUG=wanted)

            at_once(2, act, refusals=(DomainError,))
            while deliver_due():
                pass

            order.refresh_from_db()
            assert order.items.get().quantity == wanted
            assert order.refundable_minor == min(4490, order.total_minor)
            assert order.due_minor == max(order.total_minor - 4490, 0)
            refunded = sum(
                Refund.objects.filter(payment=payment).values_list("amount_minor", flat=True)
            )
            assert refunded == max(4490 - order.total_minor, 0)
    assert_books_are_clean()


def test_a_difference_is_opened_once_however_often_it_is_asked_for():
    order = edit(make_paid_order(items={"MUG": 1}), MUG=2)

    at_once(16, lambda _number: start_payment(order, at=timezone.now()).url)

    assert list(
        Payment.objects.filter(order=order, state="started").values_list("amount_minor", flat=True)
    ) == [2000]


# One after the other: whoever comes second waits, and acts on what the first has
# left ---------------
def unlocked(rows: Any) -> Any:
    """What a look at an order would be without the lock: as it was before the other commits."""
    return rows.order_by("pk")


def ship(order: Order) -> object:
    return fulfill_order(order, actor=CAROL, at=timezone.now())


def cancel(order: Order) -> object:
    return cancel_order(order, actor=GUEST, at=timezone.now())


def at_the_provider(**items: int) -> tuple[Order, Callable[[], object]]:
    """An order whose card has been charged, and the callback that tells the shop so."""
    order = make_order(at=timezone.now(), items=items)
    payment = make_payment(order)
    card = card_with("4242")
    assert card is not None
    charge = pay_with_card(payment.pk, card, at=timezone.now())
    return order, lambda: settle(payment, outcome_of(charge), at=timezone.now())


@pytest.mark.postgres
def test_what_ships_first_is_not_changed_and_what_changes_first_ships_changed():
    shipped, changed = make_paid_order(items={"MUG": 1}), make_paid_order(items={"MUG": 1})

    late = in_turn(
        lambda: ship(shipped), lambda: edit(shipped, MUG=2), refusals=(OrderNotEditable,)
    )
    in_turn(lambda: edit(changed, MUG=2), lambda: ship(changed))

    assert isinstance(late[1], OrderNotEditable)
    sent = [order.items.get() for order in (shipped, changed)]
    assert [(item.quantity, item.shipped_quantity) for item in sent] == [(1, 1), (2, 2)]
    assert_books_are_clean()


@pytest.mark.postgres
def test_without_the_lock_an_order_would_change_after_it_left():
    """The control: the change has looked before the parcel was written, and writes after it."""
    order = make_paid_order(items={"MUG": 1})

    with patch.object(OrderQuerySet, "locked", unlocked):
        in_turn(lambda: ship(order), lambda: edit(order, MUG=2))

    item = order.items.get()
    assert (item.quantity, item.shipped_quantity) == (2, 1)


@pytest.mark.postgres
def test_what_is_canceled_first_is_not_changed_and_what_changes_first_is_canceled_whole():
    first, second = (
        make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1}) for _order in "ab"
    )

    late = in_turn(lambda: cancel(first), lambda: edit(first, MUG=3), refusals=(OrderNotEditable,))
    in_turn(lambda: edit(second, MUG=3), lambda: cancel(second))

    assert isinstance(late[1], OrderNotEditable)
    assert set(Order.objects.values_list("status", flat=True)) == {"canceled"}
    assert StockItem.objects.get(sku="MUG").reserved == 0
    assert_books_are_clean()


@pytest.mark.postgres
def test_without_the_lock_a_canceled_order_would_keep_stock():
    """The control: the change has looked before the cancellation, and reserves after it."""
    order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1})

    with patch.object(OrderQuerySet, "locked", unlocked):
        in_turn(lambda: cancel(order), lambda: edit(order, MUG=3))

    order.refresh_from_db()
    assert (order.status, StockItem.objects.get(sku="MUG").reserved) == ("canceled", 3)


@pytest.mark.postgres
def test_a_callback_and_a_change_add_up_whichever_comes_first():
    (told, tell), (changed, tell_late) = at_the_provider(MUG=2), at_the_provider(MUG=2)

    in_turn(tell, lambda: edit(told, MUG=1))
    in_turn(lambda: edit(changed, MUG=1), tell_late)
    assert_books_are_clean()

    for order in (told, changed):
        order.refresh_from_db()
        assert (order.total_minor, order.amount_paid_minor) == (2490, 4490)
        assert (order.payment_status, order.refundable_minor) == ("paid", 2490)


@pytest.mark.postgres
def test_without_the_lock_a_change_would_forget_what_was_paid():
    """The control: the change has looked before the callback, and tells the status
    from what it saw.
    """
    order, tell = at_the_provider(MUG=2)

    with patch.object(OrderQuerySet, "locked", unlocked):
        in_turn(tell, lambda: edit(order, MUG=1))

    order.refresh_from_db()
    assert (order.amount_paid_minor, order.payment_status) == (4490, "pending")
