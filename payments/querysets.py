"""Every question asked of the payments' tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from payments.models import Payment, ProviderEvent, Refund


class PaymentQuerySet(LockingQuerySet["Payment"]):
    """Every question the shop asks about payments."""

    def unsettled(self) -> Self:
        """Payments whose outcome is not known yet."""
        return self.filter(state__in=["started", "requires_action", "processing"])


class RefundQuerySet(LockingQuerySet["Refund"]):
    """Every question the shop asks about refunds."""

    def counting(self) -> Self:
        """Refunds that count against what was captured: all but failed ones."""
        return self.exclude(state="failed")


class ProviderEventQuerySet(LockingQuerySet["ProviderEvent"]):
    """Every question the shop asks about the providers' inbox."""

    def quarantined(self) -> Self:
        """Events that need a person's look."""
        return self.filter(state="quarantined")
