"""The form of a changed order: units of what is in it, what is added, the address, and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.addresses import ADDRESS_FIELDS, AddressData, clean_address, countries
from catalog.models import Variant
from orders.editing.changes import OrderChange
from orders.editing.plan import MOST_UNITS
from orders.models import Order
from shop.core.card_numbers import CardFreeForm
from shop.core.errors import Invalid

_LABELS = {
    "name": gettext_lazy("Full name"),
    "company": gettext_lazy("Company"),
    "line1": gettext_lazy("Street address"),
    "line2": gettext_lazy("Apartment, floor or building"),
    "postal_code": gettext_lazy("Postal code"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("Region"),
    "country": gettext_lazy("Country"),
    "phone": gettext_lazy("Phone"),
}
ADDED = "added_"


class EditForm(CardFreeForm):
    """What the order is to be.

    `version` and `expected` come from the preview, `key` makes a double click one change.
    """

    search = forms.CharField(
        label=gettext_lazy("SKU or product"),
        max_length=80,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "search", "autocomplete": "off"}),
    )
    shipping_method = forms.ChoiceField(
        label=gettext_lazy("Delivery method"), widget=UnfoldAdminSelectWidget()
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason (shown in the timeline and the e-mail)"),
        max_length=250,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    version = forms.IntegerField(widget=forms.HiddenInput)
    expected = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        order: Order,
        added: Sequence[Variant],
        methods: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.order = order
        self.rows = [
            (item, self._units(f"quantity_{item.pk}", item.product_name, item.quantity))
            for item in order.items.all()
        ]
        self.added = [
            (variant, self._units(f"{ADDED}{variant.pk}", variant.product.name, 0))
            for variant in added
        ]
        self.fields["version"].initial = order.version
        self.fields["shipping_method"].choices = methods  # type: ignore[attr-defined]
        self.fields["shipping_method"].initial = order.shipping_method_code
        for name in ADDRESS_FIELDS:
            self._add_address_field(name, str(order.shipping_address.get(name) or ""))

    def _units(self, name: str, product: str, units: int) -> forms.BoundField:
        label = _("Units of %(name)s") % {"name": product}
        self.fields[name] = forms.IntegerField(
            label=label,
            min_value=0,
            max_value=MOST_UNITS,
            initial=units,
            required=False,
            widget=forms.NumberInput(attrs={"class": "bo-input", "aria-label": label}),
        )
        return self[name]

    def _add_address_field(self, name: str, value: str) -> None:
        options: dict[str, Any] = {"label": _LABELS[name], "initial": value}
        if name == "country":
            self.fields[name] = forms.ChoiceField(
                choices=countries(), widget=UnfoldAdminSelectWidget(), **options
            )
            return
        widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
        self.fields[name] = forms.CharField(
            max_length=200, required=False, widget=widget, **options
        )

    @property
    def address_fields(self) -> list[forms.BoundField]:
        """The fields of the delivery address."""
        return [self[name] for name in ADDRESS_FIELDS]

    def clean(self) -> dict[str, Any]:
        """Check the address by the rules of its country."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.address: AddressData | None = None
        if self.errors:
            return data
        try:
            self.address = clean_address({name: data.get(name) or "" for name in ADDRESS_FIELDS})
        except Invalid as refusal:
            for name, messages in refusal.errors.items():
                self.add_error(name, messages)
        return data

    def change(self) -> OrderChange:
        """What was typed, for the service. An emptied field is no unit."""
        data = self.cleaned_data
        units = {item.product_sku: data[field.name] or 0 for item, field in self.rows}
        units |= {variant.sku: data[field.name] or 0 for variant, field in self.added}
        return OrderChange(units, self.address, data["shipping_method"])


def added_keys(data: Mapping[str, Any]) -> list[int]:
    """Primary keys of the variants that a posted form adds."""
    return [
        int(name.removeprefix(ADDED))
        for name in data
        if name.startswith(ADDED) and name.removeprefix(ADDED).isdecimal() and len(name) < 20
    ]


def named(variants: QuerySet[Variant]) -> QuerySet[Variant]:
    """With what a row of the form shows of them."""
    return variants.select_related("product", "stock_item").order_by("product__name", "sku")
