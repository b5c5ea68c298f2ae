"""What staff type about a return: an answer, and what was in the parcel.

Shapes only: services decide.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from orders.models import OrderItem, Return, ReturnItem
from orders.returns.services import Arrived
from shop.admin.base import MoneyField
from shop.core.card_numbers import CardFreeForm

# A row of a form: what was sold, what the return says of it.
Row = tuple[OrderItem, ReturnItem]


def rows_of(claim: Return) -> list[Row]:
    """The return's lines with what was sold; needs `ReturnQuerySet.for_detail`."""
    sold = {item.pk: item for item in claim.order.items.all()}
    return [(sold[row.order_item_id], row) for row in claim.items.all()]


def units_field(label: str, *, most: int, initial: int) -> forms.IntegerField:
    """A number of units from 0 to `most`."""
    attrs = {"class": "bo-input", "min": 0, "max": most, "aria-label": label}
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        initial=initial,
        required=False,
        widget=forms.NumberInput(attrs=attrs),
    )


class AnswerForm(CardFreeForm):
    """How many units may come back, and a message to the shopper."""

    prefix = "answer"

    message = forms.CharField(
        label=gettext_lazy("Message to the customer"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("Required when you decline."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, rows: Sequence[Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = []
        for item, row in rows:
            self.fields[f"instead_{row.pk}"] = forms.CharField(
                label=_("Replacement SKU for %(name)s") % {"name": item.product_name},
                max_length=64,
                required=False,
                initial=row.replacement.sku if row.replacement else "",
                widget=forms.TextInput(
                    attrs={
                        "class": "bo-input",
                        "aria-label": _("Replacement SKU for %(name)s")
                        % {"name": item.product_name},
                    }
                ),
            )
            label = _("Units of %(name)s to approve") % {"name": item.product_name}
            name = f"quantity_{row.pk}"
            self.fields[name] = units_field(label, most=row.quantity, initial=row.quantity)
            self.rows.append((item, row, self[name], self[f"instead_{row.pk}"]))

    def instead(self) -> dict[int, str]:
        """SKUs to send instead by the return's item; nothing means the money."""
        return {
            row.pk: self.cleaned_data[f"instead_{row.pk}"] for _item, row, *_fields in self.rows
        }

    def quantities(self) -> dict[int, int]:
        """Approved units by the return's item."""
        return {
            row.pk: self.cleaned_data.get(f"quantity_{row.pk}") or 0
            for _item, row, *_fields in self.rows
        }


class ReceiveForm(CardFreeForm):
    """What was in the parcel, line by line, and what is kept of its price; the key
    makes a double click one.
    """

    prefix = "receive"

    shipping = forms.BooleanField(
        label=gettext_lazy("Credit delivery"), required=False, widget=UnfoldBooleanWidget()
    )
    message = forms.CharField(
        label=gettext_lazy("Message to the customer"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, rows: Sequence[Row], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = []
        for item, row in rows:
            words = {"name": item.product_name}
            most = row.expected_quantity
            shelf, lost = f"restock_{row.pk}", f"write_off_{row.pk}"
            self.fields[shelf] = units_field(
                _("Units of %(name)s to restock") % words, most=most, initial=most
            )
            self.fields[lost] = units_field(
                _("Units of %(name)s to write off") % words, most=most, initial=0
            )
            self.rows.append((item, row, self[shelf], self[lost]))
        self.fields["deduction"] = MoneyField(
            currency=currency,
            label=_("Deduction in %(currency)s") % {"currency": currency},
            required=False,
            help_text=_("Amount withheld from the credit for wear or damage."),
        )

    def arrived(self) -> dict[int, Arrived]:
        """What arrived, by the return's item."""
        data = self.cleaned_data
        return {
            row.pk: Arrived(
                data.get(f"restock_{row.pk}") or 0, data.get(f"write_off_{row.pk}") or 0
            )
            for _item, row, _shelf, _lost in self.rows
        }

    def clean(self) -> dict[str, Any]:
        """Something must have arrived."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(each.units for each in self.arrived().values()):
            raise forms.ValidationError(_("Enter the number of units that arrived."))
        return data
