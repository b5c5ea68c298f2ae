"""Every question asked of the orders' tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from accounts.states import Role
from shop.core.querysets import LockingQuerySet

if TYPE_CHECKING:
    from orders.models import Order


class OrderQuerySet(LockingQuerySet["Order"]):
    """Every question the shop asks about orders."""

    def visible_to(self, user: Any) -> Self:
        """Orders that `user` may see through the API: their own, or all for an administrator."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.role == Role.ADMIN else self.filter(customer__user=user)

    def for_detail(self) -> Self:
        """With items, parcels and timeline: 5 queries."""
        return self.select_related("customer").prefetch_related(
            "items", "fulfillments__items", "events"
        )
