"""Shape of what the cart's forms send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.fields import EmailField
from accounts.typed_text import clean_line
from cart.gift_cards import GREETING
from cart.services import MAX_QUANTITY
from shop.core.card_numbers import CardFreeForm
from shop.core.errors import Invalid

_QUANTITY = re.compile(r"quantity-([0-9]{1,18})")


class AsciiIntegerField(forms.IntegerField):
    """A whole number in plain digits; what other alphabets call digits is refused."""

    def to_python(self, value: object) -> int | None:
        text = str(value).strip() if value not in self.empty_values else ""
        if text and not text.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


class AddForm(CardFreeForm):
    """A SKU and how many of it."""

    sku = forms.CharField(max_length=64)
    quantity = AsciiIntegerField(min_value=1, max_value=MAX_QUANTITY, required=False)
    # Of a gift card.
    recipient_name = forms.CharField(max_length=120, required=False)
    recipient_email = EmailField(required=False)
    sender_name = forms.CharField(max_length=120, required=False)
    message = forms.CharField(max_length=500, required=False)

    def clean_quantity(self) -> int:
        """One, if nothing is said."""
        return self.cleaned_data["quantity"] or 1

    def clean(self) -> dict[str, Any]:
        """With the greeting of a gift card, free of marks that hide what is written."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["greeting"] = {}
        for name in GREETING:
            try:
                data["greeting"][name] = clean_line(data.get(name) or "")
            except Invalid as refusal:
                self.add_error(name, refusal.message)
        return data


class ChangeForm(forms.Form):
    """A number of units; minus and plus send a step besides."""

    quantity = AsciiIntegerField(min_value=0, max_value=MAX_QUANTITY)
    step = forms.TypedChoiceField(
        choices=[("-1", "-1"), ("1", "1")], coerce=int, required=False, empty_value=None
    )

    def wanted(self) -> int:
        """The units that are wanted, the step taken."""
        quantity = self.cleaned_data["quantity"] + (self.cleaned_data["step"] or 0)
        return int(min(max(quantity, 0), MAX_QUANTITY))


def wanted_quantities(data: Mapping[str, str]) -> dict[int, int] | None:
    """Return units by item from `quantity-<item>` and `step-<item>`; None if one
    is no number of units.
    """
    wanted = {}
    for name, value in data.items():
        match = _QUANTITY.fullmatch(name)
        if match is None:
            continue
        form = ChangeForm({"quantity": value, "step": data.get(f"step-{match[1]}", "")})
        if not form.is_valid():
            return None
        wanted[int(match[1])] = form.wanted()
    return wanted


class GiftCardForm(CardFreeForm):
    """The code of a gift card whose balance somebody asks for."""

    use_required_attribute = False

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy(
            "The code from the e-mail: five groups of four characters. Spaces and lowercase "
            "are fine."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class CouponForm(CardFreeForm):
    """A code."""

    code = forms.CharField(max_length=40)
