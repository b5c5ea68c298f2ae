"""Orders: what was sold, at which price, to whom, and what became of it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import format_lines
from accounts.models import Customer
from cart.models import Cart
from catalog.models import ProductImage, Variant
from catalog.pictures import hue_class
from orders.querysets import OrderQuerySet
from orders.states import (
    MOVES,
    EventKind,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    derive_fulfillment_status,
    derive_payment_status,
)

# Crockford's base 32: no I, L, O, U, so that a number can be read aloud.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """A number that cannot be guessed from another one: `LN-` and 40 random bits in base 32."""
    return "LN-" + "".join(secrets.choice(_ALPHABET) for _position in range(8))


def new_token() -> str:
    """The secret of 256 bits that lets a guest read and act on an order."""
    return secrets.token_urlsafe(32)


class Order(models.Model):
    """A sale. Amounts are whole minor units of `currency`; names, prices and addresses are snapshots.

    total = subtotal − discount + shipping + tax_added. `tax_minor` is all tax, included and added;
    `tax_added_minor` the part that the shown prices did not hold. `shipping_minor` is after discounts on
    shipping, `discount_minor` the discounts on items.
    """

    number = models.CharField(_("number"), max_length=20, unique=True, default=new_number)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    cart = models.OneToOneField(
        Cart, on_delete=models.PROTECT, null=True, blank=True, related_name="order"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    email = models.EmailField(_("e-mail"), max_length=254)
    language = models.CharField(_("language"), max_length=10, default="en")
    channel = models.CharField(_("channel"), max_length=20, default="web")

    status = models.CharField(
        _("status"), max_length=12, choices=OrderStatus.choices, default=OrderStatus.PENDING
    )
    payment_status = models.CharField(
        _("payment"), max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.PENDING
    )
    fulfillment_status = models.CharField(
        _("delivery"),
        max_length=12,
        choices=FulfillmentStatus.choices,
        default=FulfillmentStatus.UNFULFILLED,
    )

    currency = models.CharField(_("currency"), max_length=3)
    # Units of `currency` for one of the shop's default currency when the order was placed.
    exchange_rate = models.DecimalField(
        _("exchange rate"), max_digits=18, decimal_places=8, default=1
    )
    subtotal_minor = models.BigIntegerField(_("subtotal"))
    discount_minor = models.BigIntegerField(_("discount"), default=0)
    shipping_minor = models.BigIntegerField(_("shipping"), default=0)
    tax_minor = models.BigIntegerField(_("tax"), default=0)
    tax_added_minor = models.BigIntegerField(_("tax added"), default=0)
    total_minor = models.BigIntegerField(_("total"))
    # Stored facts, kept by `orders.services.record_payment` for the payments app.
    amount_authorized_minor = models.BigIntegerField(_("authorized"), default=0)
    amount_paid_minor = models.BigIntegerField(_("paid"), default=0)
    amount_refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    has_failed_payment = models.BooleanField(_("a payment failed"), default=False)

    shipping_address = models.JSONField(_("delivery address"))
    billing_address = models.JSONField(_("billing address"))
    shipping_country = models.CharField(_("country"), max_length=2)
    shipping_method_code = models.CharField(_("shipping method"), max_length=40)
    shipping_method_name = models.CharField(_("shipping method"), max_length=120)
    arrives_from = models.DateField(_("arrives from"), null=True, blank=True)
    arrives_to = models.DateField(_("arrives by"), null=True, blank=True)
    payment_method_code = models.CharField(_("payment method"), max_length=40)
    payment_method_name = models.CharField(_("payment method"), max_length=120)
    payment_provider = models.CharField(_("payment provider"), max_length=40)
    coupon_code = models.CharField(_("coupon"), max_length=40, blank=True)
    # Why each figure is what it is: the quote's trace when the order was placed.
    trace = models.JSONField(_("explanation"), default=list, blank=True)
    note = models.TextField(_("note of the shopper"), blank=True)
    packing_note = models.TextField(_("note for packing"), blank=True)

    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    canceled_at = models.DateTimeField(_("canceled"), null=True, blank=True)
    hold_expires_at = models.DateTimeField(_("stock is held until"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total_minor=F("subtotal_minor")
                    - F("discount_minor")
                    + F("shipping_minor")
                    + F("tax_added_minor")
                ),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(total_minor__gte=0)
                & Q(subtotal_minor__gte=0)
                & Q(shipping_minor__gte=0)
                & Q(discount_minor__gte=0)
                & Q(discount_minor__lte=F("subtotal_minor"))
                & Q(tax_added_minor__gte=0)
                & Q(tax_minor__gte=F("tax_added_minor")),
                name="order_amounts_sound",
            ),
            models.CheckConstraint(
                condition=Q(amount_refunded_minor__lte=F("amount_paid_minor"))
                & Q(amount_refunded_minor__gte=0),
                name="order_never_refunds_more_than_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-placed_at"], name="order_customer"),
            models.Index(fields=["status", "-placed_at"], name="order_status"),
            models.Index(fields=["fulfillment_status", "-placed_at"], name="order_fulfillment"),
            models.Index(fields=["-placed_at", "-id"], name="order_placed"),
            models.Index(fields=["email"], name="order_email"),
        ]
        permissions = [
            ("ship_order", _("Can ship orders")),
            ("cancel_order", _("Can cancel orders")),
            ("mark_paid_order", _("Can mark orders as paid")),
            ("refund_order", _("Can refund orders")),
            ("note_order", _("Can add notes to orders")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def holder(self) -> str:
        """The name under which this order's stock is reserved."""
        return f"order:{self.number}"

    @property
    def due_minor(self) -> int:
        """What is still to be paid."""
        return max(self.total_minor - self.amount_paid_minor, 0)

    @property
    def refundable_minor(self) -> int:
        """What can still be refunded."""
        return self.amount_paid_minor - self.amount_refunded_minor

    @property
    def units(self) -> int:
        """Units ordered; from the loaded items."""
        return sum(item.quantity for item in self.items.all())

    @property
    def units_to_ship(self) -> int:
        """Units that have not been shipped; from the loaded items."""
        return sum(item.open_quantity for item in self.items.all())

    @property
    def address_lines(self) -> list[str]:
        """The delivery address as its country writes it."""
        return format_lines(self.shipping_address)

    @property
    def billing_lines(self) -> list[str]:
        """The billing address as its country writes it."""
        return format_lines(self.billing_address)

    @property
    def first_name(self) -> str:
        """How a letter greets: the first word of the name on the parcel."""
        return str(self.shipping_address.get("name", "")).split(" ")[0]

    def move_to(self, status: OrderStatus) -> None:
        """Take the next status, unsaved. Services ask first; a move that the table does not know is a bug."""
        if status not in MOVES[self.status]:
            raise RuntimeError(f"{self.number} cannot move from {self.status} to {status}.")
        self.status = status

    def derive_statuses(self, *, ordered: int, shipped: int) -> None:
        """Set payment and fulfillment status from the amounts and the given quantities."""
        is_canceled = self.status == OrderStatus.CANCELED
        self.payment_status = derive_payment_status(
            total=self.total_minor,
            authorized=self.amount_authorized_minor,
            captured=self.amount_paid_minor,
            refunded=self.amount_refunded_minor,
            has_failed=self.has_failed_payment,
            is_canceled=is_canceled,
        )
        self.fulfillment_status = derive_fulfillment_status(
            ordered=ordered, shipped=shipped, is_canceled=is_canceled
        )


class OrderItem(models.Model):
    """A line of an order, as it was sold. total = unit price × quantity − discount."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, null=True, blank=True, related_name="order_items"
    )
    position = models.PositiveIntegerField(default=0)
    product_name = models.CharField(_("product"), max_length=200)
    product_sku = models.CharField(_("SKU"), max_length=64)
    variant_label = models.CharField(_("choice"), max_length=200, blank=True)
    product_slug = models.CharField(max_length=220, blank=True)
    picture = models.CharField(max_length=200, blank=True)
    hue = models.PositiveSmallIntegerField(default=300)
    quantity = models.PositiveIntegerField(_("quantity"))
    shipped_quantity = models.PositiveIntegerField(_("shipped"), default=0)
    unit_price_minor = models.BigIntegerField(_("unit price"))
    discount_minor = models.BigIntegerField(_("discount"), default=0)
    total_minor = models.BigIntegerField(_("total"))
    tax_class = models.CharField(_("tax class"), max_length=40)
    tax_percent = models.DecimalField(_("tax rate"), max_digits=7, decimal_places=4, default=0)
    tax_mode = models.CharField(_("tax mode"), max_length=10, default="included")
    tax_minor = models.BigIntegerField(_("tax"), default=0)
    weight_g = models.PositiveIntegerField(_("weight"), default=0)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "product_sku"], name="order_has_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_item_quantity"),
            models.CheckConstraint(
                condition=Q(shipped_quantity__lte=F("quantity")),
                name="order_item_never_overshipped",
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
        """Units that have not been shipped."""
        return self.quantity - self.shipped_quantity

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
    """A discount, tax or fee with its reason: the explanation of a figure. `item` is null for shipping."""

    class Kind(models.TextChoices):
        DISCOUNT = "discount", _("Discount")
        SHIPPING = "shipping", _("Shipping")
        TAX = "tax", _("Tax")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="adjustments")
    item = models.ForeignKey(
        OrderItem, on_delete=models.CASCADE, null=True, blank=True, related_name="adjustments"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("reason"), max_length=200)
    source = models.CharField(_("source"), max_length=60, blank=True)
    # Discounts are negative, taxes and fees positive.
    amount_minor = models.BigIntegerField(_("amount"))
    base_minor = models.BigIntegerField(_("reckoned from"), default=0)
    percent = models.DecimalField(
        _("per cent"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    is_included = models.BooleanField(_("held in the price"), default=False)

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.label}: {self.amount_minor}"


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
        verbose_name = _("item of a parcel")
        verbose_name_plural = _("items of a parcel")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fulfillment", "order_item"], name="fulfillment_has_item_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="fulfillment_item_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.fulfillment_id}: {self.quantity}"


class OrderEvent(models.Model):
    """A line of an order's timeline: who, when, what. `sequence` has no gaps; rows are only added."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    sequence = models.PositiveIntegerField(_("sequence"))
    kind = models.CharField(_("kind"), max_length=16, choices=EventKind.choices)
    from_status = models.CharField(_("from"), max_length=12, blank=True)
    to_status = models.CharField(_("to"), max_length=12, blank=True)
    message = models.CharField(_("message"), max_length=1000, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)
    is_public = models.BooleanField(_("shown to the shopper"), default=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=10)
    actor_label = models.CharField(_("who"), max_length=200)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline")
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="order_event_sequence")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.sequence} {self.kind}"
