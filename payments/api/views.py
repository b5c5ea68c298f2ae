"""The payments' routes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import staff_order
from orders.api_access import TOKEN_HEADER, OrderRoutes, order_access
from orders.errors import ActNotAllowed, AmountNotAccepted
from orders.models import Order
from orders.order_lines import units_by_item
from orders.payment import change_payment_method, other_payment_methods
from orders.permissions import ORDERS, STAFF_ACTS
from orders.states import Act
from payments import checkout, inbox, refunds, settlement
from payments.api.serializers import (
    MarkPaidInput,
    MethodsQuery,
    NextStepSerializer,
    PaidOrderSerializer,
    PayInput,
    PaymentMethodSerializer,
    RefundInput,
    RefundListSerializer,
    RefundSerializer,
)
from payments.checkout.return_urls import clean_return_url
from payments.errors import (
    CallbackInvalid,
    NothingToPay,
    NotPaidOnline,
    PaymentNotStarted,
    ProviderUnavailable,
)
from payments.ledger.locks import lock_payments
from payments.models import Payment
from payments.states import InboxState
from pricing.quotes import payment_methods
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import AllowAny, needs, own_or
from shop.api.renderers import ApiResponse
from shop.api.throttling import CallbackThrottle
from shop.api.views import ShopViewSet
from shop.core.errors import DomainError

MAX_CALLBACK_BYTES = 1_000_000


class OrderPaymentViewSet(OrderRoutes):
    """`/api/orders/{number}/…`: paying, and what staff do with an order's money."""

    def hold_shown(self, number: str, **_kwargs: Any) -> None:
        """Lock the order until the transaction ends; before it its payments, as
        `services.locks` says.
        """
        order = Order.objects.filter(number=number).first()
        if order is not None:
            lock_payments(order.pk)
        super().hold_shown(number)

    @extend_schema(
        operation_id="orders_pay",
        tags=["payments"],
        request=PayInput,
        responses=NextStepSerializer,
        parameters=[TOKEN_HEADER],
    )
    # Only the owner pays; staff who see the order are told that they may not.
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[own_or(POST=ORDERS.view)],
        further_failures=("402",),
    )
    def pay(self, request: Request, number: str) -> Response:
        """Start a payment; of what is due. The answer says where the shopper pays, or
        nothing for a transfer or cash.

        A refusal (`amount_not_accepted`, `provider_refused`, `provider_unavailable`) names the
        other `payment_methods` and `held_until`, the moment until which the order is held.
        """
        try:
            response = self._open(request, number=number)
            if not response.data["payment"]:
                response.data = {"next_url": ""}
                return response
            # The provider is called after the transaction that holds the key. Starting a payment
            # again leads to the same page, so a replay gets the same answer.
            payment = Payment.objects.select_related("order").get(pk=response.data["payment"])
            step = checkout.begin_payment(payment)
        except (AmountNotAccepted, PaymentNotStarted, ProviderUnavailable) as refusal:
            refusal.details |= _ways_out(number)
            raise
        response.data = {"next_url": step.url}
        return response

    pay.idempotency_required = True  # type: ignore[attr-defined]
    pay.is_conditional = True  # type: ignore[attr-defined]

    @idempotent(required=True)
    @conditional
    def _open(self, request: Request, number: str) -> Response:
        access = order_access(request, number, act=self.staff_act)
        data = self.read_input(PayInput)
        if not access.is_owner:
            raise ActNotAllowed
        order, now = access.order, timezone.now()
        if data["payment_method"] not in {"", order.payment_method_code}:
            order = change_payment_method(order, data["payment_method"], actor=self.actor, at=now)
            if not order.pays_online:
                # A refusal would undo the change.
                return ApiResponse({"payment": ""}, message=_("The payment method was changed."))
        if not order.pays_online:
            raise NotPaidOnline if order.to_pay_minor else NothingToPay(order_status=order.status)
        return_url = clean_return_url(data["return_url"]) or None
        payment = checkout.open_payment(order, return_url=return_url, at=now)
        return ApiResponse({"payment": str(payment.pk)}, message=_("Continue to payment."))

    @extend_schema(
        operation_id="orders_refund",
        tags=["payments"],
        request=RefundInput,
        responses={201: RefundListSerializer},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="refunds",
        permission_classes=[needs(POST=STAFF_ACTS[Act.REFUND])],
    )
    @idempotent(required=True)
    @conditional
    def refund(self, request: Request, number: str) -> Response:
        """Refund an order; an amount, items, or all that is left.

        The worker sends it to the provider.
        """
        order = staff_order(number)
        data = self.read_input(RefundInput, currency=order.currency)
        shipping = data.pop("shipping")
        wanted = data.pop("items", [] if shipping else None)
        made = refunds.refund_order(
            order,
            amount_minor=data.pop("amount", None),
            items=None if wanted is None else units_by_item(order, wanted),
            include_shipping=shipping,
            **data,
            actor=self.actor,
            at=timezone.now(),
        )
        body = {"refunds": RefundSerializer(made, many=True).data}
        return ApiResponse(body, message=_("Refund started."), status=201)

    @extend_schema(
        operation_id="orders_mark_paid",
        tags=["payments"],
        request=MarkPaidInput,
        responses=PaidOrderSerializer,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="mark-paid",
        permission_classes=[needs(POST=STAFF_ACTS[Act.MARK_PAID])],
    )
    @idempotent(required=True)
    @conditional
    def mark_paid(self, request: Request, number: str) -> Response:
        """Record money that came without a provider; all that is due, or an amount of it."""
        order = staff_order(number)
        data = self.read_input(MarkPaidInput, currency=order.currency)
        settlement.record_manual_payment(
            order,
            amount_minor=data.pop("amount", None),
            **data,
            actor=self.actor,
            at=timezone.now(),
        )
        body = PaidOrderSerializer(staff_order(number)).data
        return ApiResponse(body, message=_("Payment recorded."))


def _ways_out(number: str) -> dict[str, Any]:
    """What a client can do after a refusal: pay with one of these methods, as long
    as the order is held.
    """
    order = Order.objects.get(number=number)
    until = order.hold_expires_at
    return {
        "payment_methods": [method.code for method in other_payment_methods(order)],
        "held_until": until.isoformat() if until else None,
    }


class RawParser(BaseParser):
    """Leaves the body as it is: a signature covers the very bytes."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The bytes, at most one megabyte of them."""
        body: bytes = stream.read(MAX_CALLBACK_BYTES + 1)
        if len(body) > MAX_CALLBACK_BYTES:
            raise CallbackTooLarge
        return body


class CallbackTooLarge(DomainError):
    """A callback of more than a megabyte."""

    status = 413
    code = "too_large"


class PaymentViewSet(ShopViewSet):
    """`/api/payments/…`: the payment methods, and where providers call back."""

    permission_classes = [AllowAny]
    query_classes = {"methods": MethodsQuery}
    callback_throttle: CallbackThrottle

    @extend_schema(
        operation_id="payments_methods",
        tags=["payments"],
        responses=PaymentMethodSerializer(many=True),
    )
    @action(detail=False, pagination_class=None)
    def methods(self, request: Request) -> Response:
        """List the payment methods; those that the checkout offers for a country."""
        country = self.query.get("country", settings.SHOP_COUNTRY)
        offered = payment_methods(country=country)
        return Response(PaymentMethodSerializer(offered, many=True).data)

    @extend_schema(
        operation_id="payments_webhook",
        tags=["payments"],
        request={"application/json": OpenApiTypes.OBJECT},
        responses={200: OpenApiTypes.OBJECT, 202: OpenApiTypes.OBJECT},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="webhooks/<slug:provider>",
        authentication_classes=[],
        parser_classes=[RawParser],
        throttle_classes=[CallbackThrottle],
    )
    def webhook(self, request: Request, provider: str) -> Response:
        """Receive a provider's signed callback; 200 once settled or known, 202 if a
        person has to look at it.
        """
        raw: Any = request.data
        body = raw if isinstance(raw, bytes) else b""
        try:
            received = inbox.receive_event(
                provider, headers=request.headers, body=body, at=timezone.now()
            )
        except CallbackInvalid:
            self.callback_throttle.forgive(request)
            raise
        self.callback_throttle.forgive(request)
        quarantined = received.event.state == InboxState.QUARANTINED and not received.is_replay
        return ApiResponse(
            {"state": received.event.state, "replayed": received.is_replay},
            message=_("Received."),
            status=202 if quarantined else 200,
        )
