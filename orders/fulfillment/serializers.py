"""Parcels on the wire: what comes in."""

from __future__ import annotations

from shop.api.fields import (
    CleanCharField,
    QuantityField,
    StrictSerializer,
)


class FulfillItemInput(StrictSerializer):
    """Units of an item that leave."""

    sku = CleanCharField(max_length=64)
    quantity = QuantityField()


class FulfillOrderInput(StrictSerializer):
    """A parcel: all that is left, or the named items."""

    items = FulfillItemInput(many=True, required=False, allow_empty=False)
    carrier = CleanCharField(max_length=80, required=False, allow_blank=True, default="")
    tracking_number = CleanCharField(max_length=80, required=False, allow_blank=True, default="")
    tracking_url = CleanCharField(max_length=300, required=False, allow_blank=True, default="")


class TrackingInput(StrictSerializer):
    """How a parcel is followed; what is left out stays."""

    carrier = CleanCharField(max_length=80, required=False, allow_blank=True)
    tracking_number = CleanCharField(max_length=80, required=False, allow_blank=True)
    tracking_url = CleanCharField(max_length=300, required=False, allow_blank=True)
