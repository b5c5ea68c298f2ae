"""Coupons and carts under fire: one coupon for many carts, one guest's cart merged
many times at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.people import person_of
from accounts.tests.factories import CustomerFactory
from cart.models import Cart, CartItem
from cart.services import add_to_cart, merge_carts, open_cart
from catalog.tests.factories import VariantFactory
from inventory.errors import InsufficientStock
from pricing.errors import CouponExhausted
from pricing.models import Coupon, CouponUse
from pricing.promotions import release_promotions, use_coupon
from pricing.tests.factories import CouponFactory
from shop.core.integrity import check

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
THREADS = 8
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act` returns or refuses, called `count` times by up to eight threads
    that start together.
    """
    threads = min(count, THREADS)
    barrier = Barrier(threads)

    def run(start: int) -> list[Any]:
        results: list[Any] = []
        try:
            barrier.wait(timeout=20)
            for number in range(start, count, threads):
                try:
                    results.append(act(number))
                except (CouponExhausted, InsufficientStock) as refusal:
                    results.append(refusal)
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(threads) as pool:
        return [result for part in pool.map(run, range(threads)) for result in part]


def use(code: str, number: int, customer: str = "") -> str:
    order = f"A{number}"
    use_coupon(
        code,
        order_number=order,
        person=person_of(email=customer or f"{order}@example.com"),
        at=NOW,
    )
    return order


def refusals(results: list[Any]) -> int:
    return sum(isinstance(result, CouponExhausted) for result in results)


def assert_books_are_true() -> None:
    assert [breach.code for _invariant, breach in check(at=NOW) if breach] == []


@pytest.mark.parametrize("carts", [2, 20, 100])
def test_the_last_use_of_a_coupon_goes_to_one_of_many_carts(carts):
    CouponFactory(code="LAST", use_limit=1)

    results = at_once(carts, lambda number: use("LAST", number))

    assert refusals(results) == carts - 1
    assert Coupon.objects.get().used_count == 1
    assert CouponUse.objects.count() == 1
    assert_books_are_true()


def test_one_shopper_uses_a_coupon_as_often_as_allowed_from_twenty_carts_at_once():
    CouponFactory(code="THRICE", per_customer_limit=3)

    results = at_once(20, lambda number: use("THRICE", number, "alice@example.com"))

    assert refusals(results) == 17
    assert Coupon.objects.get().used_count == 3
    assert sorted(CouponUse.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert_books_are_true()


def test_without_the_conditional_update_the_same_storm_counts_too_often():
    """The control: it shows that the tests above can fail, on a use that reads before it writes."""
    CouponFactory(code="LAST")
    readers = Barrier(THREADS)

    def careless(number: int) -> bool:
        is_free = Coupon.objects.get().used_count < 1
        readers.wait(timeout=20)
        if is_free:
            use("LAST", number)
        return is_free

    results = at_once(THREADS, careless)

    assert sum(results) == THREADS
    assert Coupon.objects.get().used_count == THREADS


def test_a_coupon_that_canceled_orders_give_back_is_used_again_and_never_lost():
    CouponFactory(code="FEW", use_limit=4, per_customer_limit=4)
    for number in range(4):
        use("FEW", number, "alice@example.com")

    def cancel_or_buy(number: int) -> Any:
        # Each cancels twice, as a shopper and a timer may do at the same moment.
        if number < 8:
            return release_promotions(f"A{number % 4}")
        return use("FEW", number, "alice@example.com")

    at_once(40, cancel_or_buy)

    left = Coupon.objects.get().used_count
    assert left == CouponUse.objects.count()
    assert left <= 4
    assert not CouponUse.objects.filter(order_number__in=["A0", "A1", "A2", "A3"]).exists()
    assert_books_are_true()


def test_a_guest_s_cart_merged_twenty_times_at_once_is_merged_once():
    cup, pot = VariantFactory(sku="CUP", on_hand=50), VariantFactory(sku="POT", on_hand=50)
    alice = CustomerFactory()
    own = open_cart(customer=alice, at=NOW)
    add_to_cart(own, cup, quantity=1, at=NOW)
    guest = open_cart(customer=None, at=NOW)
    add_to_cart(guest, cup, quantity=2, at=NOW)
    add_to_cart(guest, pot, quantity=3, at=NOW)

    at_once(20, lambda _number: merge_carts(guest, alice, at=NOW))

    assert dict(own.items.values_list("variant__sku", "quantity")) == {"CUP": 3, "POT": 3}
    assert not Cart.objects.filter(pk=guest.pk).exists()


def test_a_customer_who_signs_in_twenty_times_at_once_has_one_open_cart():
    alice = CustomerFactory()

    carts = at_once(20, lambda _number: open_cart(customer=alice, at=timezone.now()).pk)

    assert len(set(carts)) == 1
    assert Cart.objects.open().filter(customer=alice).count() == 1


def test_adding_to_one_cart_twenty_times_at_once_loses_no_click():
    cup = VariantFactory(sku="CUP", on_hand=12)
    cart = open_cart(customer=CustomerFactory(), at=NOW)

    results = at_once(20, lambda _number: add_to_cart(cart, cup, quantity=1, at=NOW))

    assert sum(isinstance(result, CartItem) for result in results) == 12
    assert sum(isinstance(result, InsufficientStock) for result in results) == 8
    assert cart.items.get().quantity == 12
