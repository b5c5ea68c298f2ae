"""The acknowledgment of a notice of withdrawal."""

from __future__ import annotations

from datetime import datetime

from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from orders.models import Order, Withdrawal
from orders.timeline import note_mail


def write_withdrawal_mail(withdrawal_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write the acknowledgment, once; to the address in the notice.

    None if it was written before.
    """
    notice = Withdrawal.objects.select_related("opened_return__order").get(pk=withdrawal_id)
    order = Order.objects.for_page().filter(withdrawals=notice).first()
    mail = queue_mail(
        f"withdrawal:{notice.pk}",
        kind="withdrawal_received",
        to=notice.email,
        language=notice.language,
        about=[notice, order],
        at=at,
    )
    if mail is not None and order is not None:
        note_mail(order.pk, kind=mail.kind, to=mail.to, at=at)
    return mail
