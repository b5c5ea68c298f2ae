"""Routes of the cart."""

from __future__ import annotations

from cart.api.views import CartItemViewSet, CartViewSet
from shop.api.routes import ShopRouter, SingletonRouter

singletons = SingletonRouter()
singletons.register("cart", CartViewSet, basename="cart")

router = ShopRouter()
router.register("cart/items", CartItemViewSet, basename="cart-item")

urlpatterns = singletons.urls + router.urls
