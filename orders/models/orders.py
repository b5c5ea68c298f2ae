"""Orders: what was sold, to whom, and what it cost."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.addresses import format_lines
from accounts.models import Customer
from cart.models import Cart
from orders.querysets import OrderQuerySet
from orders.states import (
    MOVES,
    OFFLINE,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    derive_fulfillment_status,
    derive_payment_status,
)
from pricing.states import DeliveryTax

# Crockford's base 32: no I, L, O, U, so that a number can be read aloud.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """A number that cannot be guessed from another one: `LN-` and 40 random bits in base 32."""
    return "LN-" + "".join(secrets.choice(_ALPHABET) for _position in range(8))


def new_token() -> str:
    """The secret of 256 bits that lets a guest read and act on an order."""
    return secrets.token_urlsafe(32)


class Order(models.Model):
    """A sale. Amounts are whole minor units of `currency`; names, prices and
    addresses are snapshots.

    total = subtotal − discount + shipping + tax_added. `tax_minor` is all tax, included and added;
    `tax_added_minor` the part that the shown prices did not hold. `shipping_minor` is after
    discounts on shipping, `discount_minor` the discounts on items.
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
    shipping_minor = models.BigIntegerField(_("delivery"), default=0)
    tax_minor = models.BigIntegerField(_("tax"), default=0)
    tax_added_minor = models.BigIntegerField(_("tax added"), default=0)
    total_minor = models.BigIntegerField(_("total"))
    # How it was taxed when it was sold, beside the rate on each item; changes and invoices
    # ask this, not the tables.
    is_export = models.BooleanField(_("tax-free export"), default=False, db_default=False)
    # An earlier release taxed delivery at the standard rate and wrote nothing here.
    delivery_tax = models.CharField(
        _("tax on delivery"),
        max_length=10,
        choices=DeliveryTax.choices,
        default=DeliveryTax.GOODS,
        db_default=DeliveryTax.STANDARD,
    )
    # Stored facts, kept by `orders.payment.services.record_payment` for the payments app.
    # Authorized is what a provider holds for us and has not been taken yet.
    amount_authorized_minor = models.BigIntegerField(_("authorized"), default=0)
    amount_paid_minor = models.BigIntegerField(_("paid"), default=0)
    amount_refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    # What banks have taken back in disputes and not returned.
    amount_disputed_minor = models.BigIntegerField(_("disputed"), default=0)
    # Stored fact: the sum of the order's credits.
    credited_minor = models.BigIntegerField(_("credited"), default=0)
    # Stored facts: the sums of the order's invoices and of its credit notes, and
    # when the first was issued.
    invoiced_minor = models.BigIntegerField(_("invoiced"), default=0)
    credit_noted_minor = models.BigIntegerField(_("credited by credit notes"), default=0)
    invoiced_at = models.DateTimeField(_("invoiced at"), null=True, blank=True)
    has_failed_payment = models.BooleanField(_("payment failed"), default=False)
    # Stored fact, kept by the payments app: nobody knows yet how a try to pay ends.
    has_payment_under_way = models.BooleanField(_("payment in progress"), default=False)

    shipping_address = models.JSONField(_("delivery address"))
    billing_address = models.JSONField(_("billing address"))
    shipping_country = models.CharField(_("country"), max_length=2)
    shipping_method_code = models.CharField(_("delivery method"), max_length=40)
    shipping_method_name = models.CharField(_("delivery method"), max_length=120)
    arrives_from = models.DateField(_("earliest delivery"), null=True, blank=True)
    arrives_to = models.DateField(_("latest delivery"), null=True, blank=True)
    payment_method_code = models.CharField(_("payment method"), max_length=40)
    payment_method_name = models.CharField(_("payment method"), max_length=120)
    payment_provider = models.CharField(_("payment provider"), max_length=40)
    # The codes as one text, which the release before reads; the next one may drop it.
    coupon_code = models.CharField(
        _("coupons"), max_length=250, blank=True, default="", db_default="", editable=False
    )
    # The codes it was sold with, in the order they were typed.
    coupon_codes: models.JSONField[list[str], Any] = models.JSONField(
        _("coupons"),
        default=list,
        blank=True,
        db_default=models.Value([], output_field=models.JSONField()),
    )
    # What gift cards paid when it was placed: [{"last4": "7K3M", "amount_minor": 2000}, …].
    gift_cards: models.JSONField[list[dict[str, Any]], Any] = models.JSONField(
        _("gift cards"), default=list, blank=True
    )
    # Why each figure is what it is: the quote's trace when the order was placed.
    trace = models.JSONField(_("calculation"), default=list, blank=True)
    note = models.TextField(_("customer note"), blank=True)
    packing_note = models.TextField(_("packing note"), blank=True)

    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    canceled_at = models.DateTimeField(_("canceled"), null=True, blank=True)
    hold_expires_at = models.DateTimeField(_("stock held until"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(amount_disputed_minor__gte=0)
                & Q(amount_disputed_minor__lte=F("amount_paid_minor")),
                name="order_disputes_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(credited_minor__gte=0) & Q(credited_minor__lte=F("total_minor")),
                name="order_credits_within_total",
            ),
            models.CheckConstraint(
                condition=Q(invoiced_minor__gte=0) & Q(invoiced_minor__lte=F("total_minor")),
                name="order_invoices_within_total",
            ),
            models.CheckConstraint(
                condition=Q(credit_noted_minor__gte=0)
                & Q(credit_noted_minor__lte=F("invoiced_minor")),
                name="order_credit_notes_within_invoices",
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
            ("edit_order", _("Can change orders before they ship")),
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
    def discounts(self) -> list[tuple[str, int]]:
        """What lowered the goods, by code or promotion, as the quote told it."""
        told = [
            (line["label"], -line["amount_minor"])
            for line in self.trace
            if line["kind"] == "discount"
        ]
        if sum(minor for _label, minor in told) == self.discount_minor:
            return told
        return [(self.joined_codes or _now("Discount"), self.discount_minor)]

    @property
    def joined_codes(self) -> str:
        """The codes it was sold with as one text, to be shown."""
        return ", ".join(self.coupon_codes)

    @property
    def coupons(self) -> list[tuple[str, int]]:
        """The codes it was sold with, and what each takes off goods and delivery now; 0
        after a change that ended it.
        """
        taken: dict[str, int] = dict.fromkeys(self.coupon_codes, 0)
        for line in self.trace:
            if line["kind"] in {"discount", "shipping"} and line["label"] in taken:
                taken[line["label"]] -= line["amount_minor"]
        return list(taken.items())

    @property
    def owed_minor(self) -> int:
        """What the shop may keep: the total without what was credited; nothing of
        a canceled order.
        """
        if self.status == OrderStatus.CANCELED:
            return 0
        return self.total_minor - self.credited_minor

    @property
    def due_minor(self) -> int:
        """What is still to be paid.

        Money that a bank has taken back was paid and is not asked for again.
        """
        return max(self.owed_minor - (self.amount_paid_minor - self.amount_refunded_minor), 0)

    @property
    def to_pay_minor(self) -> int:
        """What its shopper has to do something about: what is due and not authorized either."""
        return max(self.due_minor - self.amount_authorized_minor, 0)

    @property
    def pays_online(self) -> bool:
        """Whether its shopper pays at a provider, and not by transfer or on delivery."""
        return self.payment_provider not in OFFLINE

    @property
    def excess_minor(self) -> int:
        """What the shop holds and may not keep: refunds on their way or in trouble are in it."""
        return max(self.refundable_minor - self.owed_minor, 0)

    @property
    def refundable_minor(self) -> int:
        """What was paid and is still here: neither refunded nor taken back by a bank."""
        gone = self.amount_refunded_minor + self.amount_disputed_minor
        return max(self.amount_paid_minor - gone, 0)

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
        """How an e-mail greets: the first word of the name on the parcel."""
        return str(self.shipping_address.get("name", "")).split(" ")[0]

    def move_to(self, status: OrderStatus) -> None:
        """Take the next status, unsaved.

        Services ask first; a move that the table does not know is a bug.
        """
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
            refunded=self.amount_refunded_minor + self.amount_disputed_minor,
            credited=self.credited_minor,
            has_failed=self.has_failed_payment,
            is_canceled=is_canceled,
        )
        self.fulfillment_status = derive_fulfillment_status(
            ordered=ordered, shipped=shipped, is_canceled=is_canceled
        )
