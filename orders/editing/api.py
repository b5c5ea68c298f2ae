"""`/api/orders/{number}/edits`: staff look at a change of an order, and make it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from orders.access import staff_order
from orders.api_access import OrderRoutes
from orders.editing.changes import EditPreview, OrderChange
from orders.editing.services import edit_order, preview_edit
from orders.permissions import STAFF_ACTS
from orders.serializers import AddressInput, OrderSerializer
from orders.states import Act
from shop.api.etags import conditional
from shop.api.fields import CleanCharField, QuantityField, StrictIntegerField, StrictSerializer
from shop.api.idempotency import idempotent
from shop.api.permissions import needs
from shop.api.schema import ETAG
from shop.core.errors import Invalid
from shop.core.money import from_wire, to_wire
from shop.core.permissions import require


class EditItemInput(StrictSerializer):
    """So many units of a SKU from now on: 0 takes it out, one that the order lacks is added."""

    sku = CleanCharField(max_length=64)
    quantity = QuantityField(min_value=0)


class EditPreviewInput(StrictSerializer):
    """What is to be different. SKUs that are not named stay as they are."""

    items = EditItemInput(many=True, required=False, allow_empty=False)
    shipping_address = AddressInput(required=False)
    shipping_method = CleanCharField(max_length=40, required=False)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each SKU once."""
        if len({part["sku"] for part in items}) != len(items):
            raise serializers.ValidationError(_("Send each SKU only once."))
        return items


class EditInput(EditPreviewInput):
    """A change with the total of its preview; another total, or another `version`,
    is refused with 409.
    """

    expected_total = CleanCharField(max_length=24)
    version = StrictIntegerField(required=False, min_value=1)
    reason = CleanCharField(max_length=250, required=False, allow_blank=True, default="")

    def to_internal_value(self, data: Any) -> Any:
        """With `expected_total_minor` in the order's currency."""
        fields = super().to_internal_value(data)
        try:
            expected = from_wire(fields.pop("expected_total"), self.context["currency"])
        except Invalid as refusal:
            raise serializers.ValidationError({"expected_total": [refusal.message]}) from refusal
        fields["expected_total_minor"] = expected
        return fields


class EditLineSerializer(serializers.Serializer[Any]):
    """A line before and after."""

    sku = serializers.CharField()
    product_name = serializers.CharField()
    variant_label = serializers.CharField()
    unit_price = serializers.CharField()
    quantity_before = serializers.IntegerField()
    quantity = serializers.IntegerField()
    discount_before = serializers.CharField()
    discount = serializers.CharField()
    total_before = serializers.CharField()
    total = serializers.CharField()
    tax_before = serializers.CharField()
    tax = serializers.CharField()


class EditFigureSerializer(serializers.Serializer[Any]):
    """A figure of the order before and after, and why."""

    key = serializers.CharField()
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    reason = serializers.CharField()


class EditProblemSerializer(serializers.Serializer[Any]):
    """What would be refused."""

    code = serializers.CharField()
    message = serializers.CharField()


class EditPreviewSerializer(serializers.Serializer[Any]):
    """What a change would come to."""

    version = serializers.IntegerField()
    currency = serializers.CharField()
    items = EditLineSerializer(many=True)
    figures = EditFigureSerializer(many=True)
    total_before = serializers.CharField()
    total = serializers.CharField()
    difference = serializers.CharField()
    due = serializers.CharField()
    goes_back = serializers.CharField()
    notices = serializers.ListField(child=serializers.CharField())
    problems = EditProblemSerializer(many=True)
    is_possible = serializers.BooleanField()


def preview_body(preview: EditPreview) -> dict[str, Any]:
    """A preview on the wire's terms."""

    def wire(minor: int) -> str:
        return to_wire(minor, preview.currency)

    return {
        "version": preview.version,
        "currency": preview.currency,
        "items": [
            {
                "sku": line.sku,
                "product_name": line.name,
                "variant_label": line.label,
                "unit_price": wire(line.unit_price_minor),
                "quantity_before": line.quantity_before,
                "quantity": line.quantity,
                "discount_before": wire(line.discount_before_minor),
                "discount": wire(line.discount_minor),
                "total_before": wire(line.total_before_minor),
                "total": wire(line.total_minor),
                "tax_before": wire(line.tax_before_minor),
                "tax": wire(line.tax_minor),
            }
            for line in preview.lines
        ],
        "figures": [
            {
                "key": figure.key,
                "name": figure.label,
                "before": wire(figure.before_minor),
                "after": wire(figure.after_minor),
                "reason": figure.reason,
            }
            for figure in preview.figures
        ],
        "total_before": wire(preview.total_before_minor),
        "total": wire(preview.total_minor),
        "difference": wire(preview.difference_minor),
        "due": wire(preview.due_minor),
        "goes_back": wire(preview.back_minor),
        "notices": list(preview.notices),
        "problems": [
            {"code": problem.code, "message": problem.message} for problem in preview.problems
        ],
        "is_possible": preview.is_possible,
    }


def _change(data: dict[str, Any]) -> OrderChange:
    return OrderChange(
        quantities={part["sku"]: part["quantity"] for part in data.pop("items", [])},
        shipping_address=data.pop("shipping_address", None),
        shipping_method=data.pop("shipping_method", None),
    )


class EditViewSet(OrderRoutes):
    """`/api/orders/{number}/edits…`, for staff."""

    permission_classes = [needs(POST=STAFF_ACTS[Act.EDIT])]

    @extend_schema(
        operation_id="orders_edit",
        tags=["orders"],
        request=EditInput,
        responses={200: OrderSerializer},
        parameters=[ETAG],
    )
    @idempotent(required=True)
    @conditional
    def create(self, request: Request, number: str) -> Response:
        """Change an order; of which nothing has been shipped. What is paid too much goes back.

        Where something goes back, this needs the right to refund as well.
        """
        order = staff_order(number)
        data = self.read_input(EditInput, currency=order.currency)
        edit_order(
            order,
            _change(data),
            **data,
            actor=self.actor,
            at=timezone.now(),
            authorize=partial(require, request.user),
        )
        return self.answer_shown(self.shown(number), message=_("Order updated."))

    @extend_schema(
        operation_id="orders_edit_preview",
        tags=["orders"],
        request=EditPreviewInput,
        responses=EditPreviewSerializer,
    )
    @action(detail=False, methods=["post"])
    @conditional
    def preview(self, request: Request, number: str) -> Response:
        """Preview a change of an order. Nothing is written."""
        order = staff_order(number)
        data = self.read_input(EditPreviewInput)
        return Response(preview_body(preview_edit(order, _change(data), at=timezone.now())))
