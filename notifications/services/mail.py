"""Queuing and sending: an e-mail is written with the event that causes it and sent by
the worker, once.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import strip_spaces_between_tags

from notifications.contexts import EMAILS
from notifications.events import MailQueued
from notifications.models import OutgoingMail
from pricing.models import GiftCard
from shop.core import breaker
from shop.core.events import publish
from shop.core.lanes import MAIL_BREAKER
from shop.core.languages import offered


class CodeLost(Exception):
    """A card's code follows from a secret key that the shop does not have any more."""


_BLANK_LINES = re.compile(r"\n(?:[ \t\r]*\n)+")


@transaction.atomic
def queue_mail(
    key: str,
    *,
    kind: str,
    to: str,
    language: str,
    about: Sequence[Any],
    details: Mapping[str, Any] | None = None,
    gift_card: GiftCard | None = None,
    at: datetime,
) -> OutgoingMail | None:
    """Write an e-mail and have the worker send it. None if the cause `key` had its mail before.

    `about` and `details` are the arguments of the kind's function in `EMAILS`. The code of a
    `gift_card` is put in only as it leaves. Publishes `MailQueued`.
    """
    if OutgoingMail.objects.filter(key=key).exists():
        return None
    language = offered(language)
    with translation.override(language):
        facts = EMAILS[kind](*about, **(details or {}))
        subject, text, html = render_email(kind, facts)
    mail = OutgoingMail.objects.create(
        key=key,
        kind=kind,
        to=to,
        language=language,
        subject=subject[:250],
        text=text,
        html=html,
        gift_card=gift_card,
        created_at=at,
    )
    publish(MailQueued(mail_id=mail.pk))
    return mail


def render_email(kind: str, facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of an e-mail in the active language.

    The first line of the text part is the subject; blank lines stand alone.
    """
    is_rtl = translation.get_language_bidi()
    context: dict[str, Any] = {
        "site_url": settings.SITE_URL,
        "shop_name": settings.SHOP_NAME,
        "shop_email": settings.SHOP_EMAIL,
        "language": translation.get_language(),
        "direction": "rtl" if is_rtl else "ltr",
        "end": "left" if is_rtl else "right",
        **facts,
    }
    rendered = render_to_string(f"emails/{kind}.txt", context)
    subject, _line_break, text = rendered.partition("\n")
    html = render_to_string(f"emails/{kind}.html", {**context, "subject": subject})
    text = _BLANK_LINES.sub("\n\n", text).strip("\n") + "\n"
    return subject, text, strip_spaces_between_tags(html)


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
    """An e-mail's text as its reader gets it: with the whole code of the gift card it brings.

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
