"""Tasks queued in the database, which needs no other service."""

from __future__ import annotations

import logging

from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from shop.runtime.worker.loops import Loop

# It tells of every batch; failures and lost tasks are enough.
logging.getLogger("django_tasks_db").setLevel(logging.WARNING)


class TaskLoop(Loop):
    """Runs what is queued, oldest first within a priority."""

    name = "tasks"

    def __init__(self) -> None:
        self._worker = Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )

    def turn(self) -> bool:
        # Asked first because the worker's own look takes SQLite's one write lock.
        if not DBTaskResult.objects.ready().filter(backend_name="default").exists():
            return False
        self._worker.run()
        return True

    def interrupt(self) -> None:
        self._worker.running = False
