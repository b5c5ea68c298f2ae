"""Payments on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from orders.models import Order
from payments.models import Refund
from pricing.models import PaymentMethod
from shop.api.fields import (
    CleanCharField,
    MoneyField,
    QuantityField,
    QuerySerializer,
    StrictBooleanField,
    StrictSerializer,
)


class MethodsQuery(QuerySerializer):
    """Where the order goes; without it the shop's own country."""

    country = serializers.RegexField(r"^[A-Z]{2}$", required=False)


class PayInput(StrictSerializer):
    """How to pay.

    Without a `payment_method` it is the one of the order; another one takes its place.
    """

    payment_method = CleanCharField(max_length=40, required=False, default="")
    return_url = CleanCharField(
        max_length=500,
        required=False,
        default="",
        help_text=(
            "Where the shopper goes after paying, or after leaving the payment: an address of this "
            "shop or of an allowed site. Ask for the order there; coming back proves nothing. "
            "Without it, a page of the order."
        ),
    )


class RefundItemInput(StrictSerializer):
    """Units of an item to pay back."""

    sku = CleanCharField(max_length=64)
    quantity = QuantityField()


class RefundInput(StrictSerializer):
    """An amount, or items, or neither: all that is left.

    Items are refunded at their share of what was paid. Delivery is refunded with them only where
    `shipping` is true; `shipping` alone refunds what is left of delivery.
    """

    amount = MoneyField(required=False)
    items = RefundItemInput(many=True, required=False, allow_empty=False)
    shipping = StrictBooleanField(
        required=False, default=False, help_text="Refund what is left of delivery, too."
    )
    restock = StrictBooleanField(required=False, default=False)
    reason = CleanCharField(max_length=250, required=False, allow_blank=True, default="")


class MarkPaidInput(StrictSerializer):
    """What came in; all that is due where no amount is named."""

    amount = MoneyField(required=False)
    reference = CleanCharField(max_length=120, required=False, allow_blank=True, default="")


class PaidOrderSerializer(serializers.ModelSerializer[Order]):
    """How an order stands after money came in."""

    amount_paid = MoneyField(source="amount_paid_minor")
    to_pay = MoneyField(source="to_pay_minor")

    class Meta:
        model = Order
        fields = ["number", "status", "payment_status", "currency", "amount_paid", "to_pay"]


class PaymentMethodSerializer(serializers.ModelSerializer[PaymentMethod]):
    """A way to pay."""

    class Meta:
        model = PaymentMethod
        fields = ["code", "name", "line", "settlement"]


class NextStepSerializer(serializers.Serializer[Any]):
    """Where the shopper pays."""

    next_url = serializers.CharField(
        help_text=(
            "Empty after a change to a method that is not paid online: the order says how to pay."
        )
    )


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """A refund and how far it is."""

    amount = MoneyField(source="amount_minor")

    class Meta:
        model = Refund
        fields = [
            "id",
            "amount",
            "currency",
            "reason",
            "state",
            "failure_message",
            "created_at",
            "settled_at",
        ]


class RefundListSerializer(serializers.Serializer[Any]):
    """The refunds that one request made: one for each payment it took from."""

    refunds = RefundSerializer(many=True)
