"""Periodic maintenance: requeue lost work, delete what has expired."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from shop.core import recovery
from shop.core.models import IdempotencyRecord
from shop.runtime.schedule import every

logger = logging.getLogger(__name__)

# No task of ours takes this long: the worker that had it is gone.
LOST_AFTER = timedelta(minutes=15)
KEEP_TASK_RESULTS = timedelta(days=7)
# A client that repeats a request does so within minutes; a month is beyond any doubt.
KEEP_IDEMPOTENCY = timedelta(days=30)


@every(timedelta(minutes=1))
def queue_lost_tasks_again() -> int:
    """Queue tasks again whose worker died in the middle; tasks may run twice without harm."""
    lost = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - LOST_AFTER)
    count = lost.update(status="READY", started_at=None)
    if count:
        logger.warning("%s tasks were lost with their worker and are queued again", count)
    return count


@every(timedelta(seconds=30))
def queue_lost_work_again() -> int:
    """Queue tasks again that were lost with a queue in Redis, or failed while the
    database was away.
    """
    count = recovery.queue_lost_work()
    if count:
        logger.info("%s tasks whose effect is missing are queued", count)
    return count


@every(timedelta(hours=1))
def forget_finished_work() -> None:
    """Delete what nobody asks for any more: old task results, idempotency records, sessions."""
    at = timezone.now()
    DBTaskResult.objects.finished().filter(finished_at__lt=at - KEEP_TASK_RESULTS).delete()
    IdempotencyRecord.objects.filter(created_at__lt=at - KEEP_IDEMPOTENCY).delete()
    call_command("clearsessions")
