"""Makers, collections, product types, tax classes and exchange rates."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from catalog.admin_base import CatalogAdmin, SluggedForm, save_picture
from catalog.models import (
    Attribute,
    AttributeChoice,
    Collection,
    CollectionProduct,
    ExchangeRate,
    Maker,
    ProductType,
    TaxClass,
)
from catalog.prices import set_exchange_rate
from shop.admin.base import StaffTabularInline, badge


@admin.register(Maker)
class MakerAdmin(CatalogAdmin):
    """Who makes the products."""

    form = SluggedForm
    list_display = ["name", "place", "country"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    fields = [("name", "slug"), ("place", "country"), "story"]


class CollectionProductInline(StaffTabularInline):
    """Products chosen by hand, in order."""

    model = CollectionProduct
    autocomplete_fields = ["product"]
    fields = ["product", "position"]
    ordering_field = "position"
    hide_ordering_field = True


@admin.register(Collection)
class CollectionAdmin(CatalogAdmin):
    """Products that belong together for a while."""

    form = SluggedForm
    list_display = ["name", "line", "how", "is_active", "in_navigation", "position"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    fields = [
        ("name", "slug"),
        "line",
        "rule",
        ("picture", "hue", "is_cutout"),
        ("position", "is_active", "in_navigation"),
    ]
    inlines = [CollectionProductInline]

    def save_model(self, request: HttpRequest, obj: Collection, form: Any, change: Any) -> None:
        """The texts as they are, the picture through the service, which makes it safe and small."""
        if "picture" in form.changed_data:
            obj.picture = form.initial.get("picture") or ""
        super().save_model(request, obj, form, change)
        save_picture(obj, form)

    @display(description=gettext_lazy("type"))
    def how(self, collection: Collection) -> SafeString:
        """By hand or by a rule."""
        if collection.rule:
            return badge(_("Rule"), icon="rule", tone="info")
        return badge(_("Manual"), icon="back_hand")


class ChoiceInline(StaffTabularInline):
    """The values a choice may have."""

    model = AttributeChoice
    fields = ["value", "position"]
    ordering_field = "position"
    hide_ordering_field = True


class AttributeInline(StaffTabularInline):
    """The facts of a type; the values of a choice are on the fact's own page."""

    model = Attribute
    fields = ["label", "code", "kind", "unit", "is_filterable", "position"]
    ordering_field = "position"
    hide_ordering_field = True
    show_change_link = True
    hide_title = False


@admin.register(ProductType)
class ProductTypeAdmin(CatalogAdmin):
    """Kinds of product with the facts that describe them."""

    list_display = ["name", "code"]
    search_fields = ["name", "code"]
    prepopulated_fields = {"code": ["name"]}
    inlines = [AttributeInline]


@admin.register(Attribute)
class AttributeAdmin(CatalogAdmin):
    """One fact of a type, with its values."""

    list_display = ["label", "product_type", "kind", "unit", "is_filterable"]
    list_filter = ["product_type", "is_filterable"]
    list_select_related = ["product_type"]
    search_fields = ["label", "code", "product_type__name"]
    inlines = [ChoiceInline]


@admin.register(TaxClass)
class TaxClassAdmin(CatalogAdmin):
    """How products are taxed; the rates by country are under taxes."""

    list_display = ["name", "code"]
    search_fields = ["name", "code"]


@admin.register(ExchangeRate)
class ExchangeRateAdmin(CatalogAdmin):
    """Rates to the shop's own currency."""

    list_display = ["currency", "rate_shown", "updated_at"]
    search_fields = ["=currency"]
    fields = ["currency", "rate", "updated_at"]
    readonly_fields = ["updated_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A rate stays with its currency."""
        return ["currency", "updated_at"] if obj else ["updated_at"]

    @display(description=gettext_lazy("rate"), ordering="rate")
    def rate_shown(self, rate: ExchangeRate) -> str:
        """Without idle zeros."""
        return f"{rate.rate.normalize():f}"

    def save_model(self, request: HttpRequest, obj: ExchangeRate, form: Any, change: Any) -> None:
        """Through the service."""
        fresh = set_exchange_rate(obj.currency.upper(), rate=obj.rate, at=timezone.now())
        obj.pk, obj.currency = fresh.pk, fresh.currency
