"""Forms of the checkout, tracking and canceling. They check shape; the services have the rules."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
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
from accounts.fields import EmailField, RegionField
from accounts.typed_text import clean_line
from orders.models import OrderItem
from orders.states import ReturnReason
from shop.core.card_numbers import CardFreeForm
from shop.core.errors import Invalid

BILLING = "billing_"
_FOLDED = ("company", "line2")
_LINKS = re.compile(r"[/:@<>\\]|\w\.\w")
_NUMBER = re.compile(r"[A-Z0-9-]{1,20}")
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
        return cleaned(self.cleaned_data["note"], max_length=500)

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


def cleaned(text: str, *, max_length: int) -> str:
    """One line without control characters. Raises Django's `ValidationError`."""
    try:
        return clean_line(" ".join(text.split()), max_length=max_length)
    except Invalid as refusal:
        raise forms.ValidationError(refusal.message) from refusal


class TrackForm(CardFreeForm):
    """What a guest knows of an order."""

    use_required_attribute = False

    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "LN-"}),
    )
    email = EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class ReturnForm(CardFreeForm):
    """A quantity and a reason for each item that may come back; the key makes a
    double click one return.
    """

    use_required_attribute = False

    note = forms.CharField(
        label=gettext_lazy("Anything else we should know?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        items: Sequence[OrderItem],
        instead: Mapping[int, Sequence[tuple[str, str]]],
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.rows: list[tuple[OrderItem, forms.BoundField, forms.BoundField, forms.BoundField]] = []
        for item in items:
            self.fields[f"instead_{item.pk}"] = forms.ChoiceField(
                label=_("Refund or exchange"),
                choices=[("", _("Refund")), *instead.get(item.pk, [])],
                required=False,
            )
            most = item.returnable_quantity
            self.fields[f"quantity_{item.pk}"] = forms.TypedChoiceField(
                label=_("Quantity to return: %(name)s") % {"name": item.product_name},
                choices=[(0, _("None")), *((units, units) for units in range(1, most + 1))],
                coerce=int,
                empty_value=None,
                required=False,
            )
            self.fields[f"reason_{item.pk}"] = forms.ChoiceField(
                label=_("Reason"),
                choices=[("", _("Prefer not to say")), *ReturnReason.choices],
                required=False,
            )
            quantity, reason = self[f"quantity_{item.pk}"], self[f"reason_{item.pk}"]
            self.rows.append((item, quantity, reason, self[f"instead_{item.pk}"]))

    def clean_note(self) -> str:
        """Text without control characters."""
        return cleaned(self.cleaned_data["note"], max_length=1000)

    def clean(self) -> dict[str, Any]:
        """Something must come back."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.wanted():
            raise forms.ValidationError(_("Choose a quantity for at least one item."))
        return data

    def wanted(self) -> list[tuple[int, int, str, str]]:
        """Item, units, reason and what is wanted instead, of each row that has units."""
        data = self.cleaned_data
        return [
            (
                item.pk,
                units,
                data.get(f"reason_{item.pk}", ""),
                data.get(f"instead_{item.pk}", ""),
            )
            for item, *_fields in self.rows
            if (units := data.get(f"quantity_{item.pk}") or 0)
        ]


class WithdrawalForm(CardFreeForm):
    """All that the law lets us ask for: who, which contract, and where the answer goes."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "LN-"}),
    )
    email = EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("The address you ordered with. We send the confirmation there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_name(self) -> str:
        """A name; nothing that a mail program would make a link of."""
        name = cleaned(self.cleaned_data["name"], max_length=100)
        if _LINKS.search(name):
            raise forms.ValidationError(_("Enter only your name, without links or symbols."))
        return name

    def clean_number(self) -> str:
        """As it stands on the receipt."""
        number: str = self.cleaned_data["number"].strip().upper()
        if not _NUMBER.fullmatch(number):
            raise forms.ValidationError(
                _("Enter the order number from your confirmation, such as LN-4F7K2M9Q.")
            )
        return number


class CancelForm(CardFreeForm):
    """Why, if the shopper wants to say."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"), max_length=250, required=False
    )
