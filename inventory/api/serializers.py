"""Shapes of stock on the wire."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers

from inventory.models import Movement, StockItem
from inventory.states import MovementKind
from shop.api.fields import (
    CleanCharField,
    QuerySerializer,
    StrictBooleanField,
    StrictIntegerField,
    StrictSerializer,
)

# Kinds a person may book; shipping belongs to orders.
KINDS = [
    MovementKind.ADJUSTED,
    MovementKind.RECEIVED,
    MovementKind.RETURNED,
    MovementKind.WRITTEN_OFF,
]


class StockItemSerializer(serializers.ModelSerializer[StockItem]):
    """Units of a SKU."""

    available = serializers.IntegerField(read_only=True)
    is_low = serializers.BooleanField(read_only=True)

    class Meta:
        model = StockItem
        fields = [
            "sku",
            "on_hand",
            "reserved",
            "available",
            "backorder_limit",
            "backorder_until",
            "low_stock_threshold",
            "is_low",
            "updated_at",
        ]
        read_only_fields = fields


class MovementSerializer(serializers.ModelSerializer[Movement]):
    """Units that came or went."""

    class Meta:
        model = Movement
        fields = ["id", "kind", "quantity", "cause", "reference", "actor", "at"]
        read_only_fields = fields


class AdjustInput(StrictSerializer):
    """A difference or the number counted, and why."""

    quantity = StrictIntegerField(
        required=False, min_value=-1_000_000, max_value=1_000_000, help_text="Units more or less."
    )
    set_to = StrictIntegerField(
        required=False, min_value=0, max_value=1_000_000, help_text="Units counted."
    )
    reason = CleanCharField(max_length=200)
    kind = serializers.ChoiceField(
        choices=[(kind.value, kind.label) for kind in KINDS], default=MovementKind.ADJUSTED.value
    )
    reference = CleanCharField(max_length=64, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Exactly one of the two numbers."""
        if ("quantity" in attrs) == ("set_to" in attrs):
            raise serializers.ValidationError({"quantity": [_("Send either quantity or set_to.")]})
        return attrs


class StockQuery(QuerySerializer):
    """Which items."""

    low = StrictBooleanField(required=False)
    sold_out = StrictBooleanField(required=False)
    q = CleanCharField(required=False, max_length=64, help_text="The beginning of a SKU.")
