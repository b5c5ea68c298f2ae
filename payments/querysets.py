"""Every question asked of the payments' tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from shop.core.append_only import AppendOnlyQuerySet
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

    def authorized_minor(self, order_id: int) -> int:
        """What providers hold for an order and have not taken, nor let go; 1 query."""
        held = self.filter(order_id=order_id, state="authorized").order_by()
        return held.aggregate(figure=Sum("amount_minor"))["figure"] or 0

    def of_order(self, order_id: int) -> Self:
        """An order's tries to pay, oldest first."""
        return self.filter(order_id=order_id).order_by("created_at", "pk")


class PaymentEntryQuerySet(AppendOnlyQuerySet["PaymentEntry"]):
    """Every question the shop asks about the ledger."""

    def sums(self, order_id: int) -> dict[str, int]:
        """Minor units of an order by kind of entry; 1 query."""
        rows = self.filter(payment__order_id=order_id).order_by().values_list("kind")
        return dict(rows.annotate(figure=Sum("amount_minor")))

    def capture_with(self, provider: str, external_id: str) -> PaymentEntry | None:
        """The capture that a provider knows by this id, with its payment."""
        if not external_id:
            return None
        captures = self.filter(payment__provider=provider, kind="captured", external_id=external_id)
        return captures.select_related("payment").first()

    def held_by_payment(self, payments: Iterable[Payment]) -> dict[object, int]:
        """What each payment has taken, without what is disputed; refunds are not
        taken off. 1 query.
        """
        rows = self.filter(payment__in=payments).order_by().values_list("payment")
        plus = Q(kind__in=["captured", "reinstated"])
        return dict(
            rows.annotate(
                figure=Coalesce(Sum("amount_minor", filter=plus), 0)
                - Coalesce(Sum("amount_minor", filter=Q(kind="withdrawn")), 0)
            )
        )


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

    def waiting(self) -> Self:
        """Events that came before what they build on, oldest first."""
        return self.filter(state="received").order_by("received_at", "pk")


class TestChargeQuerySet(LockingQuerySet["TestCharge"]):
    """Every question the test provider asks of its own books."""

    __test__ = False
