"""The API: every app's routes, and their description."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver

from shop.api.docs import docs, docs_script, errors, schema
from shop.api.routes import route

APPS = ("accounts", "inventory", "catalog", "cart", "orders", "payments")

urlpatterns: list[URLPattern | URLResolver] = [
    route("schema", schema, name="schema"),
    route("docs", docs, name="docs"),
    route("docs/start.js", docs_script, name="docs-script"),
    route("errors", errors, name="api-errors"),
]
for app in APPS:
    urlpatterns += import_module(f"{app}.api.urls").urlpatterns
