"""Routes of the catalog under `/api/`."""

from catalog.api.categories import CategoryViewSet
from catalog.api.makers import MakerViewSet, ProductTypeViewSet
from catalog.api.products import ProductViewSet
from catalog.api.variants import ImageViewSet, VariantViewSet
from shop.api.routes import ShopRouter

router = ShopRouter()
router.register("makers", MakerViewSet, basename="maker")
router.register("product-types", ProductTypeViewSet, basename="product-type")
router.register("categories", CategoryViewSet, basename="category")
router.register("products", ProductViewSet, basename="product")
router.register("products/<str:ref>/variants", VariantViewSet, basename="variant")
router.register("products/<str:ref>/images", ImageViewSet, basename="image")

urlpatterns = router.urls
