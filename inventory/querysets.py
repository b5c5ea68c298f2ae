"""Every question asked of the stock tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import F

from shop.core.append_only import AppendOnlyQuerySet
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from inventory.models import Movement, Reservation, StockItem


class StockItemQuerySet(LockingQuerySet["StockItem"]):
    """Every question the shop asks about stock."""

    def locked(self) -> Self:
        """Rows locked until the transaction ends, by SKU: the order in which
        conditional UPDATEs take them.
        """
        return super().locked().order_by("sku")

    def counted(self) -> Self:
        """Items that have units; those of gift cards have none."""
        return self.filter(is_tracked=True)

    def low(self) -> Self:
        """Items whose available units have reached their threshold."""
        return self.counted().filter(on_hand__lte=F("reserved") + F("low_stock_threshold"))

    def sold_out(self) -> Self:
        """Items of which nothing can be sold, not even on backorder."""
        return self.counted().filter(reserved__gte=F("on_hand") + F("backorder_limit"))


class MovementQuerySet(AppendOnlyQuerySet["Movement"]):
    """Every question the shop asks about movements."""

    def for_sku(self, sku: str) -> Self:
        """Movements of one item, newest first."""
        return self.filter(stock_item__sku=sku).order_by("-at", "-pk")


class ReservationQuerySet(LockingQuerySet["Reservation"]):
    """Every question the shop asks about reservations."""

    def live(self) -> Self:
        """Reservations that count against stock."""
        return self.filter(state__in=["held", "allocated"])

    def expired(self, *, at: datetime) -> Self:
        """Holds whose time was over at the moment `at`."""
        return self.filter(state="held", expires_at__lte=at)

    def of(self, holder: str) -> Self:
        """The live reservations of one holder, in SKU order."""
        return self.live().filter(holder=holder).order_by("stock_item__sku")
