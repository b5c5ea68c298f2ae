"""Stock in the back office: levels to read, counted with a reason, every movement on record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from inventory.forms import AdjustForm, ThresholdForm
from inventory.models import Movement, StockItem
from inventory.services import adjust_stock
from shop.admin.base import DayRangeFilter, ReadOnlyAdmin, StaffAdmin, badge, number
from shop.core.actors import Actor
from shop.core.errors import DomainError

SHOWN_MOVEMENTS = 30


class LevelFilter(admin.SimpleListFilter):
    """Low, or gone."""

    title = gettext_lazy("level")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The levels one looks for."""
        return [("low", _("Low stock")), ("out", _("Sold out"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[StockItem]:
        """Items at that level."""
        if self.value() == "low":
            return queryset.low()
        if self.value() == "out":
            return queryset.sold_out()
        return queryset


@admin.register(StockItem)
class StockItemAdmin(StaffAdmin):
    """Stock by SKU. `on_hand` and `reserved` are read-only: only services move units."""

    form = ThresholdForm
    list_display = [
        "sku",
        "level",
        "on_hand_units",
        "reserved_units",
        "available_units",
        "updated_at",
    ]
    list_filter = [LevelFilter]
    search_fields = ["sku"]
    search_help_text = gettext_lazy("SKU")
    ordering = ["sku"]
    fields = [
        "sku",
        ("on_hand", "reserved"),
        ("low_stock_threshold", "backorder_limit", "backorder_until"),
    ]
    readonly_fields = ["sku", "on_hand", "reserved"]
    actions_row = ["adjust"]
    actions_detail = ["adjust"]
    change_form_outer_after_template = "admin/inventory/stockitem/movements.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockItem]:
        """What has units to look at; gift cards have none."""
        return super().get_queryset(request).counted()

    # Items come with their variants, and movements point at them.
    acts = {"add": None, "delete": None}

    @display(description=gettext_lazy("level"))
    def level(self, item: StockItem) -> SafeString:
        """Enough, low, on backorder or gone."""
        if item.sellable == 0:
            return badge(_("Sold out"), icon="block", tone="danger")
        if item.available == 0:
            return badge(_("On backorder"), icon="schedule", tone="warn")
        if item.is_low:
            return badge(_("Low stock"), icon="trending_down", tone="warn")
        return badge(_("In stock"), icon="check_circle", tone="ok")

    @display(description=gettext_lazy("on hand"), ordering="on_hand")
    def on_hand_units(self, item: StockItem) -> SafeString:
        """Units on hand."""
        return number(item.on_hand)

    @display(description=gettext_lazy("reserved"), ordering="reserved")
    def reserved_units(self, item: StockItem) -> SafeString:
        """Units spoken for."""
        return number(item.reserved)

    @display(description=gettext_lazy("available"), ordering=F("on_hand") - F("reserved"))
    def available_units(self, item: StockItem) -> SafeString:
        """Units that can still be promised."""
        return number(item.available)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """With the newest movements."""
        extra = dict(extra_context or {})
        if object_id and self.has_view_or_change_permission(request):
            extra["movements"] = Movement.objects.filter(stock_item__pk=object_id)[:SHOWN_MOVEMENTS]
        return super().changeform_view(request, object_id, form_url, extra)

    def save_model(self, request: HttpRequest, obj: StockItem, form: Any, change: Any) -> None:
        """One conditional UPDATE of what the form holds, so that units which
        moved meanwhile stay.
        """
        held = StockItem.objects.filter(
            pk=obj.pk, reserved__lte=F("on_hand") + obj.backorder_limit
        ).update(
            low_stock_threshold=obj.low_stock_threshold,
            backorder_limit=obj.backorder_limit,
            backorder_until=obj.backorder_until,
            updated_at=timezone.now(),
        )
        if not held:
            messages.error(
                request,
                _(
                    "Backordered units have been sold in the meantime, so nothing was changed. "
                    "Reload the page and try again."
                ),
            )

    @action(
        description=gettext_lazy("Adjust"),
        icon="exposure",
        permissions=["change"],
        variant=ActionVariant.PRIMARY,
        url_path="adjust",
        attrs={"data-key": "a"},
        dialog={
            "title": gettext_lazy("Adjust stock"),
            "description": "",
            "form_class": AdjustForm,
            "form_submit_text": gettext_lazy("Adjust"),
        },
    )
    def adjust(self, request: HttpRequest, form: AdjustForm, object_id: str) -> HttpResponse:
        """Book the difference with its reason."""
        item = get_object_or_404(StockItem, pk=object_id)
        data = form.cleaned_data
        try:
            fresh = adjust_stock(
                item.sku,
                delta=data["delta"],
                set_to=data["set_to"],
                reason=data["reason"],
                kind=data["kind"],
                actor=Actor.of(request.user),
                at=timezone.now(),
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            self.record(request, "adjusted", fresh, {"on_hand": [item.on_hand, fresh.on_hand]})
            said = _("%(sku)s: now %(units)d on hand.")
            messages.success(request, said % {"sku": fresh.sku, "units": fresh.on_hand})
        url = reverse("admin:inventory_stockitem_change", args=[object_id])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": url})
        return redirect(url)


@admin.register(Movement)
class MovementAdmin(ReadOnlyAdmin):
    """Units that came or went, newest first."""

    list_display = ["at", "stock_item", "kind", "quantity_signed", "cause", "reference", "actor"]
    list_filter = [("kind", ChoicesCheckboxFilter), ("at", DayRangeFilter)]
    list_select_related = ["stock_item"]
    search_fields = ["=stock_item__sku", "=reference"]
    search_help_text = gettext_lazy("SKU or reference")

    @display(description=gettext_lazy("quantity"), ordering="quantity")
    def quantity_signed(self, movement: Movement) -> SafeString:
        """With its sign."""
        return number(f"{movement.quantity:+d}".replace("-", "−"))
