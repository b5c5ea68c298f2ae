"""Routes of the cart."""

from __future__ import annotations

from cart.api import views
from shop.api.routes import route

urlpatterns = [
    route("cart", views.CartRoute.as_view(), name="api-cart"),
    route("cart/items", views.CartItemsRoute.as_view(), name="api-cart-items"),
    route("cart/items/<int:item_id>", views.CartItemRoute.as_view(), name="api-cart-item"),
    route("cart/coupon", views.CartCouponRoute.as_view(), name="api-cart-coupon"),
    route("cart/gift-cards", views.CartGiftCardsRoute.as_view(), name="api-cart-gift-cards"),
    route("cart/merge", views.CartMergeRoute.as_view(), name="api-cart-merge"),
    route("cart/quote", views.CartQuoteRoute.as_view(), name="api-cart-quote"),
]
