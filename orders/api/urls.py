"""Addresses of the orders' routes."""

from django.urls import URLPattern

from orders.api import views
from shop.core.api.routes import route

urlpatterns: list[URLPattern] = [
    route("orders", views.OrderListView.as_view(), name="orders"),
    route("orders/lookup", views.OrderLookupView.as_view(), name="order-lookup"),
    route("orders/<str:number>", views.OrderDetailView.as_view(), name="order"),
    route("orders/<str:number>/cancel", views.OrderCancelView.as_view(), name="order-cancel"),
    route(
        "orders/<str:number>/fulfillments",
        views.FulfillmentView.as_view(),
        name="order-fulfillments",
    ),
    route("orders/<str:number>/notes", views.NoteView.as_view(), name="order-notes"),
]
