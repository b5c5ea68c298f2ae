"""What happened to stock."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True)
class StockLevelChanged(Event):
    """An item sold out, ran low, or came back; `sellable` counts backorders,
    `available` does not.
    """

    sku: str
    sellable: int
    available: int


@dataclass(frozen=True)
class ReservationExpired(Event):
    """Units held for `holder` were released because their time was over; told once for each SKU."""

    holder: str
