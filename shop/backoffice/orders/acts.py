"""Which acts an order and its reader allow: the right of the person, then the state of the order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from orders.models import Order
from orders.rules import possible_acts
from orders.states import Act
from shop.core.backoffice import once_a_request

PERMISSIONS = {
    Act.FULFILL: "orders.ship_order",
    Act.CANCEL: "orders.cancel_order",
    Act.EDIT: "orders.edit_order",
    Act.MARK_PAID: "orders.mark_paid_order",
    Act.REFUND: "orders.refund_order",
    Act.INVOICE: "orders.issue_invoice",
    Act.NOTE: "orders.note_order",
    Act.ANSWER_RETURN: "orders.answer_return",
    Act.RECEIVE_RETURN: "orders.receive_return",
}


def allowed_here(request: HttpRequest, object_id: Any, act: Act) -> bool:
    """Whether the signed-in person may do `act`, with the order `object_id` where one is given."""
    if not request.user.has_perm(PERMISSIONS[act]):
        return False
    return not object_id or act in _acts(request, object_id)


def _acts(request: HttpRequest, object_id: Any) -> frozenset[Act]:
    """What the order's state allows, asked once a request."""

    def ask() -> frozenset[Act]:
        order = Order.objects.filter(pk=object_id).first()
        return possible_acts(order) if order else frozenset()

    return once_a_request(request, f"acts on order {object_id}", ask)
