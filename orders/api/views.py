"""The orders' routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cart.sessions import current_cart
from orders.access import staff_order
from orders.api.serializers import (
    CancelOrderInput,
    LookupInput,
    NoteInput,
    OrderListQuery,
    OrderQuery,
    PlaceOrderInput,
)
from orders.api_access import TOKEN_HEADER, OrderRoutes, order_access, order_body
from orders.cancellation import cancel_order
from orders.checkout import CheckoutData, place_order
from orders.checkout.limits import require_order_allowance
from orders.disclosure import hide_private_details
from orders.errors import CartEmpty
from orders.models import Order
from orders.permissions import ORDERS, STAFF_ACTS
from orders.serializers import OrderEventSerializer, OrderListSerializer, OrderSerializer
from orders.states import Act
from orders.timeline import add_note
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import AllowAny, IsAuthenticated, needs, own_or
from shop.api.renderers import ApiResponse
from shop.api.schema import ETAG, LOCATION
from shop.api.shapes import represent_all
from shop.api.throttling import LoginThrottle
from shop.core.errors import NotFound

CART_TOKEN = OpenApiParameter(
    name="X-Cart-Token",
    location=OpenApiParameter.HEADER,
    description="The secret token of a guest's cart.",
)


class OrderViewSet(OrderRoutes):
    """`/api/orders…`: one's own orders, all of them for staff with the right; placing an order."""

    permission_classes = [own_or(GET=ORDERS.view)]
    query_classes = {"list": OrderListQuery, "create": OrderQuery, "retrieve": OrderQuery}

    def get_permissions(self) -> Sequence[Any]:
        """Reading the list needs sign-in, placing an order does not."""
        if self.action == "list":
            return [IsAuthenticated()]
        return super().get_permissions()

    @extend_schema(
        operation_id="orders_list",
        tags=["orders"],
        responses=OrderListSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """List orders; the caller's own, newest first. Staff with the right see all."""
        orders = Order.objects.visible_to(request.user)
        if status := self.query.get("status"):
            orders = orders.filter(status=status)
        if text := self.query.get("q"):
            orders = orders.containing(text)
        rows: Any = self.paginate_queryset(orders.for_list().order_by("-placed_at", "-pk"))
        return self.get_paginated_response(
            represent_all(OrderListSerializer, rows, request=request)
        )

    @extend_schema(
        operation_id="orders_place",
        tags=["orders"],
        request=PlaceOrderInput,
        responses={201: OrderSerializer},
        parameters=[CART_TOKEN, ETAG, LOCATION],
    )
    @idempotent(required=True)
    def create(self, request: Request) -> Response:
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

    @extend_schema(
        operation_id="orders_retrieve",
        tags=["orders"],
        responses=OrderSerializer,
        parameters=[TOKEN_HEADER, ETAG],
    )
    def retrieve(self, request: Request, number: str) -> Response:
        """Read an order; the caller's own, a guest's by its token, any for staff."""
        return self.answer_shown(self.shown(number))

    @extend_schema(
        operation_id="orders_cancel",
        tags=["orders"],
        request=CancelOrderInput,
        responses=OrderSerializer,
        parameters=[TOKEN_HEADER, ETAG],
    )
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[own_or(POST=STAFF_ACTS[Act.CANCEL])],
    )
    @idempotent(required=False)
    @conditional
    def cancel(self, request: Request, number: str) -> Response:
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

    @extend_schema(
        operation_id="orders_lookup",
        tags=["orders"],
        request=LookupInput,
        responses=OrderSerializer,
    )
    @action(
        detail=False,
        methods=["post"],
        permission_classes=[AllowAny],
        throttle_classes=[LoginThrottle],
    )
    def lookup(self, request: Request) -> Response:
        """Find an order by its number and e-mail; without full addresses."""
        data = self.read_input(LookupInput)
        order = Order.objects.find(data["number"], data["email"]).for_detail().first()
        if order is None:
            raise NotFound
        hide_private_details(order)
        body = order_body(request, order, is_owner=False, is_masked=True)
        return Response(body)

    @extend_schema(
        operation_id="orders_add_note",
        tags=["orders"],
        request=NoteInput,
        responses={201: OrderEventSerializer},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="notes",
        permission_classes=[needs(POST=STAFF_ACTS[Act.NOTE])],
    )
    @idempotent(required=False)
    @conditional
    def add_note(self, request: Request, number: str) -> Response:
        """Add a note to an order's timeline."""
        order = staff_order(number)
        data = self.read_input(NoteInput)
        event = add_note(order, **data, actor=self.actor, at=timezone.now())
        return ApiResponse(OrderEventSerializer(event).data, message=_("Note added."), status=201)
