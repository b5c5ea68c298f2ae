"""Every question asked of the carts' tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from cart.models import Cart, CartItem


class CartQuerySet(LockingQuerySet["Cart"]):
    """Every question the shop asks about carts."""

    def open(self) -> Self:
        """Carts that no order has closed."""
        return self.filter(closed_at__isnull=True)


class CartItemQuerySet(LockingQuerySet["CartItem"]):
    """Every question the shop asks about the items of carts."""

    def to_buy(self) -> Self:
        """Items that count, without those saved for later."""
        return self.filter(is_saved=False)

    def for_pricing(self) -> Self:
        """With all that a price depends on: 1 query."""
        return self.select_related("variant__product__tax_class", "variant__stock_item").order_by(
            "added_at", "pk"
        )
