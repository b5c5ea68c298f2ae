"""Addresses of the payments' routes."""

from django.urls import URLPattern

from payments.api import views
from shop.api.routes import route

urlpatterns: list[URLPattern] = [
    route("payments/methods", views.MethodsView.as_view(), name="payment-methods"),
    route("payments/webhooks/<slug:provider>", views.WebhookView.as_view(), name="payment-webhook"),
    route("orders/<str:number>/pay", views.PayView.as_view(), name="order-pay"),
    route("orders/<str:number>/refunds", views.RefundsView.as_view(), name="order-refunds"),
    route("orders/<str:number>/mark-paid", views.MarkPaidView.as_view(), name="order-mark-paid"),
]
