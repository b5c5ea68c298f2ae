"""Who may do what with an order: one table for API, back office and storefront."""

from __future__ import annotations

from typing import Any

from accounts.states import Role
from orders.models import Order
from orders.states import (
    ALLOWED_ROLES,
    EXPECTED_RETURNS,
    LIVE_RETURNS,
    Act,
    FulfillmentStatus,
    OrderStatus,
)

STAFF_GROUPS = frozenset({"fulfillment", "support", "finance"})
_CLOSED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELED})
_SOLD = frozenset({OrderStatus.CONFIRMED, OrderStatus.COMPLETED})
_SENT = frozenset({FulfillmentStatus.PARTIAL, FulfillmentStatus.FULFILLED})


def possible_acts(order: Order) -> frozenset[Act]:
    """What the state of an order allows, whoever asks."""
    acts = {Act.NOTE}
    if order.status == OrderStatus.PENDING and order.to_pay_minor:
        acts.add(Act.PAY)
    # What a change or an exchange made dearer. Cash and transfers are counted by people, as ever.
    if order.status == OrderStatus.CONFIRMED and order.to_pay_minor and order.pays_online:
        acts.add(Act.PAY)
    if order.status not in _CLOSED and order.fulfillment_status == FulfillmentStatus.UNFULFILLED:
        acts.add(Act.CANCEL)
        if not order.has_payment_under_way and order.invoiced_at is None:
            acts.add(Act.EDIT)
    if order.status != OrderStatus.CANCELED and order.due_minor:
        acts.add(Act.MARK_PAID)
    if (
        order.status == OrderStatus.CONFIRMED
        and order.fulfillment_status != FulfillmentStatus.FULFILLED
    ):
        acts.add(Act.FULFILL)
    if order.refundable_minor > 0:
        acts.add(Act.REFUND)
    if order.status in _SOLD and (
        order.invoiced_at is None or order.invoiced_minor != order.total_minor
    ):
        acts.add(Act.INVOICE)
    if order.status != OrderStatus.CANCELED and order.fulfillment_status in _SENT:
        acts |= _return_acts(order)
    return frozenset(acts)


def _return_acts(order: Order) -> frozenset[Act]:
    """What the returns of an order that was shipped, in whole or in part, allow."""
    statuses = {each.status for each in order.returns.all()}
    acts = {Act.REQUEST_RETURN}
    if statuses & LIVE_RETURNS:
        acts.add(Act.ANSWER_RETURN)
    if statuses & EXPECTED_RETURNS:
        acts.add(Act.RECEIVE_RETURN)
    return frozenset(acts)


def roles_of(user: Any) -> frozenset[str]:
    """The roles a user has towards every order: `admin`, or the staff groups. One query a user."""
    if user is None or not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    if user.role == Role.ADMIN:
        return frozenset({"admin"})
    if not user.is_staff:
        return frozenset()
    if not hasattr(user, "_order_roles"):
        names = {name.lower() for name in user.groups.values_list("name", flat=True)}
        user._order_roles = frozenset(names & STAFF_GROUPS)
    roles: frozenset[str] = user._order_roles
    return roles


def allowed_acts(order: Order, *, user: Any = None, is_owner: bool = False) -> frozenset[Act]:
    """What `user` may do with the order now; `is_owner` for its customer or the holder of its token."""
    roles = set(roles_of(user))
    if is_owner:
        roles.add("owner")
    possible = possible_acts(order)
    if "admin" in roles:
        return possible if is_owner else possible - {Act.PAY}
    return frozenset(act for act in possible if ALLOWED_ROLES[act] & roles)


def may(user: Any, act: Act) -> bool:
    """Whether a member of staff has a right towards orders at all, in whatever state they are."""
    roles = roles_of(user)
    return "admin" in roles or bool(ALLOWED_ROLES[act] & roles)
