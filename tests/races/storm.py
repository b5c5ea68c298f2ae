"""Many callers at once: threads that start together, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

THREADS = 8


def at_once(
    count: int, act: Callable[[int], Any], *, refusals: tuple[type[Exception], ...] = ()
) -> list[Any]:
    """What `act(number)` returns, or which of `refusals` it raises, for `count` calls by eight threads."""
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
