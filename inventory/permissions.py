"""What staff may do with stock."""

from __future__ import annotations

from shop.core.permissions import acts_on

STOCK = acts_on("inventory.stockitem")
MOVEMENTS = acts_on("inventory.movement")
