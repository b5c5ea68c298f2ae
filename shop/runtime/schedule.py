"""Periodic jobs. Any number of workers may run; each job starts on one of them at a time.

@every(timedelta(minutes=1))
def release_expired() -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from shop.core.models import ScheduledJob


@dataclass(frozen=True, slots=True)
class Job:
    """A function, how often it runs, and whether it calls other companies."""

    name: str
    function: Callable[[], object]
    interval: timedelta
    outside: bool = False


_jobs: dict[str, Job] = {}


def every(
    interval: timedelta, *, outside: bool = False
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register the decorated function to run once each `interval`.

    `outside`: it calls other companies, and must not hold up those that do not.
    """

    def register(function: Callable[[], object]) -> Callable[[], object]:
        name = f"{function.__module__}.{function.__qualname__}"
        _jobs[name] = Job(name, function, interval, outside)
        return function

    return register


def jobs() -> list[Job]:
    """All registered jobs."""
    return list(_jobs.values())


def claim_due(job: Job, *, at: datetime) -> bool:
    """Whether this process is the one to run `job` now; marks it started if so."""
    ScheduledJob.objects.get_or_create(name=job.name)
    claimed = ScheduledJob.objects.filter(
        Q(last_started_at__isnull=True) | Q(last_started_at__lte=at - job.interval), name=job.name
    ).update(last_started_at=at)
    return claimed == 1
