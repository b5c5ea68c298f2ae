"""Parcels."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.items import OrderItem
from orders.models.orders import Order


class Fulfillment(models.Model):
    """A parcel: items of an order that left the warehouse together."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfillments")
    number = models.PositiveIntegerField(_("number"))
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    tracking_url = models.URLField(_("tracking link"), max_length=300, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="fulfillment_number_per_order")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"


class FulfillmentItem(models.Model):
    """How many units of an item are in a parcel."""

    fulfillment = models.ForeignKey(Fulfillment, on_delete=models.CASCADE, related_name="items")
    order_item = models.ForeignKey(
        OrderItem, on_delete=models.CASCADE, related_name="fulfillment_items"
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("parcel item")
        verbose_name_plural = _("parcel items")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fulfillment", "order_item"], name="fulfillment_has_item_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="fulfillment_item_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.fulfillment_id}: {self.quantity}"
