"""The background worker: brings events to their handlers, starts periodic jobs, runs queued tasks.

Each lane of events (`shop.core.lanes`), the jobs that call other companies, the other jobs, and
the tasks are a loop in a thread of its own: a silent mail server holds up no payment, a slow
picture no e-mail, and a loop that fails pauses without stopping the others. Any number of
workers may run side by side.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from shop.core import breaker, outbox
from shop.core.clock import database_now
from shop.core.lanes import MAIL_BREAKER, Lane
from shop.core.models import ScheduledJob
from shop.runtime import schedule
from shop.runtime.worker.loops import IDLE_SECONDS, Loop

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE_SECONDS = 5.0
# How often lanes that can wait a moment are looked at.
UNHURRIED_SECONDS = 1.0
# How long a stopping worker lets what it has begun come to its end.
PATIENCE_SECONDS = 20.0


class OutboxLoop(Loop):
    """Brings the events of one lane to their handlers."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.name = f"outbox:{lane.value}"
        self.idle_seconds = IDLE_SECONDS if lane == Lane.MONEY else UNHURRIED_SECONDS

    def turn(self) -> bool:
        # Asked first because looking costs a read and delivering takes SQLite's one write lock.
        if not outbox.lag_seconds(database_now(), lane=self.lane):
            return False
        return outbox.deliver_due(lane=self.lane) > 0


class MailLoop(OutboxLoop):
    """Sends e-mail, and leaves a mail server that does not answer alone for a while."""

    def __init__(self) -> None:
        super().__init__(Lane.MAIL)

    def turn(self) -> bool:
        if not outbox.lag_seconds(database_now(), lane=self.lane):
            return False
        # What is due waits without using up one of its attempts.
        return breaker.admit(MAIL_BREAKER) and outbox.deliver_due(1, lane=self.lane) > 0


class ScheduleLoop(Loop):
    """Starts the periodic jobs that are due; of many workers, one starts each."""

    idle_seconds = 1.0

    def __init__(self, *, outside: bool) -> None:
        self.outside = outside
        self.name = "schedule:outside" if outside else "schedule"

    def turn(self) -> bool:
        at = database_now()
        started_at = dict(ScheduledJob.objects.values_list("name", "last_started_at"))
        worked = False
        for job in schedule.jobs():
            if job.outside != self.outside:
                continue
            last = started_at.get(job.name)
            if last is not None and last > at - job.interval:
                continue
            if schedule.claim_due(job, at=at):
                worked = True
                self._run(job)
        return worked

    def _run(self, job: schedule.Job) -> None:
        try:
            job.function()
        except Exception:
            logger.exception("Periodic job %s failed; it runs again in %s", job.name, job.interval)
            connections.close_all()


def make_loops() -> list[Loop]:
    """The loops of one worker, with the task queue that the settings name."""
    queue = "redis" if settings.REDIS_URL else "database"
    tasks: Loop = import_string(f"shop.runtime.worker.{queue}.TaskLoop")()
    return [
        OutboxLoop(Lane.MONEY),
        OutboxLoop(Lane.PROVIDERS),
        MailLoop(),
        OutboxLoop(Lane.REST),
        ScheduleLoop(outside=False),
        ScheduleLoop(outside=True),
        tasks,
    ]


def drain(loops: Sequence[Loop] | None = None) -> None:
    """Do everything that is due, and what follows from it, in this thread; then return."""
    loops = loops or make_loops()
    is_busy = True
    while is_busy:
        # A list, so that each loop has its turn even when one before it was busy.
        is_busy = any([loop.turn() for loop in loops])  # noqa: C419


def run_until(stop: threading.Event) -> bool:
    """Work until `stop` is set; returns whether all that had begun came to its end."""
    loops = make_loops()
    threads = [
        threading.Thread(target=_keep_turning, args=(loop, stop), name=loop.name, daemon=True)
        for loop in loops
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for loop in loops:
        loop.interrupt()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for thread in threads:
        thread.join(max(give_up_at - time.monotonic(), 0))
    unfinished = [thread.name for thread in threads if thread.is_alive()]
    if unfinished:
        logger.warning("Stopped in the middle of: %s", ", ".join(unfinished))
    return not unfinished


def _return_to_pool() -> None:
    """Let others have this thread's connection while it waits: there may be fewer
    than there are loops.
    """
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["OPTIONS"].get("pool"):
            connection.close()


def _keep_turning(loop: Loop, stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            try:
                pause = 0.0 if loop.turn() else loop.idle_seconds
                if pause:
                    _return_to_pool()
            except Exception:
                logger.exception("The %s loop failed; it goes on after a pause", loop.name)
                # Whatever state the connection is in, the next turn begins with a new one.
                connections.close_all()
                pause = PAUSE_AFTER_FAILURE_SECONDS
            stop.wait(pause)
    finally:
        connections.close_all()
