"""What staff type when they issue a gift card, change what is on it, or switch it.

Shapes only: services decide.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.fields import EmailField
from accounts.typed_text import clean_line
from catalog.prices.lookup import available_currencies
from pricing.gift_cards import Greeting
from pricing.models import GiftCard
from shop.admin.base import MoneyField
from shop.core.card_numbers import CardFreeForm
from shop.core.clock import end_of_day, today
from shop.core.errors import Invalid
from shop.core.money import format_minor, from_wire


class LineField(forms.CharField):
    """A line of text without characters that nobody sees."""

    def clean(self, value: Any) -> str:
        """With single spaces; what hides or turns its letters is refused."""
        try:
            return clean_line(super().clean(value) or "")
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal


class IssueForm(CardFreeForm):
    """A card by hand. The key makes a double click one card."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), widget=UnfoldAdminSelectWidget())
    reason = LineField(
        label=gettext_lazy("Reason (for accounting)"),
        max_length=250,
        widget=UnfoldAdminTextInputWidget(),
    )
    recipient_name = LineField(
        label=gettext_lazy("Recipient name"),
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    recipient_email = EmailField(
        label=gettext_lazy("Recipient e-mail"),
        required=False,
        help_text=gettext_lazy(
            "The gift card is sent to this address immediately. If you leave this empty, the code "
            "is shown to you once."
        ),
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
    )
    sender_name = LineField(
        label=gettext_lazy("From"),
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    message = LineField(
        label=gettext_lazy("Message"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last valid day"),
        required=False,
        help_text=gettext_lazy("Leave empty for no expiration date."),
        widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [(code, code) for code in available_currencies()]
        self.fields["currency"].choices = codes  # type: ignore[attr-defined]
        self.fields["currency"].initial = settings.DEFAULT_CURRENCY

    def clean_last_day(self) -> date | None:
        """Today or later, so that the day has an end to come."""
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and day < today():
            raise forms.ValidationError(_("Choose a day in the future."))
        if day is not None and day.year > today().year + 100:
            raise forms.ValidationError(_("Choose a day within the next hundred years."))
        return day

    def clean(self) -> dict[str, Any]:
        """With the amount in minor units of the currency."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" in data and "currency" in data:
            try:
                data["amount_minor"] = from_wire(data["amount"], data["currency"])
            except ValueError as refusal:
                self.add_error("amount", str(refusal))
            else:
                if data["amount_minor"] <= 0:
                    self.add_error("amount", _("Enter an amount greater than zero."))
        return data

    def expires_at(self) -> datetime | None:
        """The end of the last day, where the shop is."""
        day = self.cleaned_data["last_day"]
        return day and end_of_day(day)

    def greeting(self) -> Greeting:
        """Whom it is for, and what is written on it."""
        data = self.cleaned_data
        return Greeting(
            recipient_name=data["recipient_name"],
            recipient_email=data["recipient_email"],
            sender_name=data["sender_name"],
            message=data["message"],
            language=settings.LANGUAGE_CODE,
        )


class CardDialogForm(CardFreeForm, BaseDialogForm):
    """A dialog about one gift card."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.card = GiftCard.objects.filter(pk=self.object_id).first()

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        """What is on it."""
        card = self.card
        return {"balance": card and format_minor(card.balance_minor, card.currency)}


class AdjustForm(CardDialogForm):
    """More or less money on a card, with a reason. The key makes a double click one change."""

    form_before_template = "admin/pricing/giftcard/holds.html"

    reason = LineField(
        label=gettext_lazy("Reason (for accounting)"),
        max_length=250,
        widget=UnfoldAdminTextInputWidget(),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.card:
            self.fields["amount"] = MoneyField(
                currency=self.card.currency,
                label=_("Change in %(currency)s") % {"currency": self.card.currency},
                help_text=_("For example, 10.00 to add or -10.00 to subtract."),
            )
            self.order_fields(["amount", "reason"])

    def clean_amount(self) -> int:
        """Something, and no more off than there is."""
        amount: int = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_("Enter an amount other than zero."))
        if self.card and self.card.balance_minor + amount < 0:
            raise forms.ValidationError(_("The amount is greater than the card's balance."))
        return amount


class SwitchForm(CardDialogForm):
    """Why a card is switched; the dialog says what follows before anybody agrees to it."""

    reason = LineField(
        label=gettext_lazy("Reason (for the audit log)"),
        max_length=250,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
    )


class SwitchOffForm(SwitchForm):
    """Nobody can spend it from then on."""

    form_before_template = "admin/pricing/giftcard/off_effects.html"


class SwitchOnForm(SwitchForm):
    """It can be spent again."""

    form_before_template = "admin/pricing/giftcard/on_effects.html"
