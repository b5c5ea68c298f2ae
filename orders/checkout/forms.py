"""The form of the checkout. It checks shape; the service has the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import (
    AddressData,
    AddressField,
    clean_address,
    country_choices,
    country_fields,
)
from accounts.fields import EmailField, RegionField, clean_text
from shop.core.card_numbers import CardFreeForm
from shop.core.errors import Invalid

BILLING = "billing_"
_FOLDED = ("company", "line2")
_MISSING = {
    "name": gettext_lazy("Enter your full name."),
    "line1": gettext_lazy("Enter your street and house number."),
    "postal_code": gettext_lazy("Enter your postal code."),
    "city": gettext_lazy("Enter your city."),
    "region": gettext_lazy("Choose your region."),
}


class CheckoutForm(CardFreeForm):
    """Contact, addresses, delivery and payment on one page.

    Its address fields are those of the chosen country, its choices those of the quote. `address`
    and `billing_address` are filled by `clean`.
    """

    use_required_attribute = False

    email = EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("We use it for the order confirmation and delivery updates only."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Enter your e-mail address.")},
    )
    is_same = forms.BooleanField(
        label=gettext_lazy("Billing address is the same as the delivery address"), required=False
    )
    shipping_method = forms.ChoiceField(
        label=gettext_lazy("Delivery"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a delivery method."),
            "invalid_choice": gettext_lazy("Choose a delivery method."),
        },
    )
    payment_method = forms.ChoiceField(
        label=gettext_lazy("Payment"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a payment method."),
            "invalid_choice": gettext_lazy("Choose a payment method."),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("Delivery instructions"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    expected_total = forms.IntegerField(widget=forms.HiddenInput, required=False)
    expected_due = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        country: str,
        billing_country: str,
        shipping_choices: list[tuple[str, str]],
        payment_choices: list[tuple[str, str]],
        needs_payment: bool = True,
        needs_shipping: bool = True,
        likely_countries: Iterable[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.likely_countries = frozenset(likely_countries)
        self.address: AddressData | None = None
        self.billing_address: AddressData | None = None
        self._add_address("", country, "shipping")
        self._add_address(BILLING, billing_country, "billing")
        self.fields["shipping_method"].choices = shipping_choices  # type: ignore[attr-defined]
        self.fields["payment_method"].choices = payment_choices  # type: ignore[attr-defined]
        self.fields["shipping_method"].required = needs_shipping
        # Gift cards that pay all of it, and an order that costs nothing, leave nothing to choose.
        self.fields["payment_method"].required = needs_payment

    def _add_address(self, prefix: str, country: str, purpose: str) -> None:
        self.fields[f"{prefix}country"] = forms.ChoiceField(
            label=_("Country"),
            choices=country_choices(self.likely_countries),
            initial=country,
            error_messages={"required": gettext_lazy("Choose a country.")},
            widget=forms.Select(attrs={"autocomplete": f"{purpose} country"}),
        )
        for field in country_fields(country):
            self.fields[prefix + field.name] = _form_field(field, purpose, country)

    @property
    def address_fields(self) -> list[forms.BoundField]:
        """The delivery address's fields, in the order of its country, without
        what is folded away.
        """
        return self._address_fields("")

    @property
    def address_rows(self) -> list[list[forms.BoundField]]:
        """The same, with postal code and city side by side where they follow each other."""
        rows: list[list[forms.BoundField]] = []
        for field in self.address_fields:
            if field.name == "city" and rows and rows[-1][0].name == "postal_code":
                rows[-1].append(field)
            else:
                rows.append([field])
        return rows

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        """Company and flat, which most people do not need."""
        return [self[name] for name in _FOLDED if name in self.fields]

    @property
    def has_folded_values(self) -> bool:
        """Whether the fold must be open because something stands in it."""
        return any(field.value() or field.errors for field in self.folded_fields)

    @property
    def billing_fields(self) -> list[forms.BoundField]:
        """The billing address's fields, all of them but the phone."""
        return [
            field
            for field in self._address_fields(BILLING, folded=True)
            if field.name != f"{BILLING}phone"
        ]

    def _address_fields(self, prefix: str, *, folded: bool = False) -> list[forms.BoundField]:
        names = [
            name
            for name in self.fields
            if name.startswith(prefix) and name.removeprefix(prefix) in _ADDRESS_NAMES
        ]
        return [self[name] for name in names if folded or name.removeprefix(prefix) not in _FOLDED]

    def clean_note(self) -> str:
        """Text without control characters."""
        return clean_text(self.cleaned_data["note"], max_length=500)

    def clean(self) -> dict[str, Any]:
        """Check both addresses by the rules of their countries."""
        data: dict[str, Any] = super().clean() or {}
        self.address = self._clean_address("", data)
        if data.get("is_same"):
            self.billing_address = None
            for name in [name for name in self.errors if name.startswith(BILLING)]:
                del self.errors[name]  # nobody sees those fields
        else:
            self.billing_address = self._clean_address(BILLING, data)
        return data

    def _clean_address(self, prefix: str, data: Mapping[str, Any]) -> AddressData | None:
        values = {name: data.get(prefix + name) or "" for name in _ADDRESS_NAMES | {"country"}}
        try:
            return clean_address(values)
        except Invalid as refusal:
            for name, messages in refusal.errors.items():
                field = prefix + name
                if field not in self.errors:
                    self.add_error(field if field in self.fields else None, messages)
            return None


_ADDRESS_NAMES = {
    "name",
    "company",
    "line1",
    "line2",
    "postal_code",
    "city",
    "region",
    "phone",
}


def _form_field(field: AddressField, purpose: str, country: str) -> forms.Field:
    attrs = {"autocomplete": f"{purpose} {field.autocomplete}"}
    if field.name == "phone":
        attrs["inputmode"] = "tel"
    if field.is_numeric:
        attrs["inputmode"] = "numeric"
    label = _("Phone (for delivery)") if field.name == "phone" else field.label
    options: dict[str, Any] = {
        "label": label,
        "required": field.is_required,
        "error_messages": {
            "required": _MISSING.get(field.name, gettext_lazy("This field is required."))
        },
    }
    if field.choices:
        choices = [("", _("Choose")), *field.choices]
        widget = forms.Select(attrs=attrs)
        return RegionField(country, choices=choices, widget=widget, **options)
    return forms.CharField(
        max_length=field.max_length, widget=forms.TextInput(attrs=attrs), **options
    )
