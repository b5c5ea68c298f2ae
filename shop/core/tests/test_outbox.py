"""The outbox: facts commit with their change and reach each handler, again after a failure."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from shop.core import events
from shop.core.events import Event, publish
from shop.core.models import CacheVersion, OutboxDelivery, OutboxEvent
from shop.core.outbox import BACKOFF, deliver_due, lag_seconds, retry

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class LampLit(Event):
    lamp: str


@pytest.fixture
def handler(monkeypatch):
    """Registers handlers for `LampLit` for one test only."""
    monkeypatch.setitem(events._handlers, "LampLit", {})
    return lambda function, **options: events.on(LampLit, **options)(function)


def light(lamp="red"):
    with transaction.atomic():
        publish(LampLit(lamp=lamp))


def test_an_event_reaches_each_of_its_handlers_once(handler):
    seen = []
    handler(lambda event: seen.append(event.lamp))
    light("red")

    assert deliver_due() == 1
    assert deliver_due() == 0

    assert seen == ["red"]
    assert OutboxDelivery.objects.get().status == "done"


def test_an_event_of_a_rolled_back_transaction_was_never_told(handler):
    handler(lambda event: None)

    with transaction.atomic():
        publish(LampLit(lamp="red"))
        transaction.set_rollback(True)

    assert OutboxEvent.objects.filter(type="LampLit").count() == 0
    assert deliver_due() == 0


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        publish(LampLit(lamp="red"))


@pytest.mark.parametrize("outside", [False, True])
def test_a_failed_handler_is_tried_again_after_a_pause(handler, outside):
    tries = []

    def flicker(event):
        tries.append(event.lamp)
        if len(tries) == 1:
            raise ValueError("no current")

    handler(flicker, outside=outside)
    light()
    now = timezone.now()

    deliver_due(at=now)
    deliver_due(at=now + BACKOFF[0] - timedelta(seconds=1))
    assert len(tries) == 1
    deliver_due(at=now + BACKOFF[0] + timedelta(seconds=1))

    assert len(tries) == 2
    delivery = OutboxDelivery.objects.get()
    assert (delivery.status, delivery.attempt_count, delivery.last_error) == ("done", 2, "")


def test_a_failed_handler_leaves_nothing_behind(handler):
    def half_done(event):
        CacheVersion.objects.create(name="half")
        raise ValueError("no current")

    handler(half_done)
    light()

    deliver_due()

    assert not CacheVersion.objects.filter(name="half").exists()


def test_a_poisonous_event_is_parked_and_the_others_flow(handler):
    seen = []

    def picky(event):
        if event.lamp == "bad":
            raise ValueError("never")
        seen.append(event.lamp)

    handler(picky, max_attempts=2)
    light("bad")
    light("good")
    now = timezone.now()

    deliver_due(at=now)
    deliver_due(at=now + timedelta(hours=3))
    deliver_due(at=now + timedelta(days=3))

    assert seen == ["good"]
    parked = OutboxDelivery.objects.get(status="parked")
    assert parked.attempt_count == 2
    assert "never" in parked.last_error


def test_a_parked_delivery_can_be_tried_again_by_hand(handler):
    broken = [True]

    def mended(event):
        if broken[0]:
            raise ValueError("not yet")

    handler(mended, max_attempts=1)
    light()
    deliver_due()
    broken[0] = False

    retry(OutboxDelivery.objects.get())
    deliver_due()

    assert OutboxDelivery.objects.get().status == "done"


def test_the_lag_is_the_wait_of_the_oldest_due_delivery(handler):
    handler(lambda event: None)
    light()
    due_at = OutboxDelivery.objects.get().due_at

    assert lag_seconds(due_at + timedelta(seconds=90)) == 90.0
    deliver_due()
    assert lag_seconds(due_at + timedelta(seconds=90)) == 0.0
