"""The form of a withdrawal. It checks shape; the service has the rules."""

from __future__ import annotations

import re
import uuid

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import EmailField, clean_text
from shop.core.card_numbers import CardFreeForm

_LINKS = re.compile(r"[/:@<>\\]|\w\.\w")
_NUMBER = re.compile(r"[A-Z0-9-]{1,20}")


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
        name = clean_text(self.cleaned_data["name"], max_length=100)
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
