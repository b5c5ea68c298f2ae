"""Lanes of background work: what waits in one holds up none of the others.

Each lane has a thread of its own in every worker. What calls another company waits for it, so it
never shares a lane with what only writes to our own database.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lane(models.TextChoices):
    """The lanes, the most urgent first."""

    MONEY = "money", _("Money and stock")
    PROVIDERS = "providers", _("Calls to payment providers")
    MAIL = "mail", _("Sending e-mail")
    REST = "rest", _("Everything else")


# While the mail server does not answer, its lane rests (`shop.core.breaker`). Who sends
# e-mail notes how it went.
MAIL_BREAKER = "mail-server"
