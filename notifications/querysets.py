"""Every question asked of the e-mails' table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from notifications.models import OutgoingMail


class OutgoingMailQuerySet(LockingQuerySet["OutgoingMail"]):
    """Every question the shop asks about e-mails."""

    def for_list(self) -> Self:
        """Without their bodies: 1 query, light."""
        return self.defer("text", "html")
