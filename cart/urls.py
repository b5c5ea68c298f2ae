"""Addresses of pages."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "cart"
urlpatterns: list[URLPattern] = []
