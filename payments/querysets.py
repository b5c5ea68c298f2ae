"""Every question asked of the payments' tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q, Sum

from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from payments.models import Payment, PaymentEntry, ProviderEvent, Refund, TestCharge


class PaymentQuerySet(LockingQuerySet["Payment"]):
    """Every question the shop asks about payments."""

    def unsettled(self) -> Self:
        """Payments whose outcome is not known yet."""
        return self.filter(state__in=["started", "requires_action", "processing"])

    def to_ask_about(self, *, at: datetime, after: datetime, since: datetime) -> Self:
        """Unsettled ones, begun after `since`, that nobody has asked about after `after`."""
        return (
            self.unsettled()
            .filter(created_at__gte=since, created_at__lte=at, updated_at__lte=after)
            .exclude(provider="manual")
            .order_by("updated_at", "pk")
        )

    def to_reconcile(self, provider: str, *, since: datetime, open_only: bool = False) -> Self:
        """A provider's payments that were begun or touched since, or wait for a refund.

        With `open_only` those that are through and have no refund on its way are left out.
        """
        waiting = Q(refunds__state="pending")
        recent = Q(created_at__gte=since) | Q(updated_at__gte=since)
        if open_only:
            recent &= ~Q(state="captured")
        return self.filter(recent | waiting, provider=provider).distinct().order_by("pk")

    def of_order(self, order_id: int) -> Self:
        """An order's tries to pay, oldest first."""
        return self.filter(order_id=order_id).order_by("created_at", "pk")


class PaymentEntryQuerySet(LockingQuerySet["PaymentEntry"]):
    """Every question the shop asks about the ledger."""

    def sums(self, order_id: int) -> dict[str, int]:
        """Minor units of an order by kind of entry, and `secured`; 1 query.

        `secured` is what its payments have taken or may still take, each by itself: an authorization that was
        captured counts once, what a gift card paid counts beside what a bank has authorized.
        """
        rows = self.filter(payment__order_id=order_id).order_by().values_list("payment", "kind")
        by_payment: dict[object, dict[str, int]] = {}
        sums: dict[str, int] = {"secured": 0}
        for payment, kind, amount in rows.annotate(figure=Sum("amount_minor")):
            by_payment.setdefault(payment, {})[kind] = amount
            sums[kind] = sums.get(kind, 0) + amount
        for entries in by_payment.values():
            authorized = entries.get("authorized", 0) - entries.get("voided", 0)
            sums["secured"] += max(authorized, entries.get("captured", 0))
        return sums


class RefundQuerySet(LockingQuerySet["Refund"]):
    """Every question the shop asks about refunds."""

    def counting(self) -> Self:
        """Refunds that count against what was captured: all but failed ones."""
        return self.exclude(state="failed")

    def in_trouble(self) -> Self:
        """Refunds that staff should look at: refused, or not through after a try."""
        return self.filter(Q(state="failed") | Q(state="pending", failure_message__gt=""))


class ProviderEventQuerySet(LockingQuerySet["ProviderEvent"]):
    """Every question the shop asks about the providers' inbox."""

    def quarantined(self) -> Self:
        """Events that need a person's look."""
        return self.filter(state="quarantined")

    def waiting(self) -> Self:
        """Events that came before what they build on, oldest first."""
        return self.filter(state="received").order_by("received_at", "pk")


class TestChargeQuerySet(LockingQuerySet["TestCharge"]):
    """Every question the test provider asks of its own books."""

    __test__ = False
