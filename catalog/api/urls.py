"""Routes of the catalog under `/api/`."""

from typing import Any

from catalog.api.categories import CategoryViewSet
from catalog.api.makers import MakerViewSet, ProductTypeViewSet
from catalog.api.products import ProductViewSet, SuggestView
from catalog.api.variants import ImageViewSet, VariantViewSet
from shop.api.routes import ShopRouter, route

LIST: dict[str, Any] = {"get": "list", "post": "create"}
DETAIL: dict[str, Any] = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}

router = ShopRouter()
router.register("makers", MakerViewSet, basename="maker")
router.register("product-types", ProductTypeViewSet, basename="product-type")

urlpatterns = [
    *router.urls,
    route("categories", CategoryViewSet.as_view(LIST), name="categories"),
    route("categories/<str:ref>", CategoryViewSet.as_view(DETAIL), name="category"),
    route("products", ProductViewSet.as_view(LIST), name="products"),
    route("products/suggest", SuggestView.as_view(), name="products-suggest"),
    route("products/<str:ref>", ProductViewSet.as_view(DETAIL), name="product"),
    route("products/<str:ref>/variants", VariantViewSet.as_view(LIST), name="variants"),
    route(
        "products/<str:ref>/variants/<int:pk>",
        VariantViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="variant",
    ),
    route("products/<str:ref>/images", ImageViewSet.as_view(LIST), name="images"),
    route(
        "products/<str:ref>/images/<int:pk>",
        ImageViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="image",
    ),
]
