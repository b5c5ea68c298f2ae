"""Many callers at once: threads that start together, each with a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from django.db import connection, transaction

THREADS = 8


def at_once(
    count: int, act: Callable[[int], Any], *, refusals: tuple[type[Exception], ...] = ()
) -> list[Any]:
    """What `act(number)` returns, or which of `refusals` it raises, for `count`
    calls by eight threads.
    """
    barrier = Barrier(min(THREADS, count))

    def run(start: int) -> list[Any]:
        results: list[Any] = []
        try:
            barrier.wait(timeout=30)
            for number in range(start, count, THREADS):
                try:
                    results.append(act(number))
                except refusals as refusal:
                    results.append(refusal)
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(min(THREADS, count)) as pool:
        parts = list(pool.map(run, range(min(THREADS, count))))
    return [result for part in parts for result in part]


def in_turn(
    first: Callable[[], Any],
    second: Callable[[], Any],
    *,
    refusals: tuple[type[Exception], ...] = (),
) -> list[Any]:
    """What both return or refuse: `first` commits only once `second` waits for a row of its.

    PostgreSQL only.
    """
    has_written = Event()

    def run(number: int) -> Any:
        try:
            if number:
                assert has_written.wait(timeout=30)
                return second()
            with transaction.atomic():
                result = first()
                has_written.set()
                wait_until_somebody_waits()
            return result
        except refusals as refusal:
            return refusal
        finally:
            has_written.set()
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def wait_until_somebody_waits(seconds: float = 30) -> None:
    """Return once another transaction waits for a row that this one holds."""
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                # Not pg_stat_activity: a transaction sees it as it was at the first look.
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.005)
    raise AssertionError("nobody came to wait for this transaction")
