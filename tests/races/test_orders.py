"""Orders under fire: one cart, one key, the last unit, and hands that pull both ways."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Customer
from inventory.errors import InsufficientStock
from inventory.models import StockItem
from orders.cancellation import cancel_order
from orders.checkout import place_order
from orders.errors import CartClosed, CartEmpty, OrderNotCancelable, OrderNotShippable
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import (
    CAROL,
    checkout_data,
    make_cart,
    make_order,
    make_shop,
    order_input,
    variant,
)
from shop.core.actors import GUEST
from shop.core.errors import DomainError
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.races.storm import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def place(cart: Any, number: int = 0) -> Order:
    return place_order(
        cart,
        checkout_data(email=f"guest{number}@example.com"),
        actor=GUEST,
        at=timezone.now(),
    )


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_the_same_key_twenty_times_at_once_is_one_order_and_twenty_equal_answers(settings):
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, "off")
    make_shop()
    cart = make_cart(MUG=1, at=timezone.now())
    headers = {"Idempotency-Key": "one", "X-Cart-Token": cart.token}

    answers = at_once(
        20, lambda _number: APIClient().post("/api/orders", order_input(), headers=headers)
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["number"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 19
    assert Order.objects.count() == 1
    assert StockItem.objects.get(sku="MUG").reserved == 1
    assert_books_are_clean()


def test_one_cart_with_twenty_keys_is_one_order():
    make_shop()
    cart = make_cart(MUG=1, at=timezone.now())

    results = at_once(20, lambda number: place(cart, number), refusals=(CartClosed, CartEmpty))

    assert sum(isinstance(result, Order) for result in results) == 1
    assert Order.objects.count() == 1
    assert StockItem.objects.get(sku="MUG").reserved == 1


def test_ten_orders_of_one_new_guest_at_once_make_one_customer():
    make_shop()
    carts = [make_cart(MUG=1, at=timezone.now()) for _number in range(10)]

    orders = at_once(10, lambda number: place(carts[number]))

    assert len({order.customer_id for order in orders}) == 1
    assert Customer.objects.count() == 1
    assert_books_are_clean()


def test_the_last_unit_is_sold_once():
    make_shop()
    variant("LAST", on_hand=1)
    carts = [make_cart(LAST=1, at=timezone.now()) for _buyer in range(20)]

    results = at_once(
        20, lambda number: place(carts[number], number), refusals=(InsufficientStock,)
    )

    assert sum(isinstance(result, Order) for result in results) == 1
    assert sum(isinstance(result, InsufficientStock) for result in results) == 19
    last = StockItem.objects.get(sku="LAST")
    assert (last.on_hand, last.reserved) == (1, 1)
    assert_books_are_clean()


def test_without_the_condition_the_last_unit_would_be_promised_more_than_once():
    """The control: reading first and writing after shows that the storm above does hurt."""
    variant("LAST", on_hand=1)
    promised = at_once(
        20,
        lambda _number: StockItem.objects.get(sku="LAST").sellable > 0,
    )
    # Nobody wrote in between, so everybody was told that there is one.
    assert sum(promised) == 20
    counted = at_once(
        20,
        lambda _number: StockItem.objects.filter(sku="LAST", on_hand__gt=F("reserved")).update(
            reserved=F("reserved") + 1
        ),
    )
    assert sum(counted) == 1


def test_baskets_that_share_things_in_opposite_order_do_not_lock_each_other():
    make_shop()
    variant("AAA", on_hand=50)
    variant("BBB", on_hand=50)
    carts = [
        make_cart(
            at=timezone.now(), **({"AAA": 1, "BBB": 1} if number % 2 else {"BBB": 1, "AAA": 1})
        )
        for number in range(24)
    ]

    results = at_once(24, lambda number: place(carts[number], number))

    assert len(results) == 24
    assert StockItem.objects.get(sku="AAA").reserved == 24
    assert StockItem.objects.get(sku="BBB").reserved == 24


def test_ship_or_cancel_one_of_them_wins():
    for _round in range(5):
        order = make_order(payment_method="cash", at=timezone.now())

        def act(number: int, order: Order = order) -> str:
            if number % 2:
                cancel_order(order, actor=GUEST, at=timezone.now())
                return "canceled"
            fulfill_order(order, actor=CAROL, at=timezone.now())
            return "shipped"

        results = at_once(8, act, refusals=(OrderNotCancelable, OrderNotShippable))

        wins = [result for result in results if not isinstance(result, DomainError)]
        order.refresh_from_db()
        assert len(wins) == 1
        assert (order.status == "canceled") == (wins == ["canceled"])
        assert order.fulfillments.count() == (wins == ["shipped"])
    assert_books_are_clean()
