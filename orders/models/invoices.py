"""Invoices and credit notes: what was charged and what was taken off, as the documents say it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import format_lines
from orders.models.credits import Credit
from orders.models.fulfillments import Fulfillment
from orders.models.items import OrderItem
from orders.models.orders import Order
from orders.querysets import InvoiceQuerySet
from orders.states import InvoiceKind
from shop.core.append_only import AppendOnly
from shop.core.querysets import LockingQuerySet


class InvoiceSeries(models.Model):
    """A run of numbers without gaps: one for each kind and year.

    `next_number` moves under the row's lock only.
    """

    kind = models.CharField(_("type"), max_length=12, choices=InvoiceKind.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    prefix = models.CharField(_("prefix"), max_length=20)
    next_number = models.PositiveIntegerField(_("next number"), default=1)

    objects = LockingQuerySet["InvoiceSeries"].as_manager()

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        ordering = ["-year", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year"], name="invoice_series_per_year"),
            models.UniqueConstraint(fields=["prefix"], name="invoice_series_prefix"),
            models.CheckConstraint(condition=Q(next_number__gte=1), name="invoice_series_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.prefix}"


class Invoice(AppendOnly):
    """An invoice, or a credit note that corrects one. Append-only; every text and
    figure in it is a snapshot.

    All amounts are positive: a credit note lowers by them what its invoice asked for. total = net +
    tax. A credit note has one cause: a `credit`, or, with none, that the order was canceled.
    """

    kind = models.CharField(_("type"), max_length=12, choices=InvoiceKind.choices)
    series = models.ForeignKey(InvoiceSeries, on_delete=models.PROTECT, related_name="invoices")
    sequence = models.PositiveIntegerField(_("number in series"))
    number = models.CharField(_("number"), max_length=40, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="invoices")
    # How many documents of its kind the order has by now.
    ordinal = models.PositiveIntegerField(_("number in order"))
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_notes",
        verbose_name=_("corrects"),
    )
    credit = models.OneToOneField(
        Credit, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_note"
    )
    fulfillment = models.ForeignKey(
        Fulfillment, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    supplied_on = models.DateField(_("delivered on"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=10)
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("tax"))
    total_minor = models.BigIntegerField(_("total"))
    # What was still to be paid for the order when this was issued.
    due_minor = models.BigIntegerField(_("due"), default=0)
    is_export = models.BooleanField(_("tax-free export"), default=False)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    seller: models.JSONField[dict[str, Any], Any] = models.JSONField(_("seller"))
    buyer: models.JSONField[dict[str, Any], Any] = models.JSONField(_("buyer"))
    # [{"at": "2026-11-23T12:40:00+00:00", "kind": "paid", "label": "Visa 4242",
    # "amount_minor": 2490}, …]
    payments: models.JSONField[list[dict[str, Any]], Any] = models.JSONField(
        _("payments"), default=list, blank=True
    )

    objects = InvoiceQuerySet.as_manager()  # type: ignore[misc]  # the ledger's own manager

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="invoice_sequence_once"),
            models.UniqueConstraint(
                fields=["order", "kind", "ordinal"], name="invoice_ordinal_per_order"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(kind="credit_note", credit__isnull=True),
                name="invoice_one_cancellation_per_order",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects__isnull=True, credit__isnull=True)
                | Q(kind="credit_note", corrects__isnull=False),
                name="invoice_kind_sound",
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor"))
                & Q(net_minor__gte=0)
                & Q(tax_minor__gte=0)
                & Q(due_minor__gte=0),
                name="invoice_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["-issued_at", "-id"], name="invoice_issued")]
        permissions = [("issue_invoice", _("Can issue invoices"))]

    def __str__(self) -> str:
        return self.number

    @property
    def buyer_name(self) -> str:
        """The company that is billed, else the person."""
        return str(self.buyer.get("company") or self.buyer.get("name", ""))

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes off rather than asks for."""
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def signed_total_minor(self) -> int:
        """What it adds to the books: negative for a credit note."""
        return -self.total_minor if self.is_credit_note else self.total_minor

    @property
    def buyer_lines(self) -> list[str]:
        """Name and address as the buyer's country writes them."""
        return format_lines(self.buyer)


class InvoiceLine(AppendOnly):
    """A line of an invoice. total = net + tax; prices and discounts are as the
    shopper saw them. Append-only.

    `order_item` is null for delivery. Without a unit price the line is an amount that is taken off
    an item, whatever its `quantity`.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField(_("position"))
    order_item = models.ForeignKey(
        OrderItem, on_delete=models.PROTECT, null=True, blank=True, related_name="invoice_lines"
    )
    description = models.CharField(_("description"), max_length=200)
    detail = models.CharField(_("variant"), max_length=200, blank=True)
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=0)
    unit_price_minor = models.BigIntegerField(_("unit price"), null=True, blank=True)
    unit_net_minor = models.BigIntegerField(_("unit price before tax"), null=True, blank=True)
    discount_minor = models.BigIntegerField(_("discount"), default=0)
    # Why: [{"label": "Summer sale", "amount_minor": 500}, …], together `discount_minor`.
    discounts: models.JSONField[list[dict[str, Any]], Any] = models.JSONField(
        _("discounts"), default=list, blank=True
    )
    tax_percent: models.DecimalField[Decimal, Decimal] = models.DecimalField(
        _("tax rate"), max_digits=7, decimal_places=4, default=0
    )
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("tax"))
    total_minor = models.BigIntegerField(_("total"))

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.UniqueConstraint(fields=["invoice", "order_item"], name="invoice_has_item_once"),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor"))
                & Q(net_minor__gte=0)
                & Q(tax_minor__gte=0),
                name="invoice_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position} {self.description}"


class InvoiceTax(AppendOnly):
    """What an invoice holds at one rate: the base, the tax, and both together. Append-only."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes")
    percent: models.DecimalField[Decimal, Decimal] = models.DecimalField(
        _("tax rate"), max_digits=7, decimal_places=4
    )
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("tax"))
    total_minor = models.BigIntegerField(_("total"))

    class Meta:
        verbose_name = _("invoice tax")
        verbose_name_plural = _("invoice taxes")
        ordering = ["-percent"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "percent"], name="invoice_rate_once"),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")),
                name="invoice_tax_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.percent} %"
