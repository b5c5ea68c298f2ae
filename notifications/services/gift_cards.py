"""The e-mail that brings a gift card: the only place, besides the screen of who issues
one, where its code is told.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from pricing.models import GiftCard


def write_gift_card_mail(card_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write the e-mail to whom a card is for, once.

    None if it has no address, or was written before.
    """
    card = GiftCard.objects.select_related("image").get(pk=card_id)
    if not card.recipient_email:
        return None
    return queue_mail(
        f"gift_card:{card.pk}",
        kind="gift_card",
        to=card.recipient_email,
        language=card.language or settings.LANGUAGE_CODE,
        about=[card],
        gift_card=card,
        at=at,
    )
