"""What comes in about a whole order."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import EmailAddressField
from orders.serializers import AddressInput
from orders.states import OrderStatus
from shop.api.fields import (
    CleanCharField,
    QuerySerializer,
    StrictBooleanField,
    StrictSerializer,
)
from shop.core.errors import Invalid
from shop.core.money import from_wire


class PlaceOrderInput(StrictSerializer):
    """A checkout. `expected_total` is the total the shopper saw, `expected_due` what gift cards
    left of it; other ones are refused with 409 and the new `quote`. Without `expected_total` an
    order is refused likewise if a code of the cart does not apply. `payment_method` may be left out
    where nothing is to be paid or gift cards pay all, `shipping_method` where nothing is sent. A
    method that cannot take the amount is refused with 409 (`amount_not_accepted`).
    """

    email = EmailAddressField()
    shipping_address = AddressInput()
    billing_address = AddressInput(required=False)
    shipping_method = CleanCharField(max_length=40, required=False, default="")
    payment_method = CleanCharField(max_length=40, required=False, default="")
    expected_total = CleanCharField(max_length=24, required=False)
    expected_due = CleanCharField(max_length=24, required=False)
    note = CleanCharField(
        max_length=1000, required=False, allow_blank=True, is_multiline=True, default=""
    )

    def to_internal_value(self, data: Any) -> Any:
        """With the expected figures in minor units, by the currency of the caller's cart."""
        fields = super().to_internal_value(data)
        for name in ("expected_total", "expected_due"):
            expected = fields.pop(name, None)
            fields[f"{name}_minor"] = None
            if expected is not None:
                try:
                    fields[f"{name}_minor"] = from_wire(expected, self.context["currency"])
                except Invalid as refusal:
                    raise serializers.ValidationError({name: [refusal.message]}) from refusal
        return fields


class CancelOrderInput(StrictSerializer):
    """Why an order is canceled."""

    reason = CleanCharField(max_length=250, required=False, allow_blank=True, default="")


class LookupInput(StrictSerializer):
    """What a guest knows of an order."""

    number = CleanCharField(max_length=20)
    email = EmailAddressField()


class NoteInput(StrictSerializer):
    """A note for the timeline; the shopper sees it only if it is public."""

    message = CleanCharField(max_length=1000, is_multiline=True)
    is_public = StrictBooleanField(required=False, default=False)


class OrderListQuery(QuerySerializer):
    """Filters of the list of orders."""

    status = serializers.ChoiceField(choices=OrderStatus.choices, required=False)
    q = CleanCharField(max_length=60, required=False)


class OrderQuery(QuerySerializer):
    """What else is to be told of an order."""

    explain = StrictBooleanField(
        required=False, help_text="Adds `explanation`: every figure with its reason."
    )
