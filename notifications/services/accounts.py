"""E-mails about accounts: confirm, reset, and what happened to the sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail


def write_account_mail(
    kind: str, *, email: str, context: dict[str, Any], language: str, key: str, at: datetime
) -> OutgoingMail | None:
    """Write the e-mail `kind` about an account. None if the cause `key` had its e-mail before."""
    return queue_mail(
        key,
        kind=f"account_{kind}",
        to=email,
        language=language or settings.LANGUAGE_CODE,
        about=[context],
        at=at,
    )
