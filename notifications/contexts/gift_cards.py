"""Facts of the e-mail that brings a gift card."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.contexts.lines import Line, picture_url
from pricing.models import GiftCard
from shop.core.clock import show_end
from shop.core.money import format_price


def issued(card: GiftCard) -> dict[str, Any]:
    """The amount, who sends it to whom, and the code, masked.

    The whole code is inserted as the e-mail leaves, see `notifications.services.mail.revealed`.
    """
    amount = format_price(card.balance_minor, card.currency)
    line = Line(
        name=_("Gift card"),
        details=[card.message[:80]] if card.message else [],
        price=amount,
        picture_url=picture_url(card.image),
    )
    return {
        "amount": amount,
        "name": card.recipient_name,
        "sender": card.sender_name,
        "message": card.message,
        "valid_until": show_end(card.expires_at) if card.expires_at else "",
        "shop_url": settings.SITE_URL + "/",
        "balance_url": settings.SITE_URL + reverse("cart:gift-card-balance"),
        "code": card.masked_code,
        "lines": [line],
        "has_totals": False,
        "total": "",
        "totals": [],
        "total_notes": [],
    }
