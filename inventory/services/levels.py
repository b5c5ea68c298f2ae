"""Telling others when an item sells out, runs low or comes back."""

from __future__ import annotations

from collections.abc import Mapping

from inventory.events import StockLevelChanged
from inventory.models import StockItem
from shop.core.events import publish
from shop.core.prepared import Prepared

_items_of = Prepared(lambda skus: StockItem.objects.filter(sku__in=skus))


def items_by_sku(skus: Mapping[str, object] | set[str]) -> dict[str, StockItem]:
    """The items of these SKUs as they are now; the caller's own writes included. One query."""
    return {item.sku: item for item in _items_of(skus=sorted(skus))}


def tell_crossings(
    items: Mapping[str, StockItem],
    *,
    on_hand: Mapping[str, int] | None = None,
    reserved: Mapping[str, int] | None = None,
    backorder_limit: Mapping[str, int] | None = None,
    low_stock_threshold: Mapping[str, int] | None = None,
) -> None:
    """Publish `StockLevelChanged` for each item that crossed sold-out or low.

    `items` are the items after the change; the mappings hold by how much each figure changed.
    """
    for sku, item in sorted(items.items()):
        before = StockItem(
            on_hand=item.on_hand - (on_hand or {}).get(sku, 0),
            reserved=item.reserved - (reserved or {}).get(sku, 0),
            backorder_limit=item.backorder_limit - (backorder_limit or {}).get(sku, 0),
            low_stock_threshold=item.low_stock_threshold - (low_stock_threshold or {}).get(sku, 0),
        )
        if _band(before) != _band(item):
            publish(StockLevelChanged(sku=sku, sellable=item.sellable, available=item.available))


def _band(item: StockItem) -> tuple[bool, bool]:
    return item.sellable == 0, item.is_low
