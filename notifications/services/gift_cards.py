"""The letter that brings a gift card: the only place, besides the screen of who issues
one, where its code is told.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.picture_names import rendition_name
from notifications.letters import Box, Letter, Line
from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from pricing.models import GiftCard
from shop.core.clock import show_end
from shop.core.money import format_price


def write_gift_card_mail(card_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write the letter to whom a card is for, once.

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
        write=lambda: _letter(card),
        gift_card=card,
        at=at,
    )


def _letter(card: GiftCard) -> Letter:
    amount = format_price(card.balance_minor, card.currency)
    words = {"amount": amount, "name": card.recipient_name, "sender": card.sender_name}
    subject = (
        _("%(sender)s sent you a %(amount)s gift card")
        if card.sender_name
        else _("Your %(amount)s gift card")
    )
    title = (
        _("%(name)s, here is your %(amount)s gift card.")
        if card.recipient_name
        else _("Here is your %(amount)s gift card.")
    )
    paragraphs = [card.message] if card.message else []
    paragraphs.append(
        _("Enter the code in the cart. Any remaining balance stays on the gift card.")
    )
    if card.expires_at:
        day = show_end(card.expires_at)
        paragraphs.append(_("Valid until %(day)s.") % {"day": day})
    else:
        paragraphs.append(_("No expiration date."))
    balance = settings.SITE_URL + reverse("cart:gift-card-balance")
    return Letter(
        subject=subject % words,
        title=title % words,
        preheader=card.message or amount,
        paragraphs=paragraphs,
        action=(_("Start shopping"), settings.SITE_URL + "/"),
        lines=[Line(_("Gift card"), card.message[:80], amount, _picture_url(card))],
        boxes=[
            # The code stands in for itself here; see `notifications.services.mail.revealed`.
            Box(_("Your code"), [card.masked_code], [(_("Check balance"), balance)]),
            Box(
                _("Keep the code safe"),
                [_("Anyone with the code can use the gift card.")],
                [(_("Contact us"), f"mailto:{settings.SHOP_EMAIL}")],
            ),
        ],
    )


def _picture_url(card: GiftCard) -> str:
    image = card.image
    widths = image.renditions.get("webp", []) if image else []
    if image is None or not image.picture.name or not widths:
        return ""
    url = image.picture.storage.url(rendition_name(image.picture.name, min(widths), "webp"))
    return url if "://" in url else settings.SITE_URL + url
