"""Whole invoices on the wire."""

from __future__ import annotations

from rest_framework import serializers

from orders.models import (
    Invoice,
    InvoiceLine,
    InvoiceTax,
)
from orders.serializers import InvoiceListSerializer
from shop.api.fields import (
    MoneyField,
)


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    """A line of an invoice; `unit_price` is null where an amount is taken off,
    whatever the units.
    """

    unit_price = MoneyField(
        source="unit_price_minor", currency_source="invoice.currency", allow_null=True
    )
    discount = MoneyField(source="discount_minor", currency_source="invoice.currency")
    net = MoneyField(source="net_minor", currency_source="invoice.currency")
    tax = MoneyField(source="tax_minor", currency_source="invoice.currency")
    total = MoneyField(source="total_minor", currency_source="invoice.currency")

    class Meta:
        model = InvoiceLine
        fields = [
            "position",
            "description",
            "detail",
            "sku",
            "quantity",
            "unit_price",
            "discount",
            "tax_percent",
            "net",
            "tax",
            "total",
        ]


class InvoiceTaxSerializer(serializers.ModelSerializer[InvoiceTax]):
    """What an invoice holds at one rate."""

    net = MoneyField(source="net_minor", currency_source="invoice.currency")
    tax = MoneyField(source="tax_minor", currency_source="invoice.currency")
    total = MoneyField(source="total_minor", currency_source="invoice.currency")

    class Meta:
        model = InvoiceTax
        fields = ["percent", "net", "tax", "total"]


class InvoiceSerializer(InvoiceListSerializer):
    """With all that the document says.

    `corrects` is the number of the invoice that a credit note lowers.
    """

    net = MoneyField(source="net_minor")
    tax = MoneyField(source="tax_minor")
    due = MoneyField(source="due_minor")
    corrects = serializers.CharField(source="corrects.number", default=None, allow_null=True)
    lines = InvoiceLineSerializer(many=True)
    taxes = InvoiceTaxSerializer(many=True)

    class Meta:
        model = Invoice
        fields = [
            *InvoiceListSerializer.Meta.fields,
            "net",
            "tax",
            "due",
            "corrects",
            "reason",
            "supplied_on",
            "seller",
            "buyer",
            "lines",
            "taxes",
        ]
