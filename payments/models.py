"""Payments: tries to pay, the ledger of what really happened, refunds, and the providers' inbox."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Credit, Order
from payments.querysets import (
    PaymentEntryQuerySet,
    PaymentQuerySet,
    ProviderEventQuerySet,
    RefundQuerySet,
    TestChargeQuerySet,
)
from payments.states import EntryKind, InboxState, PaymentState, RefundState
from shop.core.append_only import AppendOnly


class Payment(models.Model):
    """One try to pay an order through a provider."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(_("provider"), max_length=40)
    external_id = models.CharField(_("provider ID"), max_length=120, blank=True)
    state = models.CharField(
        _("status"), max_length=20, choices=PaymentState.choices, default=PaymentState.STARTED
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    # What we asked the provider to take of an authorized amount; null before, or
    # where all is taken at once.
    capture_minor = models.BigIntegerField(_("amount to capture"), null=True, blank=True)
    # What staff and shopper may know of the instrument, such as "Visa 4242". Never a card number.
    instrument = models.CharField(_("paid with"), max_length=60, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=60, blank=True)
    failure_message = models.CharField(_("failure reason"), max_length=250, blank=True)
    # Where a client of the API wants its shopper to go afterwards; empty leads to the order.
    return_url = models.CharField(
        _("return URL"), max_length=600, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                name="payment_once_per_provider_id",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(capture_minor__isnull=True)
                | (Q(capture_minor__gt=0) & Q(capture_minor__lte=F("amount_minor"))),
                name="payment_takes_what_it_holds",
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="payment_state")]

    def __str__(self) -> str:
        return f"{self.provider} {self.id}"

    @property
    def taken_minor(self) -> int:
        """What the provider takes, or has taken, if the payment succeeds."""
        return self.amount_minor if self.capture_minor is None else self.capture_minor


class PaymentEntry(AppendOnly):
    """A line of the money ledger.

    Append-only: an order's paid and refunded amounts are its sums.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("type"), max_length=12, choices=EntryKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    external_id = models.CharField(_("provider ID"), max_length=120, blank=True)
    message = models.CharField(_("message"), max_length=250, blank=True)
    actor = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("date"), default=timezone.now)

    objects = PaymentEntryQuerySet.as_manager()  # type: ignore[misc]  # the ledger's own manager

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind", "external_id"],
                name="payment_entry_once",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0), name="payment_entry_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"


class Refund(models.Model):
    """Money on its way back. Its id is the provider's idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    # What the shop granted, and pays out with this. Money it may not keep anyway goes back without.
    credit = models.ForeignKey(
        Credit, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    state = models.CharField(
        _("status"), max_length=10, choices=RefundState.choices, default=RefundState.PENDING
    )
    external_id = models.CharField(_("provider ID"), max_length=120, blank=True)
    failure_message = models.CharField(_("failure reason"), max_length=250, blank=True)
    actor = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    settled_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive")
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class ProviderEvent(models.Model):
    """A callback of a provider: verified, stored once by its event id, answered, then worked on."""

    provider = models.CharField(_("provider"), max_length=40)
    event_id = models.CharField(_("event ID"), max_length=120)
    type = models.CharField(_("type"), max_length=80)
    payload = models.JSONField(_("payload"), default=dict)
    # What the provider told, in our words
    # (`payments.providers.base.news_to_data`), to work on it again.
    news = models.JSONField(_("normalized event"), default=dict, blank=True)
    state = models.CharField(
        _("status"), max_length=12, choices=InboxState.choices, default=InboxState.RECEIVED
    )
    note = models.CharField(_("note"), max_length=250, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    applied_at = models.DateTimeField(_("processed"), null=True, blank=True)

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.event_id}"


class TestCharge(models.Model):
    """A line in the test provider's own books.

    The shop asks the provider; it never reads this table.
    """

    __test__ = False

    reference = models.UUIDField(primary_key=True, editable=False)
    title = models.CharField(max_length=60, blank=True)
    return_url = models.CharField(max_length=300, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=20, choices=PaymentState.choices, default=PaymentState.STARTED
    )
    charge_id = models.CharField(max_length=120, blank=True)
    instrument = models.CharField(max_length=60, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=250, blank=True)
    # Key of the refund -> minor units.
    refunds: models.JSONField[dict[str, int], Any] = models.JSONField(default=dict, blank=True)
    # The provider answers no question before this moment.
    silent_until = models.DateTimeField(null=True, blank=True)
    callback_at = models.DateTimeField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TestChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("test provider charge")
        verbose_name_plural = _("test provider charges")

    def __str__(self) -> str:
        return f"{self.title} {self.state}"

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be paid on it."""
        return self.state in {
            PaymentState.CAPTURED,
            PaymentState.PROCESSING,
            PaymentState.VOIDED,
        }
