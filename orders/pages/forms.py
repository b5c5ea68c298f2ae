"""The forms of the orders' pages: tracking and canceling."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from accounts.fields import EmailField
from shop.core.card_numbers import CardFreeForm


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


class CancelForm(CardFreeForm):
    """Why, if the shopper wants to say."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"), max_length=250, required=False
    )
