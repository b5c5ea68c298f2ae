"""Returns: what comes back, what arrived of it, and notices of withdrawal."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from orders.models.credits import Credit
from orders.models.items import OrderItem
from orders.models.orders import Order
from orders.querysets import ReturnQuerySet, WithdrawalQuerySet
from orders.states import (
    RETURN_MOVES,
    ReturnKind,
    ReturnReason,
    ReturnStatus,
    WithdrawalOutcome,
)
from shop.core.append_only import AppendOnly
from shop.core.clock import show_short


class Return(models.Model):
    """Units of an order that a shopper wants to send back. Its number is the
    order's with `-R1`, `-R2`, …

    While it is live, its units are counted in `OrderItem.returning_quantity`, so that no two
    returns and no refund ever share one.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    sequence = models.PositiveIntegerField(_("sequence"))
    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(_("type"), max_length=12, choices=ReturnKind.choices)
    status = models.CharField(
        _("status"), max_length=12, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED
    )
    note = models.TextField(_("customer note"), blank=True)
    answer = models.TextField(_("message to the customer"), blank=True)
    requested_by = models.CharField(_("requested by"), max_length=200)
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    answered_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="return_sequence_per_order")
        ]
        indexes = [models.Index(fields=["status", "-requested_at"], name="return_status")]
        permissions = [
            ("answer_return", _("Can approve, decline and close returns")),
            ("receive_return", _("Can receive returns")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_cancelable(self) -> bool:
        """Whether its shopper may take it back: nothing has arrived yet."""
        return ReturnStatus.CANCELED in RETURN_MOVES[self.status]

    @property
    def credited_minor(self) -> int:
        """What was credited for it; from the loaded receipts."""
        return sum(row.credit.amount_minor for row in self.receipts.all() if row.credit)

    @property
    def units(self) -> int:
        """Units asked for; from the loaded items."""
        return sum(item.quantity for item in self.items.all())

    def move_to(self, status: ReturnStatus) -> None:
        """Take the next status, unsaved.

        Services ask first; a move that the table does not know is a bug.
        """
        if status not in RETURN_MOVES[self.status]:
            raise RuntimeError(f"{self.number} cannot move from {self.status} to {status}.")
        self.status = status


class ReturnItem(models.Model):
    """Units of an order's item in a return: asked for ≥ approved ≥ received =
    restocked + written off.
    """

    parent = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="items")
    order_item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="return_items")
    quantity = models.PositiveIntegerField(_("quantity"))
    approved_quantity = models.PositiveIntegerField(_("approved"), default=0)
    received_quantity = models.PositiveIntegerField(_("received"), default=0)
    restocked_quantity = models.PositiveIntegerField(_("restocked"), default=0)
    written_off_quantity = models.PositiveIntegerField(_("written off"), default=0)
    reason = models.CharField(_("reason"), max_length=20, choices=ReturnReason.choices, blank=True)
    # What the shopper gets instead, one for each unit that arrives.
    replacement = models.ForeignKey(
        Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("return item")
        verbose_name_plural = _("return items")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "order_item"], name="return_has_item_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1)
                & Q(approved_quantity__lte=F("quantity"))
                & Q(received_quantity__lte=F("approved_quantity")),
                name="return_item_quantities_sound",
            ),
            models.CheckConstraint(
                condition=Q(received_quantity=F("restocked_quantity") + F("written_off_quantity")),
                name="return_item_received_is_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id}: {self.quantity}"

    @property
    def expected_quantity(self) -> int:
        """Approved units that have not arrived."""
        return self.approved_quantity - self.received_quantity


class ReturnReceipt(AppendOnly):
    """A parcel of a return that arrived, and what was credited for it. Append-only."""

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="receipts")
    number = models.PositiveIntegerField(_("number"))
    units = models.PositiveIntegerField(_("units"))
    # None where nothing was left to credit.
    credit = models.OneToOneField(
        Credit, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    deduction_minor = models.BigIntegerField(_("deduction"), default=0)
    message = models.CharField(_("message to the customer"), max_length=500, blank=True)
    actor = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("return receipt")
        verbose_name_plural = _("return receipts")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "number"], name="receipt_number_per_return"),
            models.CheckConstraint(
                condition=Q(units__gte=1) & Q(deduction_minor__gte=0), name="receipt_sound"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id}/{self.number}"


class Withdrawal(models.Model):
    """A notice of withdrawal as it came in (Directive 2011/83, article 11a), whatever became of it.

    `order` is null where number and e-mail fit no order: the notice is kept all the
    same, for staff to look at.
    """

    name = models.CharField(_("name"), max_length=100)
    number = models.CharField(_("order number"), max_length=20)
    email = models.EmailField(_("e-mail"), max_length=254)
    language = models.CharField(_("language"), max_length=10)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawals"
    )
    opened_return = models.OneToOneField(
        Return, on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawal"
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=WithdrawalOutcome.choices)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        verbose_name = _("withdrawal notice")
        verbose_name_plural = _("withdrawal notices")
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["-received_at", "-id"], name="withdrawal_received")]

    def __str__(self) -> str:
        return f"{self.number}, {show_short(self.received_at)}"
