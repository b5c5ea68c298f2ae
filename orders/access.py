"""Finding an order for whoever asks: its customer, the holder of its token, or staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.rules import allowed_acts, may, roles_of
from orders.states import Act
from shop.core.errors import Forbidden, NotFound


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
        """Whether role and state allow it now."""
        return act in allowed_acts(self.order, user=self.user, is_owner=self.is_owner)

    @property
    def shopper_acts(self) -> frozenset[Act]:
        """Which of the acts that pages offer to shoppers are allowed now."""
        acts = allowed_acts(self.order, user=self.user, is_owner=self.is_owner)
        return acts & {Act.PAY, Act.CANCEL, Act.REQUEST_RETURN}


def find_order(
    user: Any, number: str, *, token: str = "", orders: OrderQuerySet | None = None
) -> Access:
    """The order of this number, if the caller may see it. Raises `NotFound` otherwise, whatever is the reason."""
    rows = Order.objects.for_detail() if orders is None else orders
    if not token and roles_of(user):
        found = rows.filter(number=number).first()
    else:
        found = rows.reachable_by(user, token=token).filter(number=number).first()
    if found is None:
        raise NotFound
    has_token = bool(token)
    is_owner = has_token or (
        user.is_authenticated and found.customer is not None and found.customer.user_id == user.pk
    )
    return Access(found, user, is_owner=is_owner, has_token=has_token)


def staff_order(user: Any, number: str, act: Act) -> Order:
    """The order of this number for a member of staff. Raises `Forbidden` without the right, `NotFound`."""
    if not may(user, act):
        raise Forbidden
    found = Order.objects.for_detail().filter(number=number).first()
    if found is None:
        raise NotFound
    return found
