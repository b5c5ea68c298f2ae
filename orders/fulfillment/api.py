"""The routes of an order's parcels, for staff who ship."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import staff_order
from orders.api_access import OrderRoutes
from orders.fulfillment.serializers import FulfillOrderInput, TrackingInput
from orders.fulfillment.services import change_tracking, fulfill_order
from orders.order_lines import units_by_item
from orders.permissions import STAFF_ACTS
from orders.serializers import FulfillmentSerializer
from orders.states import Act
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import needs
from shop.api.renderers import ApiResponse
from shop.core.errors import NotFound


class FulfillmentViewSet(OrderRoutes):
    """`/api/orders/{number}/fulfillments…`, for staff who ship."""

    permission_classes = [needs(POST=STAFF_ACTS[Act.FULFILL], PATCH=STAFF_ACTS[Act.FULFILL])]
    lookup_url_kwarg = "parcel"
    lookup_value_converter = "int"

    @extend_schema(
        operation_id="orders_fulfill",
        tags=["orders"],
        request=FulfillOrderInput,
        responses={201: FulfillmentSerializer},
    )
    @idempotent(required=False)
    @conditional
    def create(self, request: Request, number: str) -> Response:
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

    @extend_schema(
        operation_id="orders_change_tracking",
        tags=["orders"],
        request=TrackingInput,
        responses={200: FulfillmentSerializer},
    )
    @conditional
    def partial_update(self, request: Request, number: str, parcel: int) -> Response:
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
