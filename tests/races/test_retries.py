"""Two transactions that wait for each other: PostgreSQL undoes one, and we try that one again."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import OperationalError
from django.db.models import F

from shop.core import retries
from shop.core.idempotency import fingerprint, run_once
from shop.core.models import CacheVersion, IdempotencyRecord
from tests.races.storm import at_once

pytestmark = [pytest.mark.race, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _rows() -> None:
    CacheVersion.objects.create(name="cup", version=0)
    CacheVersion.objects.create(name="mug", version=0)


def cross() -> list[object]:
    """Two requests that raise both rows, one in the other's order, and hold the
    first until both do.
    """
    both_hold_one = Barrier(2)

    def request(number: int) -> object:
        def effect() -> tuple[int, object]:
            names = ["cup", "mug"] if number else ["mug", "cup"]
            for name in names:
                CacheVersion.objects.filter(name=name).update(version=F("version") + 1)
                if name == names[0] and not tried[number]:
                    tried[number] = True
                    both_hold_one.wait(timeout=30)
            return 201, {}

        return run_once("alice", f"key-{number}", fingerprint(number), effect)

    tried = [False, False]
    return at_once(2, request, refusals=(OperationalError,))


def test_a_deadlock_is_tried_again_and_nothing_happens_twice():
    answers = cross()

    assert [getattr(answer, "status_code", answer) for answer in answers] == [201, 201]
    assert set(CacheVersion.objects.values_list("name", "version")) == {("cup", 2), ("mug", 2)}
    assert IdempotencyRecord.objects.count() == 2


def test_without_another_try_one_of_the_two_is_lost(monkeypatch):
    """The control: the same two requests, each tried once."""
    monkeypatch.setattr(retries, "TRIES", 1)

    answers = cross()

    assert sum(isinstance(answer, OperationalError) for answer in answers) == 1
    assert set(CacheVersion.objects.values_list("name", "version")) == {("cup", 1), ("mug", 1)}
    assert IdempotencyRecord.objects.count() == 1
