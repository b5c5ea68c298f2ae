"""What must always hold in the stock tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from inventory.models import Reservation, StockItem
from shop.core.integrity import invariant

# The releasing job runs every minute; a hold that outlives its expiry by more
# shows that it does not.
GRACE = timedelta(minutes=2)


@invariant("I1", "Movements sum to what is on hand")
def movements_sum_to_on_hand(at: datetime) -> Iterable[object]:
    """SKUs whose movements do not explain their stock."""
    return (
        StockItem.objects.annotate(moved=Coalesce(Sum("movements__quantity"), 0))
        .exclude(moved=F("on_hand"))
        .order_by("sku")
        .values_list("sku", flat=True)
    )


@invariant("I2", "Reserved is the sum of held and allocated reservations")
def reservations_sum_to_reserved(at: datetime) -> Iterable[object]:
    """SKUs whose reservations do not explain what is reserved."""
    live = Q(reservations__state__in=["held", "allocated"])
    return (
        StockItem.objects.annotate(spoken=Coalesce(Sum("reservations__quantity", filter=live), 0))
        .exclude(spoken=F("reserved"))
        .order_by("sku")
        .values_list("sku", flat=True)
    )


@invariant("I3", "Nothing is oversold: 0 ≤ reserved ≤ on hand + backorders")
def nothing_is_oversold(at: datetime) -> Iterable[object]:
    """SKUs outside their bounds."""
    return (
        StockItem.objects.filter(
            Q(on_hand__lt=0)
            | Q(reserved__lt=0)
            | Q(is_tracked=True, reserved__gt=F("on_hand") + F("backorder_limit"))
        )
        .order_by("sku")
        .values_list("sku", flat=True)
    )


@invariant("I6", "No hold outlives its expiry by more than two minutes")
def no_hold_outlives_its_expiry(at: datetime) -> Iterable[object]:
    """Ids of reservations that should have been released."""
    return Reservation.objects.expired(at=at - GRACE).order_by("pk").values_list("pk", flat=True)
