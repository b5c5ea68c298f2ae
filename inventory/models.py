"""Stock by SKU. Knows no products: what a SKU is, is the catalog's business."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.querysets import MovementQuerySet, ReservationQuerySet, StockItemQuerySet
from inventory.states import MovementKind, ReservationState
from shop.core.append_only import AppendOnly

# What can be sold of an item that nobody counts, such as a gift card: more than any cart may hold.
UNCOUNTED = 1_000_000


class StockItem(models.Model):
    """How many units of a SKU there are and how many of them are spoken for.

    What is not tracked needs no units to be sold: it has reservations like
    everything else, and no movements.

    `on_hand` changes only with a `Movement`, `reserved` only with a `Reservation`, both by
    conditional UPDATE in `inventory.services`. The CHECK constraints have the last word.
    """

    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    backorder_limit = models.PositiveIntegerField(
        _("backorder limit"),
        default=0,
        help_text=_("Number of units that can be sold while out of stock."),
    )
    backorder_until = models.DateField(_("expected on"), null=True, blank=True)
    low_stock_threshold = models.PositiveIntegerField(_("low stock threshold"), default=0)
    is_tracked = models.BooleanField(_("tracked"), default=True, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    objects = StockItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock item")
        verbose_name_plural = _("stock items")
        ordering = ["sku"]
        constraints = [
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stock_on_hand_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0), name="stock_reserved_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(is_tracked=False)
                | Q(reserved__lte=F("on_hand") + F("backorder_limit")),
                name="stock_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def available(self) -> int:
        """Units that can still be promised, backorders not counted; never below zero."""
        return max(self.on_hand - self.reserved, 0)

    @property
    def sellable(self) -> int:
        """Units that can still be sold, backorders included."""
        if not self.is_tracked:
            return UNCOUNTED
        return max(self.on_hand - self.reserved + self.backorder_limit, 0)

    def holds(self, quantity: int) -> bool:
        """Whether so many units are here, so that none has to arrive first."""
        return not self.is_tracked or self.available >= quantity

    @property
    def is_low(self) -> bool:
        """Whether what is available has reached the threshold."""
        return self.is_tracked and self.available <= self.low_stock_threshold


class Movement(AppendOnly):
    """Units that came or went. Append-only: the movements of an item sum to its `on_hand`."""

    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("type"), max_length=12, choices=MovementKind.choices)
    quantity = models.IntegerField(_("quantity"), help_text=_("Units in (+) or out (−)."))
    cause = models.CharField(_("reason"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=64, blank=True, db_index=True)
    actor = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("date"), default=timezone.now)

    objects = MovementQuerySet.as_manager()  # type: ignore[misc]  # the ledger's own manager

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["stock_item", "-at"], name="movement_item_time")]
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something")
        ]

    def __str__(self) -> str:
        return f"{self.stock_item_id}: {self.quantity:+d} {self.kind}"


class Reservation(models.Model):
    """Units of an item spoken for by a holder (such as `order:LN-7K3M9QXW`).

    `held` ones expire at `expires_at`; `allocated` ones belong to a paid order and do not. An
    item's `reserved` is the sum of its held and allocated reservations.
    """

    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="reservations")
    holder = models.CharField(_("holder"), max_length=80)
    quantity = models.PositiveIntegerField(_("quantity"))
    state = models.CharField(_("status"), max_length=10, choices=ReservationState.choices)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "stock_item"],
                name="reservation_one_live_per_holder",
                condition=Q(state__in=["held", "allocated"]),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(state__in=["released", "consumed"]),
                name="reservation_holds_something",
            ),
            models.CheckConstraint(
                condition=Q(state="held", expires_at__isnull=False) | ~Q(state="held"),
                name="reservation_hold_expires",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="reservation_expiry", condition=Q(state="held")
            ),
            models.Index(fields=["holder"], name="reservation_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {self.quantity} × {self.stock_item_id} ({self.state})"
