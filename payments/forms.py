"""The card form of the test provider, which takes test cards only and keeps none,
and the dialogs of staff.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm

from payments.models import Payment
from payments.providers.test import Card, card_with
from payments.settlement import takeable_minor
from shop.admin.base import MoneyField
from shop.core.money import format_minor


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
                _("Use one of the test cards below. Never enter a real card number.")
            )
        return card


class PaymentDialogForm(BaseDialogForm):
    """A dialog about one payment: it says what follows before anybody agrees to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Payment.objects.select_related("order").filter(pk=self.object_id)
        self.payment = found.first()

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        """What the payment holds, and what its order owes."""
        payment = self.payment
        if payment is None:
            return {}
        return {
            "payment": payment,
            "amount": format_minor(payment.amount_minor, payment.currency),
            "due": format_minor(payment.order.due_minor, payment.currency),
            "number": payment.order.number,
        }


class CaptureForm(PaymentDialogForm):
    """How much of an authorized payment is taken."""

    form_before_template = "admin/payments/payment/capture.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.payment:
            planned = self.payment.capture_minor
            self.fields["amount"] = MoneyField(
                currency=self.payment.currency,
                label=_("Amount to capture in %(currency)s") % {"currency": self.payment.currency},
                initial=takeable_minor(self.payment) if planned is None else planned,
            )


class VoidForm(PaymentDialogForm):
    """Nothing to type: whoever sends it has read what follows."""

    form_before_template = "admin/payments/payment/void.html"
