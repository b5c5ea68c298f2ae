"""The timeline: one line for each change, numbered without gaps under the order's lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from orders.models import Order, OrderEvent
from orders.states import EventKind
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.errors import Invalid


def add_event(
    order: Order,
    kind: EventKind,
    *,
    actor: Actor,
    at: datetime,
    message: str = "",
    data: dict[str, Any] | None = None,
    move: tuple[str, str] = ("", ""),
    is_public: bool = True,
) -> OrderEvent:
    """Write the next line.

    The caller holds the order's lock; `move` is (from status, to status).
    """
    last = order.events.aggregate(last=Max("sequence"))["last"] or 0
    return OrderEvent.objects.create(
        order=order,
        sequence=last + 1,
        kind=kind,
        from_status=move[0],
        to_status=move[1],
        message=message[:1000],
        data=data or {},
        is_public=is_public,
        actor_kind=actor.kind,
        actor_label=actor.label[:200],
        at=at,
    )


def save_order(order: Order, *fields: str) -> None:
    """Save the named fields with the statuses that follow from amounts and quantities."""
    units = order.items.aggregate(
        to_send=Sum(F("quantity") - F("canceled_quantity")), shipped=Sum("shipped_quantity")
    )
    order.derive_statuses(ordered=units["to_send"] or 0, shipped=units["shipped"] or 0)
    order.version += 1
    order.save(update_fields=[*fields, "payment_status", "fulfillment_status", "version"])


@transaction.atomic
def add_note(
    order: Order, *, message: str, actor: Actor, at: datetime, is_public: bool = False
) -> OrderEvent:
    """Write a note into the timeline, for staff only unless `is_public`.

    Raises `Invalid` if empty.
    """
    text = message.strip()
    if not text:
        raise Invalid(errors={"message": [_("Enter a note.")]})
    if len(text) > 1000:
        raise Invalid(errors={"message": [_("Use at most 1000 characters.")]})
    order = Order.objects.locked().get(pk=order.pk)
    event = add_event(order, EventKind.NOTE, actor=actor, at=at, message=text, is_public=is_public)
    audit.record("order.note", order, actor=actor)
    return event


@transaction.atomic
def note_mail(order_id: int, *, kind: str, to: str, at: datetime) -> None:
    """Write that an e-mail of this kind was written to the shopper; staff see it."""
    order = Order.objects.locked().get(pk=order_id)
    data = {"mail": kind, "to": to}
    add_event(order, EventKind.MAIL, actor=SYSTEM, at=at, data=data, is_public=False)
