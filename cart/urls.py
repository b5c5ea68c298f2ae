"""Addresses of the cart."""

from __future__ import annotations

from django.urls import include, path

from cart import views

cart_patterns = (
    [
        path("", views.detail, name="detail"),
        path("delivery/", views.delivery, name="delivery"),
        path("drawer/", views.drawer, name="drawer"),
        path("add/", views.add, name="add"),
        path("items/", views.update, name="update"),
        path("items/<int:item_id>/remove/", views.remove, name="remove"),
        path("items/<int:item_id>/save/", views.save, name="save"),
        path("coupon/", views.coupon, name="coupon"),
        path("gift-cards/remove/", views.remove_gift_card, name="gift-card-remove"),
        path("gift-cards/balance/", views.gift_card_balance, name="gift-card-balance"),
    ],
    "cart",
)
urlpatterns = [
    path("cart/", include(cart_patterns)),
    path("me/", views.me, name="me"),
    path("me/count.svg", views.count_picture, name="me-count"),
]
