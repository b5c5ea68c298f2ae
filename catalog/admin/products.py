"""Products in the back office."""

from __future__ import annotations

from django.contrib import admin

from catalog.admin.base import CatalogAdmin
from catalog.models import Product


@admin.register(Product)
class ProductAdmin(CatalogAdmin):
    """Products."""

    list_display = ["name", "category", "status"]
    search_fields = ["name", "variants__sku"]
    list_select_related = ["category"]
