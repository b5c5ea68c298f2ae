"""The card form of the test provider. It takes test cards only, and keeps none."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.providers.test import Card, card_with


class CardForm(forms.Form):
    """A card as people type it."""

    use_required_attribute = False

    number = forms.CharField(
        label=gettext_lazy("Card number"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "cc-number", "inputmode": "numeric"}),
    )
    expiry = forms.CharField(
        label=gettext_lazy("Valid until"),
        max_length=9,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "cc-exp", "inputmode": "numeric", "placeholder": "MM / YY"}
        ),
    )
    code = forms.CharField(
        label=gettext_lazy("Security code"),
        max_length=4,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "cc-csc", "inputmode": "numeric"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name on card"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "cc-name"}),
    )

    def clean_number(self) -> Card:
        """One of the test cards, by its number or its last four digits."""
        card = card_with(self.cleaned_data["number"])
        if card is None:
            raise forms.ValidationError(
                _("Use one of the test cards below. Never type a real one.")
            )
        return card
