"""The inbox: callbacks are verified, stored once by the provider's event id, and worked on."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from payments.errors import OutcomeMismatch
from payments.events import EventQuarantined
from payments.models import Payment, ProviderEvent
from payments.providers import provider as provider_of
from payments.providers.base import Outcome
from payments.services.settlement import settle
from payments.states import InboxState, PaymentState
from shop.core import audit
from shop.core.actors import Actor
from shop.core.events import publish

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a callback: the stored event, and whether we had it already."""

    event: ProviderEvent
    is_replay: bool


def receive_event(
    provider: str, *, headers: Mapping[str, str], body: bytes, at: datetime
) -> Received:
    """Verify a callback, store it under its event id, and settle what it tells, in one transaction.

    A replay has no effect. What does not fit our books, or names a payment we do not know, is quarantined.
    Raises `UnknownProvider`, `SignatureInvalid`, `CallbackInvalid`; nothing is stored then.
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
                received_at=at,
            )
            _work_on(event, callback.outcome, at=at)
            return Received(event, is_replay=False)
    except IntegrityError:
        # A twin came in between; if it was something else, there is no such row and the error stands.
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
    data = event.payload.get("data")
    outcome = _outcome_from(data) if isinstance(data, dict) else None
    _work_on(event, outcome, at=at)
    audit.record(
        "provider_event.retry",
        event,
        actor=actor,
        changes={"state": [InboxState.QUARANTINED, event.state]},
    )
    return event


def _outcome_from(data: dict[str, Any]) -> Outcome:
    known = {name: data[name] for name in Outcome.__slots__ if name in data}
    return Outcome(**{**known, "state": PaymentState(data["state"])})


def _work_on(event: ProviderEvent, outcome: Outcome | None, *, at: datetime) -> None:
    if outcome is None:
        _close(event, InboxState.IGNORED, at=at)
        return
    payment = _payment_of(event.provider, outcome.reference)
    if payment is None:
        _quarantine(event, _("No payment of ours has this reference."), at=at)
        return
    try:
        with transaction.atomic():
            settle(payment, outcome, at=at)
    except OutcomeMismatch as mismatch:
        faults = ", ".join(mismatch.details["faults"])
        _quarantine(event, _("Does not fit our books: %(faults)s") % {"faults": faults}, at=at)
    else:
        _close(event, InboxState.APPLIED, at=at)


def _payment_of(provider: str, reference: str) -> Payment | None:
    try:
        key = uuid.UUID(reference)
    except ValueError:
        return None
    return Payment.objects.filter(pk=key, provider=provider).first()


def _close(event: ProviderEvent, state: InboxState, *, at: datetime) -> None:
    event.state, event.note, event.applied_at = state, "", at
    event.save(update_fields=["state", "note", "applied_at"])


def _quarantine(event: ProviderEvent, note: str, *, at: datetime) -> None:
    event.state, event.note = InboxState.QUARANTINED, note[:250]
    event.save(update_fields=["state", "note"])
    logger.error("Provider event %s is quarantined: %s", event.event_id, note)
    publish(EventQuarantined(provider_event_id=event.pk))
