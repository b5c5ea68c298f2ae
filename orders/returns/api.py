"""The routes of returns: shoppers ask and cancel, staff answer and receive."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import staff_order
from orders.api_access import TOKEN_HEADER, OrderRoutes, order_access
from orders.models import Order, Return
from orders.permissions import STAFF_ACTS
from orders.returns.serializers import (
    ApproveReturnInput,
    CloseReturnInput,
    DeclineReturnInput,
    ReceiveReturnInput,
    RequestReturnInput,
)
from orders.returns.services import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    close_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.serializers import ReturnSerializer
from orders.states import Act, ReturnKind
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import needs, own_or
from shop.api.renderers import ApiResponse
from shop.core.errors import Invalid, NotFound


def return_of(order: Order, number: str) -> Return:
    """The return of this number, if it is the order's. Raises `NotFound`."""
    claim = Return.objects.for_detail().filter(order=order, number=number).first()
    if claim is None:
        raise NotFound
    return claim


def return_body(claim: Return) -> dict[str, Any]:
    """A return on the wire, as it stands now."""
    return dict(ReturnSerializer(Return.objects.for_detail().get(pk=claim.pk)).data)


class ReturnViewSet(OrderRoutes):
    """`/api/orders/{number}/returns…`: shoppers ask and cancel, staff answer and receive."""

    permission_classes = [own_or(POST=STAFF_ACTS[Act.REQUEST_RETURN])]
    lookup_url_kwarg = "return_number"

    @extend_schema(
        operation_id="orders_request_return",
        tags=["returns"],
        request=RequestReturnInput,
        responses={201: ReturnSerializer},
        parameters=[TOKEN_HEADER],
    )
    @idempotent(required=False)
    @conditional
    def create(self, request: Request, number: str) -> Response:
        """Request a return; or withdraw from an order in part."""
        access = order_access(request, number, act=self.staff_act)
        access.require_staff(self.staff_act)
        data = self.read_input(RequestReturnInput)
        claim = request_return(
            access.order,
            items=_wanted(access.order, data["items"]),
            kind=ReturnKind(data["kind"]),
            note=data["note"],
            actor=self.actor,
            at=timezone.now(),
        )
        return ApiResponse(return_body(claim), message=_("Return requested."), status=201)

    @extend_schema(
        operation_id="returns_cancel",
        tags=["returns"],
        request=None,
        responses=ReturnSerializer,
        parameters=[TOKEN_HEADER],
    )
    @action(detail=True, methods=["post"])
    @idempotent(required=False)
    @conditional
    def cancel(self, request: Request, number: str, return_number: str) -> Response:
        """Cancel a return; of which nothing has arrived."""
        access = order_access(request, number, act=self.staff_act)
        claim = return_of(access.order, return_number)
        access.require_staff(self.staff_act)
        claim = cancel_return(claim, actor=self.actor, at=timezone.now())
        return ApiResponse(return_body(claim), message=_("Return canceled."))

    @extend_schema(
        operation_id="returns_approve",
        tags=["returns"],
        request=ApproveReturnInput,
        responses=ReturnSerializer,
    )
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[needs(POST=STAFF_ACTS[Act.ANSWER_RETURN])],
    )
    @idempotent(required=False)
    @conditional
    def approve(self, request: Request, number: str, return_number: str) -> Response:
        """Approve a return; all that was asked for, or some of it.

        The shopper gets instructions.
        """
        claim = return_of(staff_order(number), return_number)
        data = self.read_input(ApproveReturnInput)
        wanted = data.get("items")
        named = dict(zip(_rows(claim, wanted), wanted, strict=True)) if wanted else {}
        claim = approve_return(
            claim,
            quantities={pk: part["quantity"] for pk, part in named.items()} if wanted else None,
            instead={
                pk: part["replacement_sku"]
                for pk, part in named.items()
                if "replacement_sku" in part
            },
            message=data["message"],
            actor=self.actor,
            at=timezone.now(),
        )
        return ApiResponse(return_body(claim), message=_("Return approved."))

    @extend_schema(
        operation_id="returns_decline",
        tags=["returns"],
        request=DeclineReturnInput,
        responses=ReturnSerializer,
    )
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[needs(POST=STAFF_ACTS[Act.ANSWER_RETURN])],
    )
    @idempotent(required=False)
    @conditional
    def decline(self, request: Request, number: str, return_number: str) -> Response:
        """Decline a return; with a reason that the shopper reads."""
        claim = return_of(staff_order(number), return_number)
        data = self.read_input(DeclineReturnInput)
        claim = decline_return(claim, **data, actor=self.actor, at=timezone.now())
        return ApiResponse(return_body(claim), message=_("Return declined."))

    @extend_schema(
        operation_id="returns_close",
        tags=["returns"],
        request=CloseReturnInput,
        responses=ReturnSerializer,
    )
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[needs(POST=STAFF_ACTS[Act.ANSWER_RETURN])],
    )
    @idempotent(required=False)
    @conditional
    def close(self, request: Request, number: str, return_number: str) -> Response:
        """Close a return; what has not arrived is no longer expected."""
        claim = return_of(staff_order(number), return_number)
        data = self.read_input(CloseReturnInput)
        claim = close_return(claim, **data, actor=self.actor, at=timezone.now())
        return ApiResponse(return_body(claim), message=_("Return closed."))

    @extend_schema(
        operation_id="returns_receive",
        tags=["returns"],
        request=ReceiveReturnInput,
        responses=ReturnSerializer,
    )
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[needs(POST=STAFF_ACTS[Act.RECEIVE_RETURN])],
    )
    @idempotent(required=True)
    @conditional
    def receive(self, request: Request, number: str, return_number: str) -> Response:
        """Receive a parcel of a return; stock and credit follow, and the money
        goes back the way it came.
        """
        order = staff_order(number)
        claim = return_of(order, return_number)
        data = self.read_input(ReceiveReturnInput, currency=order.currency)
        parts = data["items"]
        receive_return(
            claim,
            units={
                pk: Arrived(part["restock"], part["write_off"])
                for pk, part in zip(_rows(claim, parts), parts, strict=True)
            },
            deduction_minor=data["deduction"],
            include_shipping=data["include_shipping"],
            message=data["message"],
            actor=self.actor,
            at=timezone.now(),
        )
        return ApiResponse(return_body(claim), message=_("Return received."))


def _wanted(order: Order, parts: list[dict[str, Any]]) -> list[Wanted]:
    """Each SKU once. Raises `Invalid` for one that is not in the order, or is named twice."""
    ids = {item.product_sku: item.pk for item in order.items.all()}
    skus = [part["sku"] for part in parts]
    if len(set(skus)) < len(skus):
        raise Invalid(errors={"items": [_("Send each item only once.")]})
    if not set(skus) <= set(ids):
        raise Invalid(errors={"items": [_("This item is not in the order.")]})
    return [
        Wanted(ids[part["sku"]], part["quantity"], part.get("reason", ""), part["replacement_sku"])
        for part in parts
    ]


def _rows(claim: Return, parts: list[dict[str, Any]]) -> list[int]:
    """The return's items that SKUs name, in their order. Raises `Invalid` as `_wanted` does."""
    sold = {item.pk: item.product_sku for item in claim.order.items.all()}
    ids = {sold[row.order_item_id]: row.pk for row in claim.items.all()}
    skus = [part["sku"] for part in parts]
    if len(set(skus)) < len(skus):
        raise Invalid(errors={"items": [_("Send each item only once.")]})
    if not set(skus) <= set(ids):
        raise Invalid(errors={"items": [_("This item is not in the return.")]})
    return [ids[sku] for sku in skus]
