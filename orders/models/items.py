"""The lines of an order, and why each figure is what it is."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cart.gift_cards import greeting_line
from catalog.models import ProductImage, Variant
from catalog.picture_names import hue_class
from orders.models.orders import Order
from orders.querysets import OrderItemQuerySet


class OrderItem(models.Model):
    """A line of an order, as it was sold. total = unit price × quantity − discount."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="order_items"
    )
    position = models.PositiveIntegerField(default=0)
    product_name = models.CharField(_("product"), max_length=200)
    product_sku = models.CharField(_("SKU"), max_length=64)
    variant_label = models.CharField(_("variant"), max_length=200, blank=True)
    product_slug = models.CharField(max_length=220, blank=True)
    picture = models.CharField(max_length=200, blank=True)
    hue = models.PositiveSmallIntegerField(default=300)
    quantity = models.PositiveIntegerField(_("quantity"))
    shipped_quantity = models.PositiveIntegerField(_("shipped"), default=0)
    # Units that never leave: their shopper withdrew before they were sent.
    canceled_quantity = models.PositiveIntegerField(_("canceled units"), default=0)
    # Stored facts: units that returns under way have claimed, units that came back, units credited.
    returning_quantity = models.PositiveIntegerField(_("being returned"), default=0)
    returned_quantity = models.PositiveIntegerField(_("returned"), default=0)
    credited_quantity = models.PositiveIntegerField(_("credited"), default=0)
    is_gift_card = models.BooleanField(_("gift card"), default=False)
    # Whom a gift card is for, see `cart.gift_cards.GREETING`.
    greeting: models.JSONField[dict[str, str], Any] = models.JSONField(
        _("gift card message"), default=dict, blank=True
    )
    is_returnable = models.BooleanField(_("returnable"), default=True)
    unit_price_minor = models.BigIntegerField(_("unit price"))
    discount_minor = models.BigIntegerField(_("discount"), default=0)
    total_minor = models.BigIntegerField(_("total"))
    tax_class = models.CharField(_("tax class"), max_length=40)
    tax_percent = models.DecimalField(_("tax rate"), max_digits=7, decimal_places=4, default=0)
    tax_mode = models.CharField(_("tax mode"), max_length=10, default="included")
    tax_minor = models.BigIntegerField(_("tax"), default=0)
    weight_g = models.PositiveIntegerField(_("weight"), default=0)

    objects = OrderItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "product_sku"], name="order_has_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_item_quantity"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped_quantity") + F("canceled_quantity")),
                name="order_item_never_overshipped",
            ),
            models.CheckConstraint(
                condition=Q(shipped_quantity__gte=F("returning_quantity") + F("returned_quantity")),
                name="order_item_returns_within_shipped",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("returning_quantity") + F("credited_quantity")),
                name="order_item_credits_within_sold",
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("unit_price_minor") * F("quantity") - F("discount_minor"))
                & Q(discount_minor__gte=0)
                & Q(total_minor__gte=0),
                name="order_item_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def open_quantity(self) -> int:
        """Units that are still to be shipped."""
        return self.quantity - self.shipped_quantity - self.canceled_quantity

    @property
    def returnable_quantity(self) -> int:
        """Units that could be sent back: shipped, not back, not credited, in no other return."""
        return max(
            min(
                self.shipped_quantity - self.returned_quantity,
                self.quantity - self.credited_quantity,
            )
            - self.returning_quantity,
            0,
        )

    @property
    def paid_minor(self) -> int:
        """What the line costs its shopper: the total, with the tax that is added to it."""
        return self.total_minor + (self.tax_minor if self.tax_mode == "added" else 0)

    @property
    def greeting_line(self) -> str:
        """Whom a gift card is for, in a line; empty for everything else."""
        return greeting_line(self.greeting)

    @property
    def label(self) -> str:
        """The choice and, if there are several, the units: "Red, 200 cm · 2 ×"."""
        parts = [self.variant_label] if self.variant_label else []
        if self.quantity > 1:
            parts.append(f"{self.quantity} ×")
        return " · ".join(parts)

    @property
    def image(self) -> ProductImage | None:
        """The picture to show beside the line; needs `OrderQuerySet.for_page`."""
        if self.variant is None:
            return None
        return self.variant.shown_image

    @property
    def hue_class(self) -> str:
        """The CSS class of the nearest of 36 hues."""
        return hue_class(self.hue)


class OrderAdjustment(models.Model):
    """A discount, tax or fee with its reason: the explanation of a figure.

    `item` is null for shipping.
    """

    class Kind(models.TextChoices):
        DISCOUNT = "discount", _("Discount")
        SHIPPING = "shipping", _("Delivery")
        TAX = "tax", _("Tax")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="adjustments")
    item = models.ForeignKey(
        OrderItem, on_delete=models.CASCADE, null=True, blank=True, related_name="adjustments"
    )
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("label"), max_length=200)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    # Discounts are negative, taxes and fees positive.
    amount_minor = models.BigIntegerField(_("amount"))
    base_minor = models.BigIntegerField(_("calculated from"), default=0)
    percent = models.DecimalField(
        _("percent"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    is_included = models.BooleanField(_("included in the price"), default=False)

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.label}: {self.amount_minor}"
