"""The form of a return. It checks shape; the service has the rules."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import clean_text
from orders.models import OrderItem
from orders.states import ReturnReason
from shop.core.card_numbers import CardFreeForm


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
        return clean_text(self.cleaned_data["note"], max_length=1000)

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
