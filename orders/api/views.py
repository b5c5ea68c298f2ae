"""The orders' routes."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cart.sessions import current_cart
from orders.access import Access, find_order, staff_order
from orders.api.serializers import (
    CancelOrderInput,
    FulfillmentSerializer,
    FulfillOrderInput,
    LookupInput,
    NoteInput,
    OrderEventSerializer,
    OrderListQuery,
    OrderListSerializer,
    OrderQuery,
    OrderSerializer,
    PlaceOrderInput,
)
from orders.disclosure import hide_private_details
from orders.errors import CartEmpty
from orders.explanation import explain_order
from orders.limits import require_order_allowance
from orders.models import Order
from orders.permissions import ORDERS, STAFF_ACTS
from orders.services import add_note, cancel_order, fulfill_order, place_order
from orders.states import Act
from pricing.explanation import explanation_data
from shop.core.api.fields import NoQuery, QuerySerializer
from shop.core.api.idempotency import idempotent
from shop.core.api.permissions import AllowAny, IsAuthenticated, needs, own_or
from shop.core.api.renderers import ApiResponse
from shop.core.api.shapes import represent, represent_all
from shop.core.api.throttling import LoginThrottle
from shop.core.api.views import ShopView
from shop.core.errors import Invalid, NotFound
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


class OrderListView(ShopView):
    """`/api/orders`: one's own orders, all of them for staff with the right; placing an order."""

    permission_classes = [own_or(GET=ORDERS.view)]
    query_class: type[QuerySerializer] = NoQuery

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Reading the list takes sign-in and filters, placing an order neither."""
        self.query_class = OrderQuery
        if request.method == "GET":
            self.permission_classes = [IsAuthenticated]
            self.query_class = OrderListQuery
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="orders_list",
        tags=["orders"],
        parameters=[OrderListQuery],
        responses=OrderListSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the caller's orders, newest first; staff with the right see all."""
        orders = Order.objects.visible_to(request.user)
        if status := self.query.get("status"):
            orders = orders.filter(status=status)
        if text := self.query.get("q"):
            orders = orders.containing(text)
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        rows = paginator.paginate_queryset(
            orders.for_list().order_by("-placed_at", "-pk"), request, view=self
        )
        data = represent_all(OrderListSerializer, rows, request=request)
        page: Response = paginator.get_paginated_response(data)
        return page

    @extend_schema(
        operation_id="orders_place",
        tags=["orders"],
        request=PlaceOrderInput,
        responses={201: OrderSerializer},
        parameters=[OrderQuery, OpenApiParameter("X-Cart-Token", str, OpenApiParameter.HEADER)],
    )
    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        """Order what is in the caller's cart."""
        cart = current_cart(request)
        if cart is None:
            raise CartEmpty
        data = self.read_input(PlaceOrderInput, currency=cart.currency)
        require_order_allowance(request)
        order = place_order(cart, **data, actor=self.actor, at=timezone.now(), channel="api")
        is_guest = not request.user.is_authenticated
        body = order_body(
            request,
            order,
            is_owner=True,
            shows_token=is_guest,
            explains=self.query.get("explain", False),
        )
        return ApiResponse(body, message=_("Order placed."), status=201)


class OrderDetailView(ShopView):
    """`/api/orders/{number}`."""

    permission_classes = [own_or(GET=ORDERS.view)]
    query_class = OrderQuery

    @extend_schema(
        operation_id="orders_retrieve",
        tags=["orders"],
        responses=OrderSerializer,
        parameters=[OrderQuery, TOKEN_HEADER],
    )
    def get(self, request: Request, number: str) -> Response:
        """One order: the caller's own, a guest's by its token, any for staff."""
        access = order_access(request, number, act=self.staff_act)
        return Response(
            order_body(
                request,
                access.order,
                is_owner=access.is_owner,
                shows_token=access.has_token,
                explains=self.query.get("explain", False),
            )
        )


class OrderCancelView(ShopView):
    """`/api/orders/{number}/cancel`."""

    permission_classes = [own_or(POST=STAFF_ACTS[Act.CANCEL])]

    @extend_schema(
        operation_id="orders_cancel",
        tags=["orders"],
        request=CancelOrderInput,
        responses=OrderSerializer,
        parameters=[TOKEN_HEADER],
    )
    @idempotent(required=False)
    def post(self, request: Request, number: str) -> Response:
        """Cancel an order of which nothing has been shipped. What was paid goes back.

        Staff who cancel an order that was paid need the right to refund as well.
        """
        access = order_access(request, number, act=self.staff_act)
        access.require(Act.CANCEL)
        data = self.read_input(CancelOrderInput)
        order = cancel_order(access.order, **data, actor=self.actor, at=timezone.now())
        order = Order.objects.for_detail().get(pk=order.pk)
        body = order_body(request, order, is_owner=access.is_owner, shows_token=access.has_token)
        return ApiResponse(body, message=_("Order canceled."))


class OrderLookupView(ShopView):
    """`/api/orders/lookup`: for guests, by number and e-mail."""

    permission_classes = [AllowAny]
    throttle_classes = [LoginThrottle]

    @extend_schema(
        operation_id="orders_lookup",
        tags=["orders"],
        request=LookupInput,
        responses=OrderSerializer,
    )
    def post(self, request: Request) -> Response:
        """Find an order by its number and the e-mail it was placed with; without full addresses."""
        data = self.read_input(LookupInput)
        order = Order.objects.find(data["number"], data["email"]).for_detail().first()
        if order is None:
            raise NotFound
        hide_private_details(order)
        body = order_body(request, order, is_owner=False, is_masked=True)
        return Response(body)


class FulfillmentView(ShopView):
    """`/api/orders/{number}/fulfillments`, for staff who ship."""

    permission_classes = [needs(POST=STAFF_ACTS[Act.FULFILL])]

    @extend_schema(
        operation_id="orders_fulfill",
        tags=["orders"],
        request=FulfillOrderInput,
        responses={201: FulfillmentSerializer},
    )
    @idempotent(required=False)
    def post(self, request: Request, number: str) -> Response:
        """Ship all that is left of an order, or the named items."""
        order = staff_order(number)
        data = self.read_input(FulfillOrderInput)
        wanted = data.pop("items", None)
        quantities = None if wanted is None else units_by_item(order, wanted)
        parcel = fulfill_order(
            order, quantities=quantities, **data, actor=self.actor, at=timezone.now()
        )
        return ApiResponse(FulfillmentSerializer(parcel).data, message=_("Shipped."), status=201)


def units_by_item(order: Order, wanted: list[dict[str, Any]]) -> dict[int, int]:
    """SKUs and units as item id → units. Raises `Invalid` for a SKU that is not in the order."""
    ids = {item.product_sku: item.pk for item in order.items.all()}
    quantities: dict[int, int] = {}
    for part in wanted:
        if part["sku"] not in ids:
            raise Invalid(errors={"items": [_("This item is not in the order.")]})
        pk = ids[part["sku"]]
        quantities[pk] = quantities.get(pk, 0) + part["quantity"]
    return quantities


class NoteView(ShopView):
    """`/api/orders/{number}/notes`, for staff."""

    permission_classes = [needs(POST=STAFF_ACTS[Act.NOTE])]

    @extend_schema(
        operation_id="orders_add_note",
        tags=["orders"],
        request=NoteInput,
        responses={201: OrderEventSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Write a note into an order's timeline."""
        order = staff_order(number)
        data = self.read_input(NoteInput)
        event = add_note(order, **data, actor=self.actor, at=timezone.now())
        return ApiResponse(OrderEventSerializer(event).data, message=_("Noted."), status=201)
