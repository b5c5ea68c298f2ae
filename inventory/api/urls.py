"""Routes of stock under `/api/`."""

from inventory.api.views import MovementViewSet, StockViewSet
from shop.api.routes import route

urlpatterns = [
    route("stock", StockViewSet.as_view({"get": "list"}), name="stock"),
    route("stock/<str:sku>", StockViewSet.as_view({"get": "retrieve"}), name="stock-item"),
    route("stock/<str:sku>/adjust", StockViewSet.as_view({"post": "adjust"}), name="stock-adjust"),
    route(
        "stock/<str:sku>/movements",
        MovementViewSet.as_view({"get": "list"}),
        name="stock-movements",
    ),
]
