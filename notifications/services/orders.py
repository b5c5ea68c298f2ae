"""E-mails about orders, and who is reminded of an unpaid one."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from orders.models import Order
from orders.timeline import note_mail

# When an order that is not paid is told of by mail; what is older was told of, or
# is a case for people.
REMIND_AFTER, REMIND_WITHIN = timedelta(minutes=10), timedelta(days=1)


logger = logging.getLogger(__name__)


def write_order_mail(
    kind: str, order_id: int, *, at: datetime, key: str = "", **details: Any
) -> OutgoingMail | None:
    """Write the e-mail `kind` about an order to its shopper, once for each `key`.

    `details` are keywords of the kind's function in `notifications.contexts.orders`. Returns None
    if it was written before.
    """
    order = Order.objects.for_page().get(pk=order_id)
    mail = queue_mail(
        key or f"order_{kind}:{order.number}",
        kind=f"order_{kind}",
        to=order.email,
        language=order.language,
        about=[order],
        details=details,
        at=at,
    )
    if mail is not None:
        note_mail(order.pk, kind=mail.kind, to=mail.to, at=at)
    return mail


@transaction.atomic
def remind_of_payment(order_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write once that an order waits for its payment, if it still does. Returns None otherwise."""
    waits = Order.objects.locked().awaiting_payment(at=at).filter(pk=order_id).exists()
    return write_order_mail("waiting", order_id, at=at) if waits else None


def remind_of_waiting_orders(*, at: datetime, limit: int = 100) -> int:
    """Write to shoppers whose orders have waited for ten minutes; returns how
    many. Each is written to once.

    Whoever was told that a payment failed has the way back already.
    """
    waiting = (
        Order.objects.awaiting_payment(at=at)
        .placed_between(at - REMIND_WITHIN, at - REMIND_AFTER)
        .filter(has_failed_payment=False)
    )
    told = OutgoingMail.objects.filter(key=Concat(Value("order_waiting:"), OuterRef("number")))
    pks = waiting.exclude(Exists(told)).order_by("placed_at", "pk").values_list("pk", flat=True)
    count = 0
    for pk in pks[:limit]:
        try:
            count += remind_of_payment(pk, at=at) is not None
        except Exception:
            # One order that cannot be written about holds up nobody behind it.
            logger.exception("No reminder could be written for order %s", pk)
    return count
