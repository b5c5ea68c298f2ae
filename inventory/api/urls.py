"""Routes of stock under `/api/`."""

from inventory.api.views import MovementViewSet, StockViewSet
from shop.api.routes import ShopRouter

router = ShopRouter()
router.register("stock", StockViewSet, basename="stock")
router.register("stock/<str:sku>/movements", MovementViewSet, basename="movement")

urlpatterns = router.urls
