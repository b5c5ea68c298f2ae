"""The post room: an e-mail is written with the event that causes it and sent by
the worker, once.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import strip_spaces_between_tags

from notifications.events import MailQueued
from notifications.letters import Letter
from notifications.models import OutgoingMail
from pricing.models import GiftCard
from shop.core import breaker
from shop.core.events import publish
from shop.core.lanes import MAIL_BREAKER
from shop.core.languages import offered


class CodeLost(Exception):
    """A card's code follows from a secret key that the shop does not have any more."""


_BREAKS = re.compile(r"[\r\n]+")


@transaction.atomic
def queue_mail(
    key: str,
    *,
    kind: str,
    to: str,
    language: str,
    write: Callable[[], Letter],
    gift_card: GiftCard | None = None,
    at: datetime,
) -> OutgoingMail | None:
    """Write an e-mail and have the worker send it. None if the cause `key` had its mail before.

    The code of a `gift_card` is put in only as it leaves. `write` makes the letter; it runs in the
    reader's language. Publishes `MailQueued`.
    """
    if OutgoingMail.objects.filter(key=key).exists():
        return None
    language = offered(language)
    with translation.override(language):
        letter = write()
        context = {
            "letter": letter,
            "site_url": settings.SITE_URL,
            "shop_name": settings.SHOP_NAME,
            "shop_email": settings.SHOP_EMAIL,
            "language": language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        }
        text = render_to_string("emails/letter.txt", context)
        html = strip_spaces_between_tags(render_to_string("emails/letter.html", context))
    mail = OutgoingMail.objects.create(
        key=key,
        kind=kind,
        to=to,
        language=language,
        subject=_BREAKS.sub(" ", letter.subject)[:250],
        text=text,
        html=html,
        gift_card=gift_card,
        created_at=at,
    )
    publish(MailQueued(mail_id=mail.pk))
    return mail


def send_mail(mail_id: int) -> None:
    """Send a written e-mail by Django's mail backend. Calls the outside: no transaction.

    Does nothing if it was sent before. An error is noted and raised, so that the
    outbox tries again.
    """
    mail = OutgoingMail.objects.select_related("gift_card").get(pk=mail_id)
    if mail.status == OutgoingMail.Status.SENT:
        return
    rows = OutgoingMail.objects.filter(pk=mail.pk)
    try:
        message = EmailMultiAlternatives(
            subject=mail.subject,
            body=revealed(mail, mail.text),
            to=[mail.to],
            headers={"X-Entity-Ref-ID": mail.key, "Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(revealed(mail, mail.html), "text/html")
        _hand_over(message)
    except Exception as error:
        rows.update(status=OutgoingMail.Status.FAILED, last_error=repr(error)[:500])
        raise
    rows.update(status=OutgoingMail.Status.SENT, sent_at=timezone.now(), last_error="")


def _hand_over(message: EmailMultiAlternatives) -> None:
    """Send, and note for the lane of e-mail whether the mail server answers.

    A refusal is an answer.
    """
    try:
        message.send()
    except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected):
        breaker.note_failure(MAIL_BREAKER)
        raise
    except smtplib.SMTPException:
        breaker.note_answer(MAIL_BREAKER)
        raise
    except OSError:
        breaker.note_failure(MAIL_BREAKER)
        raise
    breaker.note_answer(MAIL_BREAKER)


def revealed(mail: OutgoingMail, text: str) -> str:
    """A letter's text as its reader gets it: with the whole code of the gift card it brings.

    Raises `CodeLost` if the shop's key has been renewed since the card was issued.
    """
    card = mail.gift_card
    if card is None:
        return text
    if not card.code:
        raise CodeLost(f"The code of gift card {card} needs its key in SECRET_KEY_FALLBACKS.")
    return text.replace(card.masked_code, card.code)


@transaction.atomic
def send_again(mail: OutgoingMail) -> None:
    """Queue a failed e-mail once more. Does nothing if it was sent. Publishes `MailQueued`."""
    queued = OutgoingMail.objects.filter(pk=mail.pk, status=OutgoingMail.Status.FAILED)
    if queued.update(status=OutgoingMail.Status.QUEUED):
        publish(MailQueued(mail_id=mail.pk))
