"""What must happen follows from the database: a task that was lost with its queue
is queued again from there.

    @lost_work(make_renditions_of)
    def pictures_without_renditions() -> Iterator[tuple[str, int]]:
        ...                                     # the arguments of each task whose effect is missing

A queue in Redis forgets: when it is emptied, when a worker is killed, when the database
is away during a task. Every task of the shop names such a function (a test says so), and
may run twice without harm.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django_tasks.base import Task

logger = logging.getLogger(__name__)

# So many tasks at most are queued again in one run; the next run goes on.
MOST_AT_ONCE = 500
# How long a task is left alone after it was queued again, for the first time, the
# second, and so on: one that fails each time must not fill the queue. What the cache
# forgets is merely queued sooner.
PAUSES = (45, 120, 600, 3600, 6 * 3600, 24 * 3600)

Arguments = tuple[Any, ...]
Finder = Callable[[], Iterable[Arguments]]


@dataclass(frozen=True, slots=True)
class Recovery:
    """A task, and what finds the arguments of those whose effect is missing."""

    task: Task[Any, Any]
    find: Finder


_recoveries: dict[str, Recovery] = {}


def lost_work(task: Task[Any, Any]) -> Callable[[Finder], Finder]:
    """Register the decorated function to find work of `task` that was lost."""

    def register(find: Finder) -> Finder:
        _recoveries[task.module_path] = Recovery(task, find)
        return find

    return register


def recoveries() -> list[Recovery]:
    """All that are registered."""
    return list(_recoveries.values())


def queue_lost_work() -> int:
    """Queue tasks whose effect is missing in the database, and return how many."""
    count = 0
    for recovery in recoveries():
        for arguments in recovery.find():
            if count >= MOST_AT_ONCE:
                return count
            if _is_its_turn(recovery.task, arguments):
                recovery.task.enqueue(*arguments)
                count += 1
    return count


def _is_its_turn(task: Task[Any, Any], arguments: Arguments) -> bool:
    digest = hashlib.sha256(json.dumps(arguments).encode()).hexdigest()[:32]
    key = f"recovery:{task.module_path}:{digest}"
    times = int(cache.get(f"{key}:times") or 0)
    if not cache.add(key, 1, timeout=PAUSES[min(times, len(PAUSES) - 1)]):
        return False
    cache.set(f"{key}:times", times + 1, timeout=7 * 24 * 3600)
    return True
