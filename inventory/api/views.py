"""`/api/stock/…`: levels, adjustments and movements, for staff."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api import serializers as shapes
from inventory.errors import UnknownSku
from inventory.models import Movement, StockItem
from inventory.permissions import MOVEMENTS, STOCK
from inventory.querysets import StockItemQuerySet
from inventory.services import adjust_stock
from shop.core.api.idempotency import idempotent
from shop.core.api.permissions import needs
from shop.core.api.views import ShopViewSet


class StockViewSet(ShopViewSet):
    """Stock by SKU, for staff."""

    serializer_class = shapes.StockItemSerializer
    permission_classes = [needs(GET=STOCK.view, POST=STOCK.change)]
    query_class = shapes.StockQuery

    def get_queryset(self) -> StockItemQuerySet:
        """The items that the query asks for, by SKU."""
        items = StockItem.objects.order_by("sku")
        if self.query.get("low"):
            items = items.low()
        if self.query.get("sold_out"):
            items = items.sold_out()
        if start := self.query.get("q"):
            items = items.filter(sku__startswith=start)
        return items

    @extend_schema(operation_id="stock_list", tags=["inventory"], parameters=[shapes.StockQuery])
    def list(self, request: Request) -> Response:
        """All items, or those that run low, are sold out, or begin alike."""
        return self.respond_page(self.get_queryset())

    @extend_schema(operation_id="stock_detail", tags=["inventory"])
    def retrieve(self, request: Request, sku: str) -> Response:
        """One item."""
        return self.respond(self._item(sku))

    @extend_schema(
        operation_id="stock_adjust",
        tags=["inventory"],
        request=shapes.AdjustInput,
        responses={200: shapes.StockItemSerializer},
    )
    @idempotent(required=True)
    def adjust(self, request: Request, sku: str) -> Response:
        """Add, take away or set what is on hand, with a reason. Needs an Idempotency-Key."""
        data = self.read_input(shapes.AdjustInput)
        item = adjust_stock(
            self._item(sku).sku,
            delta=data.get("quantity"),
            set_to=data.get("set_to"),
            reason=data["reason"],
            kind=data["kind"],
            reference=data["reference"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.respond(item)

    def _item(self, sku: str) -> StockItem:
        item = StockItem.objects.filter(sku=sku).first()
        if item is None:
            raise UnknownSku(sku=sku)
        return item


class MovementViewSet(ShopViewSet):
    """What came and went of one item, for staff."""

    serializer_class = shapes.MovementSerializer
    permission_classes = [needs(GET=MOVEMENTS.view)]
    queryset = Movement.objects.none()

    @extend_schema(operation_id="stock_movements", tags=["inventory"])
    def list(self, request: Request, sku: str) -> Response:
        """The movements of an item, newest first."""
        if not StockItem.objects.filter(sku=sku).exists():
            raise UnknownSku(sku=sku)
        return self.respond_page(Movement.objects.for_sku(sku))
