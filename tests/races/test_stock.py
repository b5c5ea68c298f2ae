"""Many buyers, few units: never one sold twice. On whichever database the run uses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from inventory.errors import InsufficientStock
from inventory.models import Movement, Reservation, StockItem
from inventory.services import adjust_stock, consume_stock, release_stock, reserve_stock
from inventory.tests.factories import StockItemFactory
from shop.core.actors import SYSTEM
from shop.core.integrity import check

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

THREADS = 8


def race(buyers: int, act: Callable[[int], bool], *, threads: int = THREADS) -> int:
    """Let `buyers` act at once, each thread on its own connection; returns how many succeeded."""
    start = threading.Barrier(min(threads, buyers))
    held = threading.local()

    def run(number: int) -> bool:
        if not getattr(held, "ready", False):
            held.ready = True
            start.wait(timeout=30)
        try:
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(min(threads, buyers)) as pool:
        return sum(pool.map(run, range(buyers)))


def buy(sku: str, number: int) -> bool:
    at = timezone.now()
    try:
        reserve_stock(
            {sku: 1}, holder=f"buyer:{number}", expires_at=at + timedelta(minutes=15), at=at
        )
    except InsufficientStock:
        return False
    return True


@pytest.mark.parametrize("buyers", [2, 20, 200])
def test_the_last_unit_is_sold_once(buyers):
    StockItemFactory(sku="LAST", on_hand=1)

    winners = race(buyers, lambda number: buy("LAST", number))

    assert winners == 1
    item = StockItem.objects.get()
    assert (item.on_hand, item.reserved) == (1, 1)
    assert Reservation.objects.count() == 1


def test_without_the_guard_the_last_unit_is_sold_twice():
    """The control: the same race with a check in Python instead of one conditional statement."""
    StockItemFactory(sku="LAST", on_hand=1)
    threads = 2
    both_have_looked = threading.Barrier(threads)
    sold: list[int] = []

    def read_check_save(number: int) -> bool:
        with transaction.atomic():
            item = StockItem.objects.get(sku="LAST")
            if connection.vendor == "postgresql":
                both_have_looked.wait(timeout=30)
            if item.available < 1:
                return False
            StockItem.objects.filter(pk=item.pk).update(reserved=item.reserved + 1)
            sold.append(number)
        return True

    winners = race(threads, read_check_save, threads=threads)

    # SQLite takes the write lock when a transaction begins, so there the second
    # one looks after the first.
    assert winners == (2 if connection.vendor == "postgresql" else 1)
    assert StockItem.objects.get().reserved == 1


def test_baskets_in_opposite_order_neither_deadlock_nor_oversell():
    for sku in ("A", "B", "C"):
        StockItemFactory(sku=sku, on_hand=20)
    orders = [{"A": 1, "B": 1, "C": 1}, {"C": 1, "B": 1, "A": 1}, {"B": 1, "A": 1}]

    def take(number: int) -> bool:
        at = timezone.now()
        try:
            reserve_stock(
                orders[number % 3], holder=f"o{number}", expires_at=at + timedelta(hours=1), at=at
            )
        except InsufficientStock:
            return False
        if number % 4 == 0:
            release_stock(f"o{number}", at=at)
        return True

    race(60, take)

    assert all(item.reserved <= item.on_hand for item in StockItem.objects.all())
    assert [breach for _invariant, breach in check(at=timezone.now()) if breach] == []


def test_expired_holds_are_handed_on_once():
    StockItemFactory(sku="LAST", on_hand=1)
    past = timezone.now() - timedelta(hours=1)
    reserve_stock({"LAST": 1}, holder="gone", expires_at=past, at=past - timedelta(minutes=15))

    winners = race(20, lambda number: buy("LAST", number))

    assert winners == 1
    states = Reservation.objects.values_list("state", flat=True)
    assert sorted(states) == ["held", "released"]
    assert StockItem.objects.get().reserved == 1


def test_counting_and_selling_at_once_keep_the_books_straight():
    StockItemFactory(sku="MUG", on_hand=50)

    def act(number: int) -> bool:
        at = timezone.now()
        if number % 2:
            adjust_stock("MUG", delta=1, reason="found", actor=SYSTEM, at=at)
            return True
        if buy("MUG", number):
            consume_stock(f"buyer:{number}", {"MUG": 1}, reference="x", actor=SYSTEM, at=at)
        return True

    race(40, act)

    item = StockItem.objects.get()
    assert (item.on_hand, item.reserved) == (50, 0)
    assert sum(Movement.objects.values_list("quantity", flat=True)) == 50
