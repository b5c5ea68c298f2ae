"""The inbox: callbacks are verified, stored once by the provider's event id, and worked on."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from payments.errors import CallbackInvalid, OutcomeMismatch
from payments.events import EventQuarantined
from payments.models import Payment, ProviderEvent
from payments.providers import provider as provider_of
from payments.providers.base import (
    Alarm,
    DisputeNews,
    News,
    Outcome,
    RefundNews,
    news_from_data,
    news_to_data,
)
from payments.refunds.services import take_refund_news
from payments.settlement import settle
from payments.settlement.disputes import take_dispute_news
from payments.states import InboxState
from shop.core import audit
from shop.core.actors import Actor
from shop.core.events import publish

logger = logging.getLogger(__name__)

WAIT_FOR_THE_EARLIER = timedelta(hours=1)


class UnknownPayment(Exception):
    """An event names a payment that we do not have."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a callback: the stored event, and whether we had it already."""

    event: ProviderEvent
    is_replay: bool


def receive_event(
    provider: str, *, headers: Mapping[str, str], body: bytes, at: datetime
) -> Received:
    """Verify a callback, store it under its event id, and settle what it tells, in one transaction.

    A replay has no effect. What does not fit our books, or names a payment we do not
    know, is quarantined. Raises `UnknownProvider`, `SignatureInvalid`,
    `CallbackInvalid`; nothing is stored then.
    """
    callback = provider_of(provider).parse_callback(headers, body)
    stored = ProviderEvent.objects.filter(provider=provider, event_id=callback.event_id).first()
    if stored is not None:
        return Received(stored, is_replay=True)
    try:
        with transaction.atomic():
            event = ProviderEvent.objects.create(
                provider=provider,
                event_id=callback.event_id,
                type=callback.type,
                payload=callback.payload,
                news=news_to_data(callback.outcome),
                received_at=at,
            )
            _work_on(event, callback.outcome, at=at)
            return Received(event, is_replay=False)
    except DataError as error:  # signed, and holds a value that fits no column
        raise CallbackInvalid from error
    except IntegrityError:
        # A twin came in between; if it was something else, there is no such row
        # and the error stands.
        twin = ProviderEvent.objects.filter(provider=provider, event_id=callback.event_id).first()
        if twin is None:
            raise
        return Received(twin, is_replay=True)


@transaction.atomic
def retry_event(event: ProviderEvent, *, actor: Actor, at: datetime) -> ProviderEvent:
    """Work on a quarantined event once more, after somebody has looked into it."""
    event = ProviderEvent.objects.locked().get(pk=event.pk)
    if event.state != InboxState.QUARANTINED:
        return event
    _work_on(event, _news_in(event), at=at)
    audit.record(
        "provider_event.retry",
        event,
        actor=actor,
        changes={"state": [InboxState.QUARANTINED, event.state]},
    )
    return event


@transaction.atomic
def resolve_event(
    event: ProviderEvent, *, note: str = "", actor: Actor, at: datetime
) -> ProviderEvent:
    """Close a quarantined event that a person has settled elsewhere. The books stay as they are."""
    event = ProviderEvent.objects.locked().get(pk=event.pk)
    if event.state != InboxState.QUARANTINED:
        return event
    event.state, event.applied_at = InboxState.RESOLVED, at
    event.note = " · ".join(filter(None, [event.note, note.strip()]))[:250]
    event.save(update_fields=["state", "note", "applied_at"])
    audit.record(
        "provider_event.resolve",
        event,
        actor=actor,
        changes={"state": [InboxState.QUARANTINED, InboxState.RESOLVED]},
    )
    return event


def work_on_waiting(*, at: datetime, limit: int = 200) -> int:
    """Work on events that came before what they build on. Returns how many found it.

    One that finds nothing for an hour is about money that is not ours; a dispute is put
    before a person all the same.
    """
    found = 0
    for pk in ProviderEvent.objects.waiting().values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            event = ProviderEvent.objects.locked().get(pk=pk)
            if event.state != InboxState.RECEIVED:
                continue
            _work_on(event, _news_in(event), at=at)
            if event.state != InboxState.RECEIVED:
                found += 1
            elif event.received_at < at - WAIT_FOR_THE_EARLIER:
                news = _news_in(event)
                if isinstance(news, DisputeNews) and news.is_alarm:
                    _quarantine(event, news.text)
                else:
                    _close(event, InboxState.IGNORED, at=at)
    return found


def _news_in(event: ProviderEvent) -> News | None:
    if event.news:
        return news_from_data(event.news)
    data = event.payload.get("data")  # the test provider's events of before we kept our own words
    if not isinstance(data, dict) or "state" not in data:
        return None
    return news_from_data({**data, "kind": "Outcome"})


def _work_on(event: ProviderEvent, news: News | None, *, at: datetime) -> None:
    if news is None:
        _close(event, InboxState.IGNORED, at=at)
    elif isinstance(news, Alarm):
        _quarantine(event, news.text)
    else:
        try:
            with transaction.atomic():
                state = _take(event.provider, news, at=at)
        except UnknownPayment:
            _quarantine(event, _("No payment has this reference."))
        except OutcomeMismatch as mismatch:
            faults = ", ".join(mismatch.details["faults"])
            _quarantine(event, _("Doesn't match our records: %(faults)s") % {"faults": faults})
        else:
            if isinstance(news, DisputeNews) and news.is_alarm and state == InboxState.APPLIED:
                _quarantine(event, news.text)  # booked, and somebody has to answer it
            else:
                _close(event, state, at=at)


def _take(provider: str, news: Outcome | RefundNews | DisputeNews, *, at: datetime) -> InboxState:
    if isinstance(news, RefundNews):
        refund = take_refund_news(provider, news, at=at)
        return InboxState.APPLIED if refund else InboxState.RECEIVED
    if isinstance(news, DisputeNews):
        disputed = take_dispute_news(provider, news, at=at)
        return InboxState.APPLIED if disputed else InboxState.RECEIVED
    payment = _payment_of(provider, news.reference)
    if payment is None:
        raise UnknownPayment
    settle(payment, news, at=at)
    return InboxState.APPLIED


def _payment_of(provider: str, reference: str) -> Payment | None:
    try:
        key = uuid.UUID(reference)
    except ValueError:
        return None
    return Payment.objects.filter(pk=key, provider=provider).first()


def _close(event: ProviderEvent, state: InboxState, *, at: datetime) -> None:
    event.state, event.note = state, ""
    event.applied_at = None if state == InboxState.RECEIVED else at
    event.save(update_fields=["state", "note", "applied_at"])


def _quarantine(event: ProviderEvent, note: str) -> None:
    event.state, event.note = InboxState.QUARANTINED, note[:250]
    event.save(update_fields=["state", "note"])
    logger.error("Provider event %s is quarantined: %s", event.event_id, note)
    publish(EventQuarantined(provider_event_id=event.pk))
