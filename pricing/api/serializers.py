"""Why a figure is what it is, on the wire: the same for carts and orders."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ExplanationSerializer(serializers.Serializer[Any]):
    """A figure and its reason.

    The total is the sum of lines, discounts, delivery, and taxes that are added.
    """

    kind = serializers.ChoiceField(
        choices=["line", "discount", "shipping", "tax", "code", "total"],
        help_text="`code` is a code that takes nothing off, and `reason` why.",
    )
    label = serializers.CharField()  # type: ignore[assignment] # a field, not the label of one
    amount = serializers.CharField(help_text="Below zero where it lowers the price.")
    base = serializers.CharField(help_text="What it was counted from.")
    percent = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    line = serializers.CharField(
        allow_null=True, help_text="The SKU it belongs to; null for delivery and the whole."
    )
    is_included = serializers.BooleanField(help_text="A tax that the prices hold already.")
