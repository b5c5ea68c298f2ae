"""Returns on the wire: what comes in."""

from __future__ import annotations

from rest_framework import serializers

from orders.states import ReturnKind, ReturnReason
from shop.api.fields import (
    CleanCharField,
    MoneyField,
    QuantityField,
    StrictBooleanField,
    StrictSerializer,
)


class ReturnItemInput(StrictSerializer):
    """Units of an item to send back."""

    sku = CleanCharField(max_length=64)
    quantity = QuantityField()
    reason = serializers.ChoiceField(choices=ReturnReason.choices, required=False)
    replacement_sku = CleanCharField(max_length=64, required=False, default="")


class RequestReturnInput(StrictSerializer):
    """What comes back.

    With a `replacement_sku` on any item it is an `exchange`. A `withdrawal` needs no approval; it
    ends fourteen days after the goods arrived.
    """

    items = ReturnItemInput(many=True, allow_empty=False)
    kind = serializers.ChoiceField(
        choices=[ReturnKind.RETURN, ReturnKind.WITHDRAWAL],
        required=False,
        default=ReturnKind.RETURN,
    )
    note = CleanCharField(
        max_length=1000, required=False, allow_blank=True, is_multiline=True, default=""
    )


class ApproveItemInput(StrictSerializer):
    """Units of an item that may come back."""

    sku = CleanCharField(max_length=64)
    quantity = QuantityField()
    replacement_sku = CleanCharField(max_length=64, required=False, allow_blank=True)


class ApproveReturnInput(StrictSerializer):
    """All that was asked for, or the named units; items that are not named may not come back."""

    items = ApproveItemInput(many=True, required=False, allow_empty=False)
    message = CleanCharField(
        max_length=1000, required=False, allow_blank=True, is_multiline=True, default=""
    )


class DeclineReturnInput(StrictSerializer):
    """Why it is declined; the shopper reads it."""

    message = CleanCharField(max_length=1000, is_multiline=True)


class CloseReturnInput(StrictSerializer):
    """Why the rest is not waited for any longer."""

    message = CleanCharField(max_length=500, required=False, allow_blank=True, default="")


class ReceiveItemInput(StrictSerializer):
    """Units of an item that arrived: back on the shelf, or written off."""

    sku = CleanCharField(max_length=64)
    restock = QuantityField(min_value=0, required=False, default=0)
    write_off = QuantityField(min_value=0, required=False, default=0)


class ReceiveReturnInput(StrictSerializer):
    """What arrived, what of its price is deducted, and whether delivery is credited, too."""

    items = ReceiveItemInput(many=True, allow_empty=False)
    deduction = MoneyField(required=False, default=0)
    include_shipping = StrictBooleanField(required=False, default=False)
    message = CleanCharField(max_length=500, required=False, allow_blank=True, default="")
