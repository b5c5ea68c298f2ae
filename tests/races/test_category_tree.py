"""Many hands on one tree: it nests as its parents say, whoever writes when."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from catalog.categories import create_category, misplaced_categories, move_category, repair_tree
from catalog.models import Category
from tests.races.storm import wait_until_somebody_waits

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

THREADS = 8


def test_categories_made_at_once_all_stand_in_their_parent():
    home = create_category(name="Home")
    start = threading.Barrier(THREADS)

    def insert(number: int) -> None:
        start.wait(timeout=30)
        try:
            for each in range(5):
                create_category(name=f"Room {number} {each}", parent=home)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(insert, range(THREADS)))

    assert Category.objects.filter(parent=home).count() == 40
    assert misplaced_categories() == []


def test_moves_and_inserts_at_once_keep_the_tree_sound():
    roots = [create_category(name=f"Root {number}") for number in range(3)]
    leaves = [create_category(name=f"Leaf {n}", parent=roots[n % 3]) for n in range(THREADS)]
    start = threading.Barrier(THREADS)

    def shuffle(number: int) -> None:
        start.wait(timeout=30)
        try:
            for step in range(4):
                move_category(leaves[number], parent=roots[(number + step) % 3], position=0)
                create_category(name=f"New {number} {step}", parent=roots[step % 3])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(shuffle, range(THREADS)))

    assert Category.objects.count() == 3 + THREADS + THREADS * 4
    assert misplaced_categories() == []


@pytest.mark.postgres
def test_without_the_lock_the_tree_breaks_and_the_repair_mends_it():
    """The control: both have read the parent, and the second writes before the first commits."""
    home = create_category(name="Home")
    both_have_read = threading.Barrier(2)
    first_has_written = threading.Event()

    def insert_unlocked(number: int) -> None:
        try:
            with transaction.atomic():
                parent = Category.objects.get(pk=home.pk)
                both_have_read.wait(timeout=30)
                if number:
                    assert first_has_written.wait(timeout=30)
                room = Category(name=f"Room {number}", slug=f"room-{number}")
                room.insert_at(parent, "last-child", save=True)
                if not number:
                    first_has_written.set()
                    wait_until_somebody_waits()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(insert_unlocked, range(2)))

    assert misplaced_categories() != []
    repair_tree()
    assert misplaced_categories() == []
