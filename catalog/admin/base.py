"""What all lists of the catalog share: a change makes the cached pages stale."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from shop.core.backoffice import StaffAdmin
from shop.core.caching import bump_catalog_version


class CatalogAdmin(StaffAdmin):
    """Simple content of the catalog; a save or a deletion makes the shop's pages new."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Logged, and the pages are stale."""
        bump_catalog_version()
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Logged, and the pages are stale."""
        bump_catalog_version()
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Logged, and the pages are stale."""
        bump_catalog_version()
        return super().log_deletions(request, queryset)
