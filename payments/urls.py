"""Addresses of the payment pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from payments.checkout import provider_page, views

app_name = "payments"
urlpatterns: list[URLPattern] = [
    path("pay/test/<uuid:payment_id>/", provider_page.provider_page, name="test-page"),
    path("pay/return/<uuid:payment_id>/", views.come_back, name="return"),
    path("pay/<str:number>/", views.pay, name="pay"),
    path("pay/<str:number>/leaving/", views.leaving, name="leaving"),
]
