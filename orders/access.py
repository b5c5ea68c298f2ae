"""Finding an order for whoever asks: its customer, the holder of its token, or staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orders.models import Order
from orders.permissions import ORDERS, OWNER_ACTS, allowed_acts
from orders.querysets import OrderQuerySet
from orders.states import Act
from shop.core.errors import NotFound
from shop.core.permissions import StaffAct, may, require


@dataclass(frozen=True, slots=True)
class Access:
    """An order and who asks for it."""

    order: Order
    user: Any
    is_owner: bool
    has_token: bool
    # Whoever merely knew number and e-mail; `orders.disclosure` has emptied what they may not read.
    is_masked: bool = False

    def may(self, act: Act) -> bool:
        """Whether the caller's rights and the order's state allow it now."""
        return act in allowed_acts(self.order, user=self.user, is_owner=self.is_owner)

    def require_staff(self, act: StaffAct) -> None:
        """Refuse whoever is neither the owner nor staff with the right. Raises `Forbidden`."""
        if not self.is_owner:
            require(self.user, act)

    @property
    def shopper_acts(self) -> frozenset[Act]:
        """Which of the acts that pages offer to shoppers are allowed now."""
        acts = allowed_acts(self.order, user=self.user, is_owner=self.is_owner)
        return acts & OWNER_ACTS


def find_order(
    user: Any,
    number: str,
    *,
    token: str = "",
    act: StaffAct = ORDERS.view,
    orders: OrderQuerySet | None = None,
) -> Access:
    """The order of this number: the caller's own, or any for staff who may do `act`.

    Raises `NotFound` otherwise, whatever is the reason.
    """
    rows = Order.objects.for_detail() if orders is None else orders
    if token or not may(user, act):
        rows = rows.reachable_by(user, token=token)
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFound
    has_token = bool(token)
    is_owner = has_token or (
        user.is_authenticated and found.customer is not None and found.customer.user_id == user.pk
    )
    return Access(found, user, is_owner=is_owner, has_token=has_token)


def staff_order(number: str) -> Order:
    """The order of this number, for a route that has asked what its caller may do.

    Raises `NotFound`.
    """
    found = Order.objects.for_detail().filter(number=number).first()
    if found is None:
        raise NotFound
    return found
