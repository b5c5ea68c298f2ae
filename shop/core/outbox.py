"""The relay: brings each event in the outbox to each of its handlers, with attempts and backoff."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from shop.core.events import Event, Handler, handlers_of
from shop.core.lanes import Lane
from shop.core.models import OutboxDelivery

logger = logging.getLogger(__name__)

# Pauses after the first, second, … failed attempt; the last one repeats.
BACKOFF = [
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
]
# A handler that calls the outside world leases its delivery for this long; if the worker dies, the
# delivery falls due again.
LEASE = timedelta(minutes=5)


def deliver_due(limit: int = 100, *, lane: Lane | None = None, at: datetime | None = None) -> int:
    """Deliver up to `limit` due events, of one lane or of all, and return how many
    deliveries were tried.
    """
    tried = 0
    while tried < limit:
        delivery_id = _deliver_one(lane, at or timezone.now())
        if delivery_id is None:
            break
        tried += 1
    return tried


def _deliver_one(lane: Lane | None, at: datetime) -> int | None:
    """Try the delivery that has been due longest. Returns its id, or None if nothing is due."""
    with transaction.atomic():
        # SKIP LOCKED lets several workers share the queue; SQLite has one writer anyway.
        due = _due(lane, at)
        if connection.vendor == "postgresql":
            due = due.select_for_update(skip_locked=True, of=("self",))
        delivery = due.select_related("event").order_by("due_at", "pk").first()
        if delivery is None:
            return None
        handler = handlers_of(delivery.event.type).get(delivery.handler)
        if handler is None:
            _record_failure(delivery, 1, f"No handler is called {delivery.handler}.", at)
            return delivery.pk
        if not handler.outside:
            _run_inside(delivery, handler, at)
            return delivery.pk
        delivery.due_at = at + LEASE
        delivery.attempt_count = F("attempt_count") + 1
        delivery.save(update_fields=["due_at", "attempt_count"])
    _run_outside(delivery.pk, handler, at)
    return delivery.pk


def _due(lane: Lane | None, at: datetime) -> QuerySet[OutboxDelivery]:
    lanes = Lane.values if lane is None else [lane]
    return OutboxDelivery.objects.filter(status="pending", lane__in=lanes, due_at__lte=at)


def _event_of(delivery: OutboxDelivery) -> Event:
    return Event.registry[delivery.event.type](**delivery.event.payload)


def _run_inside(delivery: OutboxDelivery, handler: Handler, at: datetime) -> None:
    delivery.attempt_count += 1
    try:
        with transaction.atomic():
            handler.function(_event_of(delivery))
    except Exception as error:
        logger.exception("Handler %s failed on event %s", handler.name, delivery.event_id)
        _record_failure(delivery, handler.max_attempts, repr(error), at)
    else:
        _record_success(delivery)


def _run_outside(delivery_id: int, handler: Handler, at: datetime) -> None:
    delivery = OutboxDelivery.objects.select_related("event").get(pk=delivery_id)
    try:
        handler.function(_event_of(delivery))
    except Exception as error:
        logger.exception("Handler %s failed on event %s", handler.name, delivery.event_id)
        _record_failure(delivery, handler.max_attempts, repr(error), at)
    else:
        _record_success(delivery)


def _record_success(delivery: OutboxDelivery) -> None:
    delivery.status = OutboxDelivery.Status.DONE
    delivery.done_at = timezone.now()
    delivery.last_error = ""
    delivery.save(update_fields=["status", "done_at", "last_error", "attempt_count"])


def _record_failure(delivery: OutboxDelivery, max_attempts: int, error: str, at: datetime) -> None:
    if delivery.attempt_count >= max_attempts:
        delivery.status = OutboxDelivery.Status.PARKED
        logger.error("Delivery %s is parked: %s", delivery.pk, error)
    pause = BACKOFF[min(max(delivery.attempt_count, 1), len(BACKOFF)) - 1]
    delivery.due_at = at + pause
    delivery.last_error = error[:2000]
    delivery.save(update_fields=["status", "due_at", "last_error", "attempt_count"])


def retry(delivery: OutboxDelivery) -> None:
    """Make a parked or waiting delivery due now, with its attempts counted from zero."""
    OutboxDelivery.objects.filter(pk=delivery.pk).exclude(status="done").update(
        status="pending", attempt_count=0, due_at=timezone.now()
    )


def lag_seconds(at: datetime, *, lane: Lane | None = None) -> float:
    """How long the oldest due delivery, of one lane or of all, has been waiting; 0.0 if none is."""
    due_at = _due(lane, at).order_by("due_at").values_list("due_at", flat=True).first()
    return (at - due_at).total_seconds() if due_at else 0.0
