"""`/api/stock/…`: levels, adjustments and movements, for staff."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.api import serializers as shapes
from inventory.errors import UnknownSku
from inventory.models import Movement, StockItem
from inventory.permissions import MOVEMENTS, STOCK
from inventory.querysets import StockItemQuerySet
from inventory.services import adjust_stock
from shop.api.etags import conditional
from shop.api.idempotency import idempotent
from shop.api.permissions import needs
from shop.api.schema import ETAG
from shop.api.views import ShopViewSet


class StockViewSet(ShopViewSet):
    """Stock by SKU, for staff."""

    serializer_class = shapes.StockItemSerializer
    permission_classes = [needs(GET=STOCK.view, POST=STOCK.change)]
    query_classes = {"list": shapes.StockQuery}
    lookup_field = "sku"

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

    @extend_schema(operation_id="stock_list", tags=["inventory"])
    def list(self, request: Request) -> Response:
        """List stock items; all of them, or those that run low, are sold out, or begin alike."""
        return self.respond_page(self.get_queryset())

    @extend_schema(operation_id="stock_detail", tags=["inventory"], parameters=[ETAG])
    def retrieve(self, request: Request, sku: str) -> Response:
        """Read a stock item."""
        return self.respond(self._item(sku))

    @extend_schema(
        operation_id="stock_adjust",
        tags=["inventory"],
        request=shapes.AdjustInput,
        parameters=[ETAG],
        responses={200: shapes.StockItemSerializer},
    )
    @action(detail=True, methods=["post"])
    @idempotent(required=True)
    @conditional
    def adjust(self, request: Request, sku: str) -> Response:
        """Adjust what is on hand; by a difference or to a number counted, with a reason."""
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

    def hold_shown(self, sku: str) -> None:
        """Lock the item until the transaction ends. Raises `UnknownSku`."""
        StockItem.objects.locked().get(pk=self._item(sku).pk)

    def shown(self, sku: str) -> dict[str, Any]:
        """The item as reading it gives. Raises `UnknownSku`."""
        return self.represented(self._item(sku))

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
        """List the movements of an item; newest first."""
        if not StockItem.objects.filter(sku=sku).exists():
            raise UnknownSku(sku=sku)
        return self.respond_page(Movement.objects.for_sku(sku))
