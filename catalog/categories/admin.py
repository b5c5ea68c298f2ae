"""The category tree: dragged, or moved by a dialog; every move goes through the locked service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.admin_base import CatalogAdmin, SluggedForm, save_picture
from catalog.categories.services import (
    create_category,
    delete_category,
    move_category,
    update_category,
)
from catalog.models import Category
from shop.admin.base import needs, number, show_as_tree
from shop.core.errors import DomainError

# Where something is dropped, seen from the row it is dropped on.
PLACES = ("before", "after", "inside")


class MoveForm(BaseDialogForm):
    """A new place without a mouse: below which category, before which of its children."""

    target = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.none(),
        widget=UnfoldAdminSelectWidget(attrs={"autofocus": True}),
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Position"),
        choices=[
            ("before", gettext_lazy("Before")),
            ("after", gettext_lazy("After")),
            ("inside", gettext_lazy("Inside, as the last subcategory")),
        ],
        widget=UnfoldAdminSelectWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["target"]
        field.queryset = Category.objects.order_by("tree_id", "lft").exclude(pk=self.object_id)
        field.label_from_instance = lambda category: f"{'— ' * category.level}{category.name}"


class CategoryForm(SluggedForm):
    """What a category says; its place is set when it is made and moved later."""

    class Meta:
        model = Category
        fields = [
            "name",
            "slug",
            "parent",
            "line",
            "description",
            "is_active",
            "picture",
            "hue",
            "is_cutout",
        ]


@admin.register(Category)
class CategoryAdmin(CatalogAdmin):
    """The tree as an indented list. Rows have a handle to drag and a dialog to move."""

    form = CategoryForm
    list_display = ["tree_name", "slug", "products_below", "is_active"]
    list_display_links = ["tree_name"]
    list_per_page = 500
    search_fields = ["name", "slug"]
    search_help_text = gettext_lazy("Name")
    ordering = ["tree_id", "lft"]
    sortable_by = ()
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": [("name", "slug"), "line", "description", "is_active"]}),
        (gettext_lazy("Picture"), {"fields": [("picture", "hue", "is_cutout")]}),
    ]
    actions_row = ["move"]
    actions_detail = ["move"]
    list_after_template = "admin/catalog/category/tree.html"

    @display(description=gettext_lazy("name"))
    def tree_name(self, category: Category) -> SafeString:
        """Indented by its level; the handle carries what a drag needs to know."""
        return format_html(
            '<span class="bo-tree bo-level-{}" data-tree="{}">'
            '<span class="bo-tree-handle material-symbols-outlined" aria-hidden="true">'
            "drag_indicator</span>{}</span>",
            min(category.level, 6),
            category.pk,
            category.name,
        )

    @display(description=gettext_lazy("products"))
    def products_below(self, category: Category) -> SafeString:
        """Published products here and below."""
        return number(category.product_count)

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        """Where a drop is sent."""
        return (("place/", "catalog_category_place", self.place_view),)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Category], search_term: str
    ) -> tuple[QuerySet[Category], bool]:
        """In the order of the tree, in autocomplete fields too."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        return found.order_by("tree_id", "lft"), has_duplicates

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: Any) -> None:
        """Through the services, which hold the tree's lock and keep old addresses alive."""
        data = {name: value for name, value in form.cleaned_data.items() if name != "picture"}
        if change:
            changed = {name: data[name] for name in form.changed_data if name in data}
            fresh = update_category(obj, **changed)
        else:
            fresh = create_category(**data)
        save_picture(fresh, form)
        obj.pk, obj._state.adding = fresh.pk, False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new category is put below another one; later it is moved."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        return [(None, {"fields": [("name", "slug"), "parent"]}), *fieldsets[1:]]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        """Parents by their place in the tree."""
        form = super().get_form(request, obj, change=change, **options)
        show_as_tree(form, "parent")
        return form

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        """Through the service; what still holds products or categories stays."""
        try:
            delete_category(obj)
        except (DomainError, ProtectedError) as refusal:
            messages.error(request, getattr(refusal, "message", str(refusal)))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        """One by one, the deepest first."""
        for category in queryset.order_by("-level", "pk"):
            self.delete_model(request, category)

    # Moving -------------------------------------------------------------------------------------
    def place(self, request: HttpRequest, pk: Any, target_pk: Any, place: str) -> bool:
        """Put a category before, after or inside another one."""
        category = get_object_or_404(Category, pk=pk)
        target = get_object_or_404(Category, pk=target_pk)
        parent = target if place == "inside" else target.parent
        before = target if place == "before" else None
        if place == "after":
            before = target.get_next_sibling()
            before = before.get_next_sibling() if before == category else before
        old = category.parent
        try:
            move_category(category, parent=parent, before=before)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return False
        self.record(
            request,
            "moved",
            category,
            {"parent": [str(old) if old else None, str(parent) if parent else None]},
        )
        messages.success(request, _("%(name)s was moved.") % {"name": category.name})
        return True

    @needs("change")
    def place_view(self, request: HttpRequest, model_admin: Any) -> HttpResponse:
        """A drop. The page is loaded again and shows what came of it."""
        if request.method != "POST":
            return HttpResponse(status=405)
        pk, target, place = (request.POST.get(name, "") for name in ("item", "target", "place"))
        if place not in PLACES or not (pk.isdecimal() and target.isdecimal()):
            return HttpResponse(status=400)
        self.place(request, pk, target, place)
        return HttpResponse(status=204)

    @action(
        description=gettext_lazy("Move"),
        icon="drive_file_move",
        permissions=["change"],
        url_path="move",
        dialog={
            "title": gettext_lazy("Move category"),
            "description": "",
            "form_class": MoveForm,
            "form_submit_text": gettext_lazy("Move"),
        },
    )
    def move(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        """The same by dialog."""
        data = form.cleaned_data
        self.place(request, object_id, data["target"].pk, data["place"])
        url = reverse("admin:catalog_category_changelist")
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": url})
        return redirect(url)
