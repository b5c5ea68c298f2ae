"""What the shop grants back on an order, and on which of its items."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.items import OrderItem
from orders.models.orders import Order
from orders.querysets import CreditItemQuerySet
from orders.states import CreditKind
from shop.core.append_only import AppendOnly


class Credit(AppendOnly):
    """An amount by which an order costs its shopper less than it was sold for. Append-only.

    amount = what its items hold + `shipping_minor`, all with the tax the shopper paid. `tax_minor`
    is the tax held in the amount, `shipping_tax_minor` the part of it that belongs to delivery. The
    credits of an order sum to `Order.credited_minor`; how the money goes back is the payments'
    business. One of nothing only says that all of its units' price was withheld.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="credits")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("type"), max_length=10, choices=CreditKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    shipping_minor = models.BigIntegerField(_("for delivery"), default=0)
    tax_minor = models.BigIntegerField(_("tax in it"), default=0)
    shipping_tax_minor = models.BigIntegerField(_("tax in it for delivery"), default=0)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    actor = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="credit_number_per_order"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0)
                & Q(shipping_minor__gte=0)
                & Q(shipping_minor__lte=F("amount_minor"))
                & Q(tax_minor__gte=F("shipping_tax_minor"))
                & Q(shipping_tax_minor__gte=0)
                & Q(tax_minor__lte=F("amount_minor")),
                name="credit_amounts_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}: {self.amount_minor}"


class CreditDelivery(AppendOnly):
    """The part of a credit that belongs to delivery, at one rate of tax.

    Together they are its `shipping_minor`.
    """

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="deliveries")
    percent: models.DecimalField[Decimal, Decimal] = models.DecimalField(
        _("tax rate"), max_digits=7, decimal_places=4
    )
    amount_minor = models.BigIntegerField(_("amount"))
    tax_minor = models.BigIntegerField(_("tax in it"), default=0)

    class Meta:
        verbose_name = _("credited delivery")
        verbose_name_plural = _("credited delivery")
        ordering = ["-percent", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["credit", "percent"], name="credit_has_rate_once"),
            models.CheckConstraint(
                condition=Q(tax_minor__gte=0) & Q(tax_minor__lte=F("amount_minor")),
                name="credit_delivery_amounts_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id}: {self.amount_minor} at {self.percent} %"


class CreditItem(AppendOnly):
    """The part of a credit that belongs to an item.

    `quantity` 0 lowers its price; more are units paid back.
    """

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="items")
    order_item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="credit_items")
    quantity = models.PositiveIntegerField(_("quantity"), default=0)
    amount_minor = models.BigIntegerField(_("amount"))
    tax_minor = models.BigIntegerField(_("tax in it"), default=0)
    # What the shop kept of these units' price; it stays with the item, so that no
    # later unit is paid with it.
    withheld_minor = models.BigIntegerField(_("withheld"), default=0)

    objects = CreditItemQuerySet.as_manager()  # type: ignore[misc]  # the ledger's own manager

    class Meta:
        verbose_name = _("credited item")
        verbose_name_plural = _("credited items")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["credit", "order_item"], name="credit_has_item_once"),
            models.CheckConstraint(
                condition=Q(tax_minor__gte=0)
                & Q(tax_minor__lte=F("amount_minor"))
                & Q(withheld_minor__gte=0),
                name="credit_item_amounts_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id}: {self.amount_minor}"
