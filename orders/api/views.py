"""The orders' routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from cart.sessions import current_cart
from orders.access import staff_order
from orders.api_access import TOKEN_HEADER, OrderRoute, order_access, order_body
from orders.cancellation import cancel_order
from orders.checkout import CheckoutData, place_order
from orders.checkout.limits import require_order_allowance
from orders.disclosure import hide_private_details
from orders.errors import CartEmpty
from orders.fulfillment import change_tracking, fulfill_order
from orders.models import Order
from orders.permissions import ORDERS, STAFF_ACTS
from orders.serializers import (
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
    TrackingInput,
)
from orders.states import Act
from orders.timeline import add_note
from shop.api.etags import conditional
from shop.api.fields import QuerySerializer
from shop.api.idempotency import idempotent
from shop.api.pagination import PagePagination
from shop.api.permissions import AllowAny, IsAuthenticated, needs, own_or
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG, LOCATION
from shop.api.shapes import represent_all
from shop.api.throttling import LoginThrottle
from shop.api.views import ShopView
from shop.core.errors import Invalid, NotFound

CART_TOKEN = OpenApiParameter(
    name="X-Cart-Token",
    location=OpenApiParameter.HEADER,
    description="The secret token of a guest's cart.",
)


class OrderListView(ShopView):
    """`/api/orders`: one's own orders, all of them for staff with the right; placing an order."""

    permission_classes = [own_or(GET=ORDERS.view)]
    pagination_class = PagePagination

    @property
    def query_class(self) -> type[QuerySerializer]:  # type: ignore[override] # by method
        """The list takes filters, placing an order does not."""
        return OrderListQuery if self.request.method in SAFE_METHODS else OrderQuery

    def get_permissions(self) -> Sequence[Any]:
        """Reading the list needs sign-in, placing an order does not."""
        if self.request.method in SAFE_METHODS:
            return [IsAuthenticated()]
        return super().get_permissions()

    @extend_schema(
        operation_id="orders_list",
        tags=["orders"],
        responses=OrderListSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List orders; the caller's own, newest first. Staff with the right see all."""
        orders = Order.objects.visible_to(request.user)
        if status := self.query.get("status"):
            orders = orders.filter(status=status)
        if text := self.query.get("q"):
            orders = orders.containing(text)
        paginator = self.pagination_class()
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
        parameters=[CART_TOKEN, ETAG, LOCATION],
    )
    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        """Place an order; of what is in the caller's cart."""
        cart = current_cart(request)
        if cart is None:
            raise CartEmpty
        data = self.read_input(PlaceOrderInput, currency=cart.currency)
        require_order_allowance(request)
        order = place_order(
            cart, CheckoutData(**data, channel="api"), actor=self.actor, at=timezone.now()
        )
        is_guest = not request.user.is_authenticated
        body = order_body(
            request,
            order,
            is_owner=True,
            shows_token=is_guest,
            explains=self.query.get("explain", False),
        )
        location = f"/api/orders/{order.number}"
        return self.answer_shown(body, message=_("Order placed."), status=201, Location=location)


class OrderDetailView(OrderRoute):
    """`/api/orders/{number}`."""

    permission_classes = [own_or(GET=ORDERS.view)]
    query_class = OrderQuery

    @extend_schema(
        operation_id="orders_retrieve",
        tags=["orders"],
        responses=OrderSerializer,
        parameters=[TOKEN_HEADER, ETAG],
    )
    def get(self, request: Request, number: str) -> Response:
        """Read an order; the caller's own, a guest's by its token, any for staff."""
        return self.answer_shown(self.shown(number))


class OrderCancelView(OrderRoute):
    """`/api/orders/{number}/cancel`."""

    permission_classes = [own_or(POST=STAFF_ACTS[Act.CANCEL])]

    @extend_schema(
        operation_id="orders_cancel",
        tags=["orders"],
        request=CancelOrderInput,
        responses=OrderSerializer,
        parameters=[TOKEN_HEADER, ETAG],
    )
    @idempotent(required=False)
    @conditional
    def post(self, request: Request, number: str) -> Response:
        """Cancel an order; of which nothing has been shipped. What was paid goes back.

        Staff who cancel an order that was paid need the right to refund as well.
        """
        access = order_access(request, number, act=self.staff_act)
        data = self.read_input(CancelOrderInput)
        cancel_order(
            access.order,
            **data,
            actor=self.actor,
            at=timezone.now(),
            authorize=access.require_staff,
        )
        return self.answer_shown(self.shown(number), message=_("Order canceled."))


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
        """Find an order by its number and e-mail; without full addresses."""
        data = self.read_input(LookupInput)
        order = Order.objects.find(data["number"], data["email"]).for_detail().first()
        if order is None:
            raise NotFound
        hide_private_details(order)
        body = order_body(request, order, is_owner=False, is_masked=True)
        return Response(body)


class FulfillmentView(OrderRoute):
    """`/api/orders/{number}/fulfillments`, for staff who ship."""

    permission_classes = [needs(POST=STAFF_ACTS[Act.FULFILL])]

    @extend_schema(
        operation_id="orders_fulfill",
        tags=["orders"],
        request=FulfillOrderInput,
        responses={201: FulfillmentSerializer},
    )
    @idempotent(required=False)
    @conditional
    def post(self, request: Request, number: str) -> Response:
        """Ship an order; all that is left of it, or the named items."""
        order = staff_order(number)
        data = self.read_input(FulfillOrderInput)
        wanted = data.pop("items", None)
        quantities = None if wanted is None else units_by_item(order, wanted)
        parcel = fulfill_order(
            order, quantities=quantities, **data, actor=self.actor, at=timezone.now()
        )
        return ApiResponse(
            FulfillmentSerializer(parcel).data, message=_("Order shipped."), status=201
        )


class ParcelView(OrderRoute):
    """`/api/orders/{number}/fulfillments/{parcel}`, for staff who ship."""

    permission_classes = [needs(PATCH=STAFF_ACTS[Act.FULFILL])]

    @extend_schema(
        operation_id="orders_change_tracking",
        tags=["orders"],
        request=TrackingInput,
        responses={200: FulfillmentSerializer},
    )
    @conditional
    def patch(self, request: Request, number: str, parcel: int) -> Response:
        """Add or correct the tracking of a parcel; what is left out stays."""
        order = staff_order(number)
        data = self.read_input(TrackingInput)
        sent = order.fulfillments.filter(number=parcel).first()
        if sent is None:
            raise NotFound
        shown = {name: getattr(sent, name) for name in TrackingInput().fields}
        changed = change_tracking(
            order, number=parcel, **(shown | data), actor=self.actor, at=timezone.now()
        )
        return ApiResponse(FulfillmentSerializer(changed).data, message=_("Tracking updated."))


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


class NoteView(OrderRoute):
    """`/api/orders/{number}/notes`, for staff."""

    permission_classes = [needs(POST=STAFF_ACTS[Act.NOTE])]

    @extend_schema(
        operation_id="orders_add_note",
        tags=["orders"],
        request=NoteInput,
        responses={201: OrderEventSerializer},
    )
    @idempotent(required=False)
    @conditional
    def post(self, request: Request, number: str) -> Response:
        """Add a note to an order's timeline."""
        order = staff_order(number)
        data = self.read_input(NoteInput)
        event = add_note(order, **data, actor=self.actor, at=timezone.now())
        return ApiResponse(OrderEventSerializer(event).data, message=_("Note added."), status=201)
