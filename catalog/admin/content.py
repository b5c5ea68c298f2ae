"""Pages that staff write: help, legal texts, the home page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from catalog.admin_base import CatalogAdmin, SluggedForm
from catalog.models import HomeBlock, HomeBlockCategory, HomeBlockProduct, Page
from shop.admin.base import StaffTabularInline


@admin.register(Page)
class PageAdmin(CatalogAdmin):
    """Help and legal pages. `## ` starts a section, a blank line a paragraph."""

    form = SluggedForm
    list_display = ["title", "kind", "slug", "is_published", "updated_at"]
    list_filter = [("kind", ChoicesCheckboxFilter), "is_published"]
    search_fields = ["title", "body"]
    search_help_text = gettext_lazy("Title or text")
    prepopulated_fields = {"slug": ["title"]}
    fields = [
        ("title", "slug"),
        ("kind", "position", "is_published"),
        "line",
        "body",
        "sample_note",
    ]

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: Any) -> None:
        """With the moment it was changed, which the page shows."""
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)


class BlockProductInline(StaffTabularInline):
    """Products of the block, in order."""

    model = HomeBlockProduct
    autocomplete_fields = ["product"]
    fields = ["product", "position"]
    ordering_field = "position"
    hide_ordering_field = True


class BlockCategoryInline(StaffTabularInline):
    """Categories of the block, in order."""

    model = HomeBlockCategory
    autocomplete_fields = ["category"]
    fields = ["category", "position"]
    ordering_field = "position"
    hide_ordering_field = True


@admin.register(HomeBlock)
class HomeBlockAdmin(CatalogAdmin):
    """The blocks of the home page, from the top."""

    list_display = ["title", "kind", "is_active", "position"]
    list_filter = [("kind", ChoicesCheckboxFilter), "is_active"]
    search_fields = ["title", "key"]
    autocomplete_fields = ["category"]
    fieldsets = [
        (None, {"fields": [("kind", "key"), "title", "text"]}),
        (
            gettext_lazy("Links"),
            {"fields": [("action_label", "action_url"), ("second_label", "second_url")]},
        ),
        (
            gettext_lazy("Content"),
            {"fields": [("collection", "category"), ("limit", "hue"), "facts"]},
        ),
        (gettext_lazy("Position"), {"fields": [("position", "is_active")]}),
    ]
    inlines = [BlockProductInline, BlockCategoryInline]
