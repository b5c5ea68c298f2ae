"""What staff type when stock is counted. The service decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from inventory.models import StockItem
from inventory.states import MovementKind

# Kinds a person may choose; sales and their like are booked by orders.
KINDS = [
    MovementKind.ADJUSTED,
    MovementKind.RECEIVED,
    MovementKind.RETURNED,
    MovementKind.WRITTEN_OFF,
]


class AdjustForm(BaseDialogForm):
    """A difference or a counted number, and why."""

    form_before_template = "admin/inventory/stockitem/levels.html"

    delta = forms.IntegerField(
        label=gettext_lazy("Change in units (negative to reduce)"),
        required=False,
        min_value=-1_000_000,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"autofocus": True}),
    )
    set_to = forms.IntegerField(
        label=gettext_lazy("Or: counted quantity"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Type of change"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=UnfoldAdminSelectWidget(),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget()
    )

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        """What the books say now."""
        return {"item": StockItem.objects.filter(pk=object_id).first()}

    def clean(self) -> dict[str, Any]:
        """One of the two numbers, and one that changes something."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if (data.get("delta") is None) == (data.get("set_to") is None):
            raise forms.ValidationError(_("Enter either a change or a counted quantity."))
        if data.get("delta") == 0:
            self.add_error("delta", _("There are no changes to save."))
        return data


class ThresholdForm(forms.ModelForm[StockItem]):
    """What is set by hand on a stock item."""

    class Meta:
        model = StockItem
        fields = ["low_stock_threshold", "backorder_limit", "backorder_until"]

    def clean_backorder_limit(self) -> int:
        """Units already promised cannot be taken back by a lower limit."""
        limit: int = self.cleaned_data["backorder_limit"]
        item = self.instance
        if item.pk and item.reserved > item.on_hand + limit:
            least = item.reserved - item.on_hand
            raise forms.ValidationError(
                _("%(least)d backordered units are already reserved.") % {"least": least}
            )
        return limit
