"""E-mails about returns: requested, approved, declined, received."""

from __future__ import annotations

from datetime import datetime

from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from orders.models import Order, Return
from orders.timeline import note_mail


def write_return_mail(
    kind: str, return_id: int, *, receipt_id: int | None = None, at: datetime
) -> OutgoingMail | None:
    """Write the e-mail `kind` about a return to its shopper, once; `received` once
    for each receipt.

    Returns None if it was written before.
    """
    claim = Return.objects.for_detail().get(pk=return_id)
    order = Order.objects.for_page().get(pk=claim.order_id)
    cause = claim.number if receipt_id is None else receipt_id
    mail = queue_mail(
        f"return_{kind}:{cause}",
        kind=f"return_{kind}",
        to=order.email,
        language=order.language,
        about=[order, claim],
        details={} if receipt_id is None else {"receipt_id": receipt_id},
        at=at,
    )
    if mail is not None:
        note_mail(order.pk, kind=mail.kind, to=mail.to, at=at)
    return mail
