"""One order for the caller of a request: found, held and shown as its reader sees it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from orders.access import Access, find_order
from orders.explanation import explain_order
from orders.models import Order
from orders.serializers import OrderSerializer
from pricing.explanation import explanation_data
from shop.api.shapes import represent
from shop.api.views import ShopViewSet
from shop.core.permissions import StaffAct

TOKEN_HEADER = OpenApiParameter(
    name="X-Order-Token",
    location=OpenApiParameter.HEADER,
    required=False,
    description="A guest's right to the order: the `token` of the answer to its placing.",
)


def order_access(request: Request, number: str, *, act: StaffAct) -> Access:
    """The order for the caller of a request, or for staff who may do `act`. Raises `NotFound`."""
    token = request.headers.get("X-Order-Token", "")
    return find_order(request.user, number, token=token, act=act)


def order_body(
    request: Request, order: Order, *, is_owner: bool, explains: bool = False, **context: Any
) -> dict[str, Any]:
    """The order on the wire, for this caller; 1 query more where it is to be explained."""
    body = represent(OrderSerializer, order, request=request, is_owner=is_owner, **context)
    if explains:
        body["explanation"] = explanation_data(explain_order(order), order.currency)
    return body


class OrderRoutes(ShopViewSet):
    """What the viewsets of one order share. Their If-Match is the ETag of the order."""

    lookup_field = "number"

    def hold_shown(self, number: str, **_kwargs: Any) -> None:
        """Lock the order until the transaction ends."""
        Order.objects.locked().filter(number=number).first()

    def shown(self, number: str, **_kwargs: Any) -> dict[str, Any]:
        """The order as reading it gives this caller. Raises `NotFound`."""
        access = order_access(self.request, number, act=self.staff_act)
        return order_body(
            self.request,
            access.order,
            is_owner=access.is_owner,
            shows_token=access.has_token,
            explains=bool(self.query.get("explain")),
        )
