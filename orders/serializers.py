"""Orders on the wire."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.addresses import AddressData, clean_address
from orders import presentation
from orders.models import (
    Fulfillment,
    FulfillmentItem,
    Invoice,
    Order,
    OrderEvent,
    OrderItem,
    Return,
)
from orders.permissions import ORDERS, allowed_acts
from orders.states import Act
from pricing.api.serializers import ExplanationSerializer
from shop.api.fields import (
    CleanCharField,
    MoneyField,
    StrictSerializer,
)
from shop.api.shapes import represent_all
from shop.core.errors import Invalid
from shop.core.money import to_wire
from shop.core.pdf import can_make_pdf
from shop.core.permissions import may


class AddressInput(StrictSerializer):
    """A postal address; which fields a country needs is checked by its own rules."""

    name = CleanCharField(max_length=200)
    company = CleanCharField(max_length=200, required=False, allow_blank=True, default="")
    line1 = CleanCharField(max_length=200)
    line2 = CleanCharField(max_length=200, required=False, allow_blank=True, default="")
    postal_code = CleanCharField(max_length=20, required=False, allow_blank=True, default="")
    city = CleanCharField(max_length=100, required=False, allow_blank=True, default="")
    region = CleanCharField(max_length=100, required=False, allow_blank=True, default="")
    country = CleanCharField(max_length=2)
    phone = CleanCharField(max_length=40, required=False, allow_blank=True, default="")

    def to_internal_value(self, data: Any) -> AddressData:
        """The address in its country's own writing."""
        fields = super().to_internal_value(data)
        try:
            return clean_address(fields)
        except Invalid as refusal:
            raise serializers.ValidationError(refusal.errors or refusal.message) from refusal


class OrderItemSerializer(serializers.ModelSerializer[OrderItem]):
    """A line as it was sold."""

    unit_price = MoneyField(source="unit_price_minor", currency_source="order.currency")
    discount = MoneyField(source="discount_minor", currency_source="order.currency")
    total = MoneyField(source="total_minor", currency_source="order.currency")
    tax = MoneyField(source="tax_minor", currency_source="order.currency")
    greeting = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text="Whom a gift card is for."
    )

    class Meta:
        model = OrderItem
        fields = [
            "id",
            "product_name",
            "product_sku",
            "variant_label",
            "unit_price",
            "quantity",
            "shipped_quantity",
            "canceled_quantity",
            "returned_quantity",
            "is_returnable",
            "is_gift_card",
            "greeting",
            "discount",
            "total",
            "tax",
        ]


class FulfillmentItemSerializer(serializers.ModelSerializer[FulfillmentItem]):
    """Units of an item in a parcel."""

    item = serializers.IntegerField(source="order_item_id")

    class Meta:
        model = FulfillmentItem
        fields = ["item", "quantity"]


class FulfillmentSerializer(serializers.ModelSerializer[Fulfillment]):
    """A parcel."""

    items = FulfillmentItemSerializer(many=True)
    tracking_url = serializers.CharField(help_text="Empty where there is none.")

    class Meta:
        model = Fulfillment
        fields = [
            "number",
            "carrier",
            "tracking_number",
            "tracking_url",
            "shipped_at",
            "delivered_at",
            "items",
        ]


class OrderEventSerializer(serializers.ModelSerializer[OrderEvent]):
    """A line of the timeline."""

    title = serializers.CharField(source="get_kind_display")

    class Meta:
        model = OrderEvent
        fields = ["sequence", "kind", "title", "message", "from_status", "to_status", "at"]


class ReturnItemSerializer(serializers.Serializer[Any]):
    """Units of an item in a return, and how far they are."""

    product_name = serializers.CharField()
    product_sku = serializers.CharField()
    quantity = serializers.IntegerField()
    approved_quantity = serializers.IntegerField()
    received_quantity = serializers.IntegerField()
    reason = serializers.CharField()
    replacement_sku = serializers.CharField(allow_null=True)


class ReturnSerializer(serializers.ModelSerializer[Return]):
    """A return; `credited` is what has been credited for what arrived."""

    items = serializers.SerializerMethodField()
    credited = MoneyField(source="credited_minor", currency_source="order.currency")

    class Meta:
        model = Return
        fields = [
            "number",
            "kind",
            "status",
            "items",
            "note",
            "answer",
            "credited",
            "requested_at",
            "answered_at",
            "closed_at",
        ]

    @extend_schema_field(ReturnItemSerializer(many=True))
    def get_items(self, claim: Return) -> list[dict[str, Any]]:
        """With names and SKUs as they were sold."""
        sold = {item.pk: item for item in claim.order.items.all()}
        return [
            {
                "product_name": sold[row.order_item_id].product_name,
                "product_sku": sold[row.order_item_id].product_sku,
                "quantity": row.quantity,
                "approved_quantity": row.approved_quantity,
                "received_quantity": row.received_quantity,
                "reason": row.reason,
                "replacement_sku": row.replacement.sku if row.replacement else None,
            }
            for row in claim.items.all()
        ]


class InvoiceListSerializer(serializers.ModelSerializer[Invoice]):
    """An invoice or a credit note. Amounts are positive; a credit note takes its total off.

    `pdf` is its address, read with the same rights as the order; null where the shop makes no PDFs.
    """

    total = MoneyField(source="total_minor")
    pdf = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        fields = ["number", "kind", "issued_at", "currency", "total", "pdf"]

    def get_pdf(self, invoice: Invoice) -> str | None:
        """Where the document is."""
        if not can_make_pdf():
            return None
        path = reverse("invoice-pdf", args=[invoice.order.number, invoice.number])
        return f"{settings.SITE_URL}{path}"


class OrderCouponSerializer(serializers.Serializer[Any]):
    """A code that an order was sold with."""

    code = serializers.CharField()
    discount = serializers.CharField(help_text="What it takes off goods and delivery.")


class OrderSerializer(serializers.ModelSerializer[Order]):
    """A whole order. `token` is shown to whoever may act with it: the guest who placed it."""

    subtotal = MoneyField(source="subtotal_minor")
    discount = MoneyField(source="discount_minor")
    shipping = MoneyField(source="shipping_minor")
    tax = MoneyField(source="tax_minor")
    total = MoneyField(source="total_minor")
    due = MoneyField(source="due_minor")
    coupons = serializers.SerializerMethodField()
    gift_cards = serializers.SerializerMethodField()
    amount_paid = MoneyField(source="amount_paid_minor")
    amount_refunded = MoneyField(source="amount_refunded_minor")
    to_pay = MoneyField(source="to_pay_minor")
    items = OrderItemSerializer(many=True)
    fulfillments = FulfillmentSerializer(many=True)
    timeline = serializers.SerializerMethodField()
    returns = ReturnSerializer(many=True)
    invoices = serializers.SerializerMethodField()
    payment = serializers.SerializerMethodField()
    allowed_acts = serializers.SerializerMethodField()
    token = serializers.SerializerMethodField()
    shipping_address = serializers.SerializerMethodField()
    billing_address = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="placed_at")
    coupon_code = serializers.CharField(
        source="joined_codes", label="Coupons", max_length=250, required=False
    )
    # Not read from the order: the views add it where `?explain=1` is said.
    explanation = ExplanationSerializer(
        many=True, required=False, help_text="Only with `?explain=1`."
    )

    class Meta:
        model = Order
        fields = [
            "number",
            "token",
            "email",
            "status",
            "payment_status",
            "fulfillment_status",
            "currency",
            "items",
            "subtotal",
            "discount",
            "shipping",
            "tax",
            "total",
            "gift_cards",
            "due",
            "amount_paid",
            "amount_refunded",
            "to_pay",
            "coupon_code",
            "coupons",
            "shipping_address",
            "billing_address",
            "shipping_method_code",
            "shipping_method_name",
            "arrives_from",
            "arrives_to",
            "payment",
            "note",
            "fulfillments",
            "timeline",
            "returns",
            "invoices",
            "allowed_acts",
            "created_at",
            "confirmed_at",
            "completed_at",
            "canceled_at",
            "explanation",
        ]

    def get_token(self, order: Order) -> str | None:
        """Only for callers who hold it already, or have just placed the order as guests."""
        return order.token if self.context.get("shows_token") else None

    @extend_schema_field(OrderCouponSerializer(many=True))
    def get_coupons(self, order: Order) -> list[dict[str, str]]:
        """The codes it was sold with, and what each takes off goods and delivery."""
        return [
            {"code": code, "discount": to_wire(minor, order.currency)}
            for code, minor in order.coupons
        ]

    def get_gift_cards(self, order: Order) -> list[dict[str, str]]:
        """What gift cards paid when it was placed."""
        return [
            {"last4": card["last4"], "amount": to_wire(card["amount_minor"], order.currency)}
            for card in order.gift_cards
        ]

    def get_shipping_address(self, order: Order) -> dict[str, str]:
        """The whole address; only city and country for who merely knows number and e-mail."""
        address: dict[str, str] = order.shipping_address
        return address

    def get_billing_address(self, order: Order) -> dict[str, str]:
        """As the delivery address."""
        address: dict[str, str] = order.billing_address
        return address

    def get_timeline(self, order: Order) -> list[dict[str, Any]]:
        """All of it for staff, the public lines for others."""
        sees_all = may(self._user(), ORDERS.view)
        events = [event for event in order.events.all() if event.is_public or sees_all]
        return represent_all(OrderEventSerializer, events)

    @extend_schema_field(InvoiceListSerializer(many=True))
    def get_invoices(self, order: Order) -> list[dict[str, Any]]:
        """Invoices and credit notes; none for who merely knows number and e-mail."""
        if self.context.get("is_masked"):
            return []
        return represent_all(InvoiceListSerializer, presentation.documents(order))

    def get_payment(self, order: Order) -> dict[str, str]:
        """Provider, method, status, and what is to be done while something is to pay.

        `next_url` where it is paid online; `instructions` and `reference` for a bank transfer.
        """
        payment = {
            "provider": order.payment_provider,
            "method": order.payment_method_code,
            "status": order.payment_status,
        }
        pays_online = self.context.get("is_owner") and order.pays_online
        if pays_online and Act.PAY in allowed_acts(order, is_owner=True):
            url = settings.SITE_URL + reverse("payments:pay", args=[order.number])
            payment["next_url"] = f"{url}?token={order.token}"
        if instructions := presentation.instructions_for(order):
            payment |= {"instructions": instructions, "reference": order.number}
        return payment

    def get_allowed_acts(self, order: Order) -> list[str]:
        """What the caller may do with the order now."""
        is_owner = bool(self.context.get("is_owner"))
        return sorted(allowed_acts(order, user=self._user(), is_owner=is_owner))

    def _user(self) -> Any:
        request = self.context.get("request")
        return request.user if request else None


class OrderListSerializer(serializers.ModelSerializer[Order]):
    """An order in a list."""

    total = MoneyField(source="total_minor")
    items = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="placed_at")

    class Meta:
        model = Order
        fields = [
            "number",
            "email",
            "status",
            "payment_status",
            "fulfillment_status",
            "currency",
            "total",
            "items",
            "created_at",
        ]

    def get_items(self, order: Order) -> list[dict[str, Any]]:
        """Name, SKU, price, quantity and total of each line."""
        return [
            {
                "product_name": item.product_name,
                "product_sku": item.product_sku,
                "unit_price": to_wire(item.unit_price_minor, order.currency),
                "quantity": item.quantity,
                "total": to_wire(item.total_minor, order.currency),
            }
            for item in order.items.all()
        ]
