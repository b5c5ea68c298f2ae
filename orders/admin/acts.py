"""Which acts an order and its reader allow: the right of the person, then the
state of the order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from orders.models import Order
from orders.permissions import STAFF_ACTS, possible_acts
from orders.states import Act
from shop.admin.base import allowed, once_a_request
from shop.core.permissions import may


def order_act(act: Act) -> Callable[..., bool]:
    """A `has_…_permission` method: who may do `act`, with the order that is named, if one is."""
    return allowed(STAFF_ACTS[act], when=lambda request, key: act in _acts(request, key))


def allowed_here(request: HttpRequest, object_id: Any, act: Act) -> bool:
    """Whether the signed-in person may do `act`, with the order `object_id` where one is given."""
    if not may(request.user, STAFF_ACTS[act]):
        return False
    return not object_id or act in _acts(request, object_id)


def _acts(request: HttpRequest, object_id: Any) -> frozenset[Act]:
    """What the order's state allows, asked once a request."""

    def ask() -> frozenset[Act]:
        order = Order.objects.filter(pk=object_id).first()
        return possible_acts(order) if order else frozenset()

    return once_a_request(request, f"acts on order {object_id}", ask)
