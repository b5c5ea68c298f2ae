"""Facts about e-mails."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True)
class MailQueued(Event):
    """An e-mail is written and waits to be sent."""

    mail_id: int
