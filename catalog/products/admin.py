"""Products in the back office: texts, options, variants with prices and stock,
pictures on one page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from catalog.admin_base import CatalogAdmin
from catalog.models import OptionValue, Product, ProductImage, ProductOption, Variant
from catalog.picture_names import rendition_name
from catalog.products.admin_attributes import PREFIX, changed_facts, fact_fields
from catalog.products.admin_forms import AddProductForm, ImageForm, ProductForm, VariantForm
from catalog.products.admin_saving import save_images, save_variants
from catalog.products.attributes import set_attributes
from catalog.products.services import (
    archive_product,
    create_product,
    delete_product,
    publish_product,
    unpublish_product,
    update_product,
)
from catalog.products.variants import set_options
from catalog.states import ProductStatus
from inventory.permissions import STOCK
from shop.admin.base import StaffTabularInline, badge, money, number, show_as_tree
from shop.core.actors import Actor
from shop.core.errors import DomainError
from shop.core.permissions import may

STATUS = {
    ProductStatus.DRAFT: ("edit_note", "quiet"),
    ProductStatus.ACTIVE: ("check_circle", "ok"),
    ProductStatus.ARCHIVED: ("inventory", "warn"),
}
SMALLEST = 160


def thumbnail(image: ProductImage | None) -> SafeString:
    """A picture on its stage, in the smallest rendition there is."""
    if image is None or not image.picture:
        return format_html('<span class="bo-stage {}"></span>', image.hue_class if image else "h30")
    storage, name = image.picture.storage, str(image.picture.name)
    widths = image.renditions.get("webp") or []
    url = storage.url(rendition_name(name, min(widths), "webp") if widths else name)
    return format_html(
        '<span class="bo-stage {}">'
        '<img src="{}" alt="" width="44" height="44" loading="lazy"></span>',
        image.hue_class,
        url,
    )


class VariantInline(StaffTabularInline):
    """Variants: price and stock are saved by their services, with history and movement."""

    model = Variant
    form = VariantForm
    fields = [
        "sku",
        "choices",
        "price",
        "was",
        "stock",
        "weight_g",
        "barcode",
        "is_active",
        "position",
    ]
    ordering_field = "position"
    hide_ordering_field = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """With stock and choices: 2 queries, however many there are."""
        variants: QuerySet[Variant] = super().get_queryset(request)
        return variants.select_related("stock_item").prefetch_related("option_values__option")

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """With the product's options and their values."""
        formset = super().get_formset(request, obj, **options)
        found = ProductOption.objects.filter(product=obj).prefetch_related("values")
        formset.form.options = (
            {option.name: {value.value for value in option.values.all()} for option in found}
            if obj
            else {}
        )
        formset.form.may_count = may(request.user, STOCK.change)
        return formset


class ImageInline(StaffTabularInline):
    """Pictures, dragged or moved by buttons."""

    model = ProductImage
    form = ImageForm
    fields = ["stage", "file", "alt", "shows", "hue", "is_cutout", "position"]
    readonly_fields = ["stage"]
    ordering_field = "position"
    hide_ordering_field = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """With the product's choices, asked once for all rows."""
        formset = super().get_formset(request, obj, **options)
        values = OptionValue.objects.filter(option__product=obj).select_related("option")
        formset.form.shown_choices = (
            [(value.pk, f"{value.option}: {value}") for value in values] if obj else []
        )
        return formset

    @display(description=gettext_lazy("picture"))
    def stage(self, image: ProductImage) -> SafeString:
        """Small."""
        return thumbnail(image if image.pk else None)


@admin.register(Product)
class ProductAdmin(CatalogAdmin):
    """Products. Services write everything, so that history, facts and pages follow."""

    form = ProductForm
    list_display = [
        "picture",
        "name",
        "category",
        "state",
        "price",
        "variant_count_shown",
        "stocked",
        "sold",
    ]
    list_display_links = ["name"]
    list_filter = [("status", ChoicesCheckboxFilter), "in_stock", "product_type"]
    list_select_related = ["category"]
    search_fields = ["name", "slug", "variants__sku"]
    search_help_text = gettext_lazy("Name or SKU")
    ordering = ["name", "pk"]
    inlines = [VariantInline, ImageInline]
    change_form_template = "admin/catalog/product/change_form.html"
    fieldsets = [
        (
            gettext_lazy("Text"),
            {
                "classes": ["tab"],
                "fields": ["name", "kind", "lead", "headline", "description", "options_text"],
            },
        ),
        (gettext_lazy("Care and safety"), {"classes": ["tab"], "fields": ["care", "safety"]}),
        (gettext_lazy("URL and tags"), {"classes": ["tab"], "fields": ["slug", "tags"]}),
        (
            gettext_lazy("Publishing"),
            {"classes": ["side"], "fields": ["status", "published_at"]},
        ),
        (
            gettext_lazy("Organization"),
            {
                "classes": ["side"],
                "fields": [
                    "category",
                    "maker",
                    "product_type",
                    "tax_class",
                    "origin",
                    "guarantee_months",
                    "is_returnable",
                ],
            },
        ),
        (gettext_lazy("Stock"), {"classes": ["side"], "fields": ["stock_reason"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    ("category", "tax_class"),
                    ("sku", "price", "stock"),
                    "is_gift_card",
                ]
            },
        )
    ]

    # The list -----------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """With the first picture, for the list only."""
        products: QuerySet[Product] = super().get_queryset(request)
        match = request.resolver_match
        if match is None or match.url_name != "catalog_product_changelist":
            return products
        return products.prefetch_related("images")

    @display(description="")
    def picture(self, product: Product) -> SafeString:
        """The first one."""
        return thumbnail(product.main_image)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, product: Product) -> SafeString:
        """Draft, active or archived; or planned."""
        if product.status == ProductStatus.ACTIVE and not product.is_published(at=timezone.now()):
            return badge(_("Scheduled"), icon="schedule", tone="info")
        icon, tone = STATUS[ProductStatus(product.status)]
        return badge(product.get_status_display(), icon=icon, tone=tone)

    @display(description=gettext_lazy("price"), ordering="lowest_price_minor")
    def price(self, product: Product) -> SafeString:
        """The lowest, in the shop's currency."""
        return money(product.lowest_price_minor, settings.DEFAULT_CURRENCY)

    @display(description=gettext_lazy("variants"), ordering="variant_count")
    def variant_count_shown(self, product: Product) -> SafeString:
        """How many are sold."""
        return number(product.variant_count)

    @display(description=gettext_lazy("stock"), ordering="in_stock")
    def stocked(self, product: Product) -> SafeString:
        """Whether any of it can be bought."""
        if product.in_stock:
            return badge(_("In stock"), icon="check_circle", tone="ok")
        return badge(_("Sold out"), icon="block", tone="danger")

    @display(description=gettext_lazy("sold"), ordering="sold_count")
    def sold(self, product: Product) -> SafeString:
        """Units sold so far."""
        return number(product.sold_count)

    # The form -----------------------------------------------------------------------------------
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        """A short form for a new product; categories by their place in the tree."""
        if obj is None:
            may_count = may(request.user, STOCK.change)
            options["form"] = type("AddForm", (AddProductForm,), {"may_count": may_count})
        elif facts := self._facts(request, obj):
            options["form"] = type("ProductFormWithFacts", (ProductForm,), dict(facts))
        form = super().get_form(request, obj, change=change, **options)
        show_as_tree(form, "category")
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With a tab for the facts of the product's type."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not (facts := self._facts(request, obj)):
            return fieldsets
        facts_tab = (_("Attributes"), {"classes": ["tab"], "fields": list(facts)})
        return [fieldsets[0], facts_tab, *fieldsets[1:]]

    def _facts(self, request: HttpRequest, product: Product) -> dict[str, forms.Field]:
        """Asked once a request."""
        held: dict[int, dict[str, forms.Field]] = request.__dict__.setdefault("_facts", {})
        if product.pk not in held:
            held[product.pk] = fact_fields(product)
        return held[product.pk]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Variants and pictures once there is a product."""
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: Any) -> None:
        """Through the services."""
        actor, at, data = Actor.of(request.user), timezone.now(), form.cleaned_data
        if not change:
            fresh = create_product(
                name=data["name"],
                category=data["category"],
                tax_class=data["tax_class"],
                sku=data["sku"],
                price_minor=data["price"],
                stock_quantity=data["stock"],
                is_gift_card=data["is_gift_card"],
                status=ProductStatus.DRAFT,
                actor=actor,
                at=at,
            )
            obj.pk, obj._state.adding = fresh.pk, False
            return
        plain = {name for name in form.changed_data if not name.startswith(PREFIX)}
        plain -= {"status", "options_text", "stock_reason"}
        fields = {name: data[name] for name in sorted(plain)}
        if fields:
            update_product(obj, **fields, actor=actor, at=at)
        if "options_text" in form.changed_data:
            set_options(obj, data["options_text"], actor=actor, at=at)
        if facts := changed_facts(obj, form):
            set_attributes(obj, facts, actor=actor, at=at)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Rows, then the status: what is shown must have something to sell."""
        actor, at = Actor.of(request.user), timezone.now()
        reason = form.cleaned_data.get("stock_reason") or _("Counted on the product page")
        for formset in formsets:
            if formset.model is Variant:
                save_variants(form.instance, formset, reason=reason, actor=actor, at=at)
            else:
                save_images(form.instance, formset, actor=actor, at=at)
        if change and "status" in form.changed_data:
            self._move(form.instance, form.cleaned_data["status"], actor=actor, at=at)

    def _move(self, product: Product, status: str, *, actor: Actor, at: datetime) -> None:
        moves = {
            ProductStatus.ACTIVE: publish_product,
            ProductStatus.DRAFT: unpublish_product,
            ProductStatus.ARCHIVED: archive_product,
        }
        moves[ProductStatus(status)](product, actor=actor, at=at)

    def response_add(
        self, request: HttpRequest, obj: Product, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the rest of the product."""
        messages.success(request, _("The draft was created. Add text, variants and pictures."))
        return redirect(reverse("admin:catalog_product_change", args=[obj.pk]))

    def history_subjects(self, obj: Product) -> dict[str, list[Any]]:
        """With its variants, which have the prices."""
        variants = list(obj.variants.values_list("pk", flat=True))
        return super().history_subjects(obj) | {Variant._meta.label_lower: variants}

    # The services write the log.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Written by the service."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Written by the service."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Written by the service."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Nothing to construct: the services write the log."""
        return {}

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        """Deleted, or archived where orders point at it."""
        try:
            gone = delete_product(obj, actor=Actor.of(request.user), at=timezone.now())
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return
        if not gone:
            messages.warning(
                request,
                _("%(name)s appears in orders, so it was archived instead of deleted.")
                % {"name": obj},
            )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """One by one."""
        for product in queryset:
            self.delete_model(request, product)
