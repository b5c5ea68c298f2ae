"""Taxes, delivery and ways to pay in the back office."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from pricing.forms import PaymentMethodForm, RateForm, ZoneForm
from pricing.models import (
    PaymentMethod,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from pricing.providers import providers_on
from shop.core.backoffice import (
    StaffAdmin,
    StaffTabularInline,
    badge,
    number,
)


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
    list_display = ["name", "code", "provider_shown", "settlement", "is_active", "position"]
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

    @display(description=gettext_lazy("provider"), ordering="provider")
    def provider_shown(self, method: PaymentMethod) -> SafeString | str:
        """Its name; in red where it is not set up, so that checkout does not offer the method."""
        taker = providers_on().get(method.provider)
        if taker is not None:
            return str(taker.name)
        text = _("%(provider)s: not set up, not offered") % {"provider": method.provider}
        return badge(text, icon="error", tone="danger")
