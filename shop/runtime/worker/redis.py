"""Tasks queued in Redis through RQ, for any number of workers on any number of machines."""

from __future__ import annotations

import django_rq
from django.conf import settings
from django_tasks_rq import Job
from rq.scheduler import RQScheduler
from rq.timeouts import TimerDeathPenalty
from rq.worker import SimpleWorker

from shop.runtime.worker.loops import Loop


class ThreadWorker(SimpleWorker):
    """RQ's worker without what only a main thread may do (signals, alarms) or
    what needs one more.
    """

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        return

    def subscribe(self) -> None:
        return

    def unsubscribe(self) -> None:
        return


class TaskLoop(Loop):
    """Runs what is queued, and queues what was put off until now."""

    name = "tasks"

    def __init__(self) -> None:
        self._queues = [
            django_rq.get_queue(name, job_class=Job) for name in sorted(settings.RQ_QUEUES)
        ]
        self._connection = self._queues[0].connection
        self._scheduler = RQScheduler(
            self._queues, connection=self._connection, logging_level="WARNING"
        )
        self._worker: ThreadWorker | None = None
        self._is_stopping = False

    def turn(self) -> bool:
        self._queue_what_is_due()
        if self._is_stopping or not any(queue.count for queue in self._queues):
            return False
        self._worker = ThreadWorker(self._queues, connection=self._connection, job_class=Job)
        return self._worker.work(burst=True, logging_level="WARNING")

    def interrupt(self) -> None:
        self._is_stopping = True
        if self._worker is not None:
            self._worker._stop_requested = True

    def _queue_what_is_due(self) -> None:
        # The lock is given back at once: a worker that ends must not keep the others waiting.
        try:
            if self._scheduler.acquire_locks():
                self._scheduler.enqueue_scheduled_jobs()
        finally:
            self._scheduler.release_locks()
