"""An unpaid order goes back into the cart while its payment arrives: it is sold or taken back."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.utils import timezone

from cart.models import Cart
from inventory.models import StockItem
from orders.cancellation import cancel_and_restore
from orders.errors import OrderNotCancelable
from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.tests.factories import make_cart
from payments.models import Refund
from shop.core.actors import GUEST
from tests.races.storm import at_once, in_turn
from tests.races.test_editing import assert_books_are_clean, at_the_provider, unlocked

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def restore(order: Order, cart: Cart) -> list[str]:
    return cancel_and_restore(order, cart, actor=GUEST, at=timezone.now())


def units_in(cart: Cart) -> dict[str, int]:
    return dict(cart.items.values_list("variant__sku", "quantity"))


def test_whichever_comes_first_the_items_are_sold_or_back_in_the_cart():
    carts = []
    for _round in range(4):
        order, tell = at_the_provider(MUG=2)
        cart = make_cart(BOWL=1, at=timezone.now())
        carts.append((order, cart))

        def act(number: int, order: Order = order, cart: Cart = cart, tell=tell) -> object:
            return restore(order, cart) if number % 2 else tell()

        at_once(8, act, refusals=(OrderNotCancelable,))

    assert_books_are_clean()
    for order, cart in carts:
        order.refresh_from_db()
        is_sold = order.status == "confirmed"
        assert order.payment_status == ("paid" if is_sold else "refunded")
        assert units_in(cart) == ({"BOWL": 1} if is_sold else {"BOWL": 1, "MUG": 2})
    sold = [order for order, _cart in carts if order.status == "confirmed"]
    assert StockItem.objects.get(sku="MUG").reserved == 2 * len(sold)


@pytest.mark.postgres
def test_an_order_that_is_paid_first_stays_and_the_cart_is_as_it_was():
    order, tell = at_the_provider(MUG=2)
    cart = make_cart(BOWL=1, at=timezone.now())

    late = in_turn(tell, lambda: restore(order, cart), refusals=(OrderNotCancelable,))
    assert_books_are_clean()

    order.refresh_from_db()
    assert isinstance(late[1], OrderNotCancelable)
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert units_in(cart) == {"BOWL": 1}
    assert Refund.objects.count() == 0


@pytest.mark.postgres
def test_a_payment_that_comes_after_the_items_are_back_is_refunded_once():
    order, tell = at_the_provider(MUG=2)
    cart = make_cart(BOWL=1, at=timezone.now())

    in_turn(lambda: restore(order, cart), tell)
    assert_books_are_clean()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("canceled", "refunded")
    assert units_in(cart) == {"BOWL": 1, "MUG": 2}
    assert list(Refund.objects.values_list("amount_minor", flat=True)) == [4490]


@pytest.mark.postgres
def test_without_the_lock_a_paid_order_would_be_taken_back():
    """The control: the request has looked before the payment is written, and cancels after it."""
    order, tell = at_the_provider(MUG=2)
    cart = make_cart(BOWL=1, at=timezone.now())

    with patch.object(OrderQuerySet, "locked", unlocked):
        in_turn(tell, lambda: restore(order, cart))

    order.refresh_from_db()
    assert (order.status, order.amount_paid_minor) == ("canceled", 4490)
    assert units_in(cart) == {"BOWL": 1, "MUG": 2}
