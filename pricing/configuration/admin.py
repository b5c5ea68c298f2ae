"""Taxes, delivery and ways to pay in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from pricing.configuration.coverage import gaps_by_zone, tax_gaps, words_of_gap
from pricing.configuration.forms import PaymentMethodForm, RateForm, TaxRateForm, ZoneForm
from pricing.configuration.services import update_tax_rate
from pricing.errors import TaxRateUsed
from pricing.models import (
    PaymentMethod,
    ShippingMethod,
    ShippingRate,
    ShippingZone,
    TaxRate,
)
from pricing.providers import providers_on
from shop.admin.base import StaffAdmin, StaffTabularInline, badge, number

# How many countries without a tax rate a zone names.
SHOWN = 8


@admin.register(TaxRate)
class TaxRateAdmin(StaffAdmin):
    """Rates by country, class and time.

    Once orders were sold with it, a rate only ends; a new one is a new row.
    """

    form = TaxRateForm
    list_display = [
        "country",
        "region",
        "tax_class",
        "percent_shown",
        "mode",
        "valid_from",
        "valid_to",
        "is_used",
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
        "protection",
    ]

    @display(description=gettext_lazy("rate"), ordering="percent")
    def percent_shown(self, rate: TaxRate) -> SafeString:
        """Without idle zeros."""
        return number(f"{rate.percent.normalize():f} %")

    @display(description=gettext_lazy("used"), boolean=True, ordering="was_used")
    def is_used(self, rate: TaxRate) -> bool:
        """Whether orders were sold with it."""
        return rate.was_used

    @display(description=gettext_lazy("status"))
    def protection(self, rate: TaxRate) -> str:
        """What can be done with it, and why."""
        if not rate.was_used:
            return _("No order uses this rate yet, so it can be changed and deleted.")
        return _(
            "Orders use this rate, so it can be neither changed nor deleted. To end it, set the "
            "first day on which it no longer applies and add a new rate from that day."
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Of a rate that orders were sold with, only its end and its note can change."""
        if obj is None or not obj.was_used:
            return ["protection"]
        return ["country", "region", "tax_class", "percent", "mode", "valid_from", "protection"]

    def save_model(self, request: HttpRequest, obj: TaxRate, form: Any, change: Any) -> None:
        """Of an old one what the form changed, through the service."""
        if change:
            update_tax_rate(obj, changed=form.changed_data)
        else:
            obj.save()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rate that orders were sold with ends, and stays."""
        if obj is not None and obj.was_used:
            return False
        return bool(super().has_delete_permission(request, obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's; rates that orders were sold with stand in the way, with the reason."""
        used = [f"{rate}: {TaxRateUsed.default_message}" for rate in objs if rate.was_used]
        return ([], {}, set(), used) if used else super().get_deleted_objects(objs, request)


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
    list_display = ["name", "code", "countries_shown", "taxes"]
    search_fields = ["name", "code"]
    fields = [("name", "code"), "countries", ("is_export", "position"), "taxes"]
    readonly_fields = ["taxes"]
    inlines = [MethodInline]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the gaps in taxes, looked up once for all rows."""
        changelist = super().get_changelist_instance(request)
        gaps = gaps_by_zone(tax_gaps(at=timezone.now()))
        for zone in changelist.result_list:
            zone.tax_gaps = gaps.get(zone.pk, [])
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """With its gaps in taxes."""
        zone = super().get_object(request, object_id, from_field)
        if zone is not None:
            zone.tax_gaps = gaps_by_zone(tax_gaps(at=timezone.now())).get(zone.pk, [])
        return zone

    @display(description=gettext_lazy("tax"))
    def taxes(self, zone: Any) -> SafeString | str:
        """Whether all that is sent there is taxed, not taxed, or where nobody has said which."""
        if not zone.pk:
            return _("Save the zone to see how its countries are taxed.")
        if zone.is_export:
            return badge(_("Not taxed"), icon="block")
        if not zone.tax_gaps:
            return badge(_("Taxed"), icon="check", tone="ok")
        named = [words_of_gap(gap) for gap in zone.tax_gaps[:SHOWN]]
        more = len(zone.tax_gaps) - len(named)
        text = ", ".join(named) + (f" +{more}" if more > 0 else "")
        words = _("Tax rate missing, orders not possible: %(countries)s") % {"countries": text}
        return badge(words, icon="error", tone="danger")

    @display(description=gettext_lazy("countries"))
    def countries_shown(self, zone: ShippingZone) -> str:
        """The first of them."""
        if zone.countries == ["*"]:
            return _("All other countries")
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
        text = _("%(provider)s is not configured, so this method is not offered") % {
            "provider": method.provider
        }
        return badge(text, icon="error", tone="danger")
