"""Coupons, taxes, delivery and ways to pay in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from pricing.forms import CouponForm, PaymentMethodForm, RateForm, ZoneForm
from pricing.models import (
    Coupon,
    CouponUse,
    PaymentMethod,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from shop.core.backoffice import (
    ReadOnlyAdmin,
    StaffAdmin,
    StaffTabularInline,
    badge,
    number,
    show_as_tree,
)


@admin.register(Coupon)
class CouponAdmin(StaffAdmin):
    """Codes that lower a price. How often one was used is read-only: orders count it."""

    form = CouponForm
    list_display = ["code", "name", "kind", "state", "used", "ends_at"]
    list_filter = [("kind", ChoicesCheckboxFilter), "is_active"]
    search_fields = ["code", "name"]
    search_help_text = gettext_lazy("Code or name")
    readonly_fields = ["used_count"]
    fieldsets = [
        (None, {"fields": [("code", "is_active"), ("name", "line")]}),
        (
            gettext_lazy("What it lowers"),
            {"fields": ["kind", "percent", "amount", "category", "shipping_method_code"]},
        ),
        (
            gettext_lazy("When and for whom"),
            {
                "fields": [
                    ("starts_at", "ends_at"),
                    ("minimum", "is_first_order_only"),
                    ("use_limit", "per_customer_limit", "used_count"),
                ]
            },
        ),
    ]
    conditional_fields = {
        "percent": "kind == 'percent_order' || kind == 'percent_lines'",
        "amount": "kind == 'amount_order' || kind == 'amount_lines'",
        "category": "kind == 'percent_lines' || kind == 'amount_lines'",
        "shipping_method_code": "kind == 'free_shipping'",
    }

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        """Categories by their place in the tree."""
        form = super().get_form(request, obj, change=change, **options)
        show_as_tree(form, "category")
        if (field := form.base_fields.get("category")) is not None:
            # Unfold gives wrapped fields of a conditional form inline script, which is refused.
            field.widget = getattr(field.widget, "widget", field.widget)
        return form

    def save_model(self, request: HttpRequest, obj: Coupon, form: Any, change: Any) -> None:
        """Everything but the count of uses, and a limit never below it."""
        if not change:
            obj.save()
            return
        fields = {
            field.attname: getattr(obj, field.attname)
            for field in Coupon._meta.concrete_fields
            if field.name not in {"id", "used_count", "created_at"}
        }
        fits = Q() if obj.use_limit is None else Q(used_count__lte=obj.use_limit)
        if not Coupon.objects.filter(fits, pk=obj.pk).update(**fields):
            messages.error(request, _("It was used meanwhile, more often than the new limit."))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A coupon that was used stays: its uses point at it."""
        if obj is not None and obj.used_count:
            return False
        return bool(super().has_delete_permission(request, obj))

    @display(description=gettext_lazy("state"))
    def state(self, coupon: Coupon) -> SafeString:
        """Whether it works now."""
        at = timezone.now()
        if not coupon.is_active:
            return badge(_("Off"), icon="block")
        if coupon.ends_at and coupon.ends_at <= at:
            return badge(_("Over"), icon="event_busy")
        if coupon.starts_at and coupon.starts_at > at:
            return badge(_("Planned"), icon="schedule", tone="info")
        if coupon.use_limit is not None and coupon.used_count >= coupon.use_limit:
            return badge(_("Used up"), icon="done_all", tone="warn")
        return badge(_("Works"), icon="check_circle", tone="ok")

    @display(description=gettext_lazy("used"), ordering="used_count")
    def used(self, coupon: Coupon) -> SafeString:
        """Uses, of how many."""
        if coupon.use_limit is None:
            return number(coupon.used_count)
        return number(f"{coupon.used_count} / {coupon.use_limit}")


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnlyAdmin):
    """Which order used which coupon."""

    list_display = ["used_at", "coupon", "order_number", "customer_key"]
    list_select_related = ["coupon"]
    search_fields = ["=coupon__code", "=order_number", "=customer_key"]
    search_help_text = gettext_lazy("Code, order or e-mail")


@admin.register(TaxRate)
class TaxRateAdmin(StaffAdmin):
    """Rates by country, class and time. A new rate is a new row, so that old orders stay explained."""

    list_display = [
        "country",
        "region",
        "tax_class",
        "percent_shown",
        "mode",
        "valid_from",
        "valid_to",
    ]
    list_filter = ["tax_class", ("mode", ChoicesCheckboxFilter)]
    list_select_related = ["tax_class"]
    search_fields = ["=country", "region"]
    search_help_text = gettext_lazy("Country code or region")
    fields = [
        ("country", "region"),
        ("tax_class", "percent", "mode"),
        ("valid_from", "valid_to"),
        "note",
    ]

    @display(description=gettext_lazy("rate"), ordering="percent")
    def percent_shown(self, rate: TaxRate) -> SafeString:
        """Without idle zeros."""
        return number(f"{rate.percent.normalize():f} %")


class MethodInline(StaffTabularInline):
    """A zone's ways to send; what each costs is on its own page."""

    model = ShippingMethod
    fields = ["name", "code", "carrier", "days_min", "days_max", "is_active", "position"]
    ordering_field = "position"
    hide_ordering_field = True
    show_change_link = True
    hide_title = False


@admin.register(ShippingZone)
class ShippingZoneAdmin(StaffAdmin):
    """Countries that share ways to send."""

    form = ZoneForm
    list_display = ["name", "code", "countries_shown", "is_export"]
    search_fields = ["name", "code"]
    fields = [("name", "code"), "countries", ("is_export", "position")]
    inlines = [MethodInline]

    @display(description=gettext_lazy("countries"))
    def countries_shown(self, zone: ShippingZone) -> str:
        """The first of them."""
        if zone.countries == ["*"]:
            return _("All others")
        more = len(zone.countries) - 8
        return ", ".join(zone.countries[:8]) + (f" +{more}" if more > 0 else "")


class RateInline(StaffTabularInline):
    """Prices by currency and weight."""

    model = ShippingRate
    form = RateForm
    fields = ["currency", "min_weight_g", "price", "free_from"]


@admin.register(ShippingMethod)
class ShippingMethodAdmin(StaffAdmin):
    """One way to send to one zone, with its prices."""

    list_display = ["name", "zone", "carrier", "days", "is_active"]
    list_filter = ["zone", "is_active"]
    list_select_related = ["zone"]
    search_fields = ["name", "code", "zone__name"]
    fields = [
        "zone",
        ("name", "code"),
        ("line", "carrier"),
        ("days_min", "days_max", "max_weight_g"),
        ("is_tracked", "is_active", "position"),
    ]
    inlines = [RateInline]

    @display(description=gettext_lazy("working days"), ordering=F("days_min"))
    def days(self, method: ShippingMethod) -> str:
        """From and to."""
        return f"{method.days_min}–{method.days_max}"


@admin.register(PaymentMethod)
class PaymentMethodAdmin(StaffAdmin):
    """What the checkout offers."""

    form = PaymentMethodForm
    list_display = ["name", "code", "provider", "settlement", "is_active", "position"]
    list_filter = ["is_active"]
    search_fields = ["name", "code"]
    fields = [
        ("name", "code"),
        "line",
        "instructions",
        ("provider", "settlement"),
        "countries",
        ("is_active", "position"),
    ]
