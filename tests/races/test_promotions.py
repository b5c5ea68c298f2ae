"""Limits of promotions under fire: the last use, a shopper's own uses, and uses that
canceled orders give back.
"""

from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import F

from accounts.people import Person, person_of
from accounts.tests.factories import CustomerFactory
from orders.cancellation import cancel_order
from orders.errors import OrderNotCancelable, PriceChanged
from orders.models import Order
from orders.tests.factories import CAROL, NOON, make_cart, make_order, make_shop, variant
from pricing.errors import CouponExhausted
from pricing.models import Promotion, PromotionUse
from pricing.promotions import release_promotions, use_promotion
from pricing.promotions.uses import next_number
from pricing.tests.factories import PromotionFactory
from shop.core.integrity import check
from tests.races.storm import THREADS, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ALICE = "alice@example.com"


def use(number: int, customer: str = "") -> str:
    order = f"A{number}"
    use_promotion(
        Promotion.objects.get().pk,
        order_number=order,
        person=person_of(email=customer or f"{order}@example.com"),
        at=NOON,
    )
    return order


def storm(count: int, act: Any) -> list[Any]:
    return at_once(count, act, refusals=(CouponExhausted, PriceChanged))


def refused(results: list[Any]) -> int:
    return sum(isinstance(result, CouponExhausted | PriceChanged) for result in results)


def assert_books_are_true() -> None:
    assert [breach.code for _invariant, breach in check(at=NOON) if breach] == []


# The last use -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3])
def test_the_last_use_goes_to_one_of_twenty_orders(limit):
    PromotionFactory(is_automatic=True, use_limit=limit)

    results = storm(20, use)

    assert refused(results) == 20 - limit
    assert Promotion.objects.get().used_count == PromotionUse.objects.count() == limit
    assert_books_are_true()


def test_without_the_condition_in_the_update_the_same_storm_counts_too_often():
    """The control: eight have read that there is room before the first of them writes."""
    PromotionFactory(is_automatic=True)
    readers = Barrier(THREADS)

    def careless(number: int) -> bool:
        has_room = Promotion.objects.get().used_count < 1
        readers.wait(timeout=20)
        if has_room:
            use(number)
        return has_room

    results = storm(THREADS, careless)

    assert results == [True] * THREADS
    assert Promotion.objects.get().used_count == THREADS


def test_the_database_refuses_what_a_forgotten_condition_would_count(monkeypatch):
    """The control of the constraint: without `with_room` the last word is the table's."""
    PromotionFactory(is_automatic=True, use_limit=1)
    monkeypatch.setattr("pricing.querysets.PromotionQuerySet.with_room", lambda rows: rows)

    results = at_once(THREADS, use, refusals=(IntegrityError,))

    assert sum(isinstance(result, IntegrityError) for result in results) == THREADS - 1
    assert Promotion.objects.get().used_count == PromotionUse.objects.count() == 1


def test_twenty_checkouts_at_once_get_the_last_price_once_and_nobody_pays_another_than_they_saw():
    make_shop()
    PromotionFactory(is_automatic=True, use_limit=1)
    variant("MUG", on_hand=50)
    carts = [make_cart(MUG=1) for _number in range(20)]

    # 20.00 less 10 %, and 4.90 for delivery.
    results = storm(
        20,
        lambda number: (
            make_order(
                cart=carts[number], email=f"{number}@example.com", expected_total_minor=2290
            ).number
        ),
    )

    assert refused(results) == 19
    order = Order.objects.get()
    assert (order.total_minor, order.discount_minor) == (2290, 200)
    assert PromotionUse.objects.get().order_number == order.number
    assert_books_are_true()


# A shopper's own uses ---------------------------------------------------------------------------


def test_one_shopper_gets_it_as_often_as_allowed_from_twenty_carts_at_once():
    PromotionFactory(is_automatic=True, per_customer_limit=3)

    results = storm(20, lambda number: use(number, ALICE))

    assert refused(results) == 17
    assert Promotion.objects.get().used_count == 3
    assert sorted(PromotionUse.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert_books_are_true()


def test_without_the_lock_of_the_update_all_draw_the_same_number_and_the_table_keeps_one():
    """The control: the number is drawn before anybody has locked the promotion's row."""
    promotion = PromotionFactory(is_automatic=True, per_customer_limit=1)
    drawn = Barrier(THREADS)

    def careless(order: int) -> int:
        uses = PromotionUse.objects.filter(promotion=promotion, customer_key=ALICE)
        number = next_number(uses.values_list("number", flat=True))
        drawn.wait(timeout=20)
        PromotionUse.objects.create(
            promotion=promotion, customer_key=ALICE, number=number, order_number=f"A{order}"
        )
        return number

    results = at_once(THREADS, careless, refusals=(IntegrityError,))

    assert sum(isinstance(result, IntegrityError) for result in results) == THREADS - 1
    assert [result for result in results if result == 1] == [1]


def by_account(number: int, account: int) -> None:
    """Use it with an account that gives another contact address each time."""
    email = f"contact{number}@example.com"
    use_promotion(
        Promotion.objects.get().pk,
        order_number=f"A{number}",
        person=Person(email, frozenset({email}), account),
        at=NOON,
    )


def test_one_account_with_twenty_contact_addresses_gets_it_as_often_as_allowed():
    PromotionFactory(is_automatic=True, per_customer_limit=3)
    account = CustomerFactory().pk

    results = storm(20, lambda number: by_account(number, account))

    assert refused(results) == 17
    assert Promotion.objects.get().used_count == 3
    assert sorted(PromotionUse.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert_books_are_true()


def test_without_the_lock_of_the_update_the_table_still_keeps_one_use_of_an_account():
    """The control: the number is drawn before anybody has locked the promotion's row."""
    promotion = PromotionFactory(is_automatic=True, per_customer_limit=1)
    account = CustomerFactory()
    drawn = Barrier(THREADS)

    def careless(order: int) -> int:
        uses = PromotionUse.objects.filter(promotion=promotion, account=account)
        number = next_number(uses.values_list("number", flat=True))
        drawn.wait(timeout=20)
        PromotionUse.objects.create(
            promotion=promotion,
            customer_key=f"contact{order}@example.com",
            account=account,
            number=number,
            order_number=f"A{order}",
        )
        return number

    results = at_once(THREADS, careless, refusals=(IntegrityError,))

    assert sum(isinstance(result, IntegrityError) for result in results) == THREADS - 1


# What canceled orders give back -----------------------------------------------------------------


def test_uses_that_canceled_orders_give_back_are_used_again_and_never_lost():
    PromotionFactory(is_automatic=True, use_limit=4, per_customer_limit=4)
    for number in range(4):
        use(number, ALICE)

    def cancel_or_buy(number: int) -> Any:
        # Each of the four is canceled twice, as a shopper and a timer may do at the same moment.
        if number < 8:
            return release_promotions(f"A{number % 4}")
        return use(number, ALICE)

    storm(40, cancel_or_buy)

    left = Promotion.objects.get().used_count
    assert left == PromotionUse.objects.count() <= 4
    assert not PromotionUse.objects.filter(order_number__in=["A0", "A1", "A2", "A3"]).exists()
    assert_books_are_true()


def test_all_four_uses_are_free_again_after_four_cancellations_and_four_more_get_them():
    PromotionFactory(is_automatic=True, use_limit=4)
    for number in range(4):
        use(number)
    storm(16, lambda number: release_promotions(f"A{number % 4}"))
    assert Promotion.objects.get().used_count == 0

    results = storm(20, lambda number: use(100 + number))

    assert refused(results) == 16
    assert Promotion.objects.get().used_count == PromotionUse.objects.count() == 4
    assert_books_are_true()


def test_without_asking_whether_the_use_was_still_there_the_same_cancellation_counts_eight_times():
    """The control: eight have seen the use of one order before the first of them gives it back."""
    PromotionFactory(is_automatic=True, use_limit=20)
    for number in range(THREADS):
        use(number)
    seen = Barrier(THREADS)

    def careless(_number: int) -> None:
        row = PromotionUse.objects.get(order_number="A0")
        seen.wait(timeout=20)
        PromotionUse.objects.filter(pk=row.pk).delete()
        Promotion.objects.filter(pk=row.promotion_id).update(used_count=F("used_count") - 1)

    at_once(THREADS, careless)

    assert PromotionUse.objects.count() == THREADS - 1
    assert Promotion.objects.get().used_count == 0


def test_an_order_canceled_by_eight_at_once_gives_its_use_back_once():
    make_shop()
    PromotionFactory(is_automatic=True, use_limit=2)
    first, second = make_order(email=ALICE), make_order(email="bob@example.com")

    def cancel(_number: int) -> str:
        return cancel_order(first, reason="", actor=CAROL, at=NOON).status

    at_once(THREADS, cancel, refusals=(OrderNotCancelable,))

    assert Promotion.objects.get().used_count == 1
    assert PromotionUse.objects.get().order_number == second.number
    assert_books_are_true()
