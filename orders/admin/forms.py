"""What staff type when they ship, take money, cancel and refund. Shapes only: services decide."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanWidget,
)

from orders.admin.page import open_lines
from orders.credits.shares import Part
from orders.models import Order
from orders.permissions import act_on
from orders.states import Act
from payments.models import Payment
from shop.admin.base import MoneyField
from shop.core.card_numbers import CardFreeForm
from shop.core.clock import show_short
from shop.core.money import format_minor
from shop.core.permissions import may, what_is_missing

CARRIERS = ["DHL", "DPD", "GLS", "Hermes", "UPS"]


def not_paid_yet(order: Order) -> str:
    """A warning before something is sent that its shopper still has to pay."""
    if not order.to_pay_minor:
        return ""
    amount = format_minor(order.to_pay_minor, order.currency)
    return _("%(amount)s of this order is not paid yet.") % {"amount": amount}


def missing_to_cancel(order: Order, user: Any) -> str:
    """What somebody who may cancel orders lacks to cancel this one."""
    act = act_on(order, Act.CANCEL)
    if may(user, act):
        return ""
    paid = _("Canceling this order refunds what was paid.")
    return f"{paid} {what_is_missing(user, act)}"


class OrderDialogForm(CardFreeForm, BaseDialogForm):
    """A dialog about one order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = Order.objects.prefetch_related("items").filter(pk=self.object_id).first()


class TrackingForm(CardFreeForm):
    """How a parcel is followed."""

    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        max_length=80,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        required=False,
        choices=[("", gettext_lazy("Not specified")), *[(name, name) for name in CARRIERS]],
        widget=UnfoldAdminSelectWidget(),
    )
    tracking_url = forms.URLField(
        label=gettext_lazy("Tracking link"),
        max_length=300,
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A carrier that a program has named is kept.
        named = self.initial.get("carrier")
        if named and named not in CARRIERS:
            carrier: Any = self.fields["carrier"]
            carrier.choices = [*carrier.choices, (named, named)]


class ShipForm(TrackingForm, OrderDialogForm):
    """What is left goes out in one parcel, or only some units of it."""

    form_before_template = "admin/orders/order/ship_lines.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = open_lines(self.order) if self.order else []
        for line in self.lines:
            field = forms.IntegerField(
                label=line.item.product_name,
                min_value=0,
                max_value=line.quantity,
                initial=line.quantity,
                required=False,
                widget=forms.NumberInput(
                    attrs={
                        "class": "bo-input",
                        "aria-label": _("Units of %(name)s to ship")
                        % {"name": line.item.product_name},
                    }
                ),
            )
            self.fields[f"quantity_{line.item.pk}"] = field

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        """The lines with a quantity to type each."""
        order = self.order
        return {
            "rows": [(line, self[f"quantity_{line.item.pk}"]) for line in self.lines],
            "unpaid": not_paid_yet(order) if order else "",
        }

    def clean(self) -> dict[str, Any]:
        """Something must go out."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(self.quantities().values()):
            raise forms.ValidationError(_("Enter the number of units to ship."))
        return data

    def quantities(self) -> dict[int, int]:
        """Units by item."""
        return {
            line.item.pk: units
            for line in self.lines
            if (units := self.cleaned_data.get(f"quantity_{line.item.pk}") or 0)
        }


class MarkPaidForm(OrderDialogForm):
    """Money that came by bank transfer or in cash."""

    form_before_template = "admin/orders/order/due.html"

    reference = forms.CharField(
        label=gettext_lazy("Transfer reference"),
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.order:
            amount = MoneyField(
                currency=self.order.currency,
                label=_("Amount received in %(currency)s") % {"currency": self.order.currency},
                initial=self.order.due_minor,
            )
            self.fields["amount"] = amount
            self.order_fields(["amount", "reference"])

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        """What is still owed."""
        return {"due": self.order and format_minor(self.order.due_minor, self.order.currency)}

    def clean_amount(self) -> int:
        """More than nothing."""
        amount: int = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError(_("Enter an amount greater than zero."))
        return amount


class CancelForm(OrderDialogForm):
    """The dialog names what follows before anybody agrees to it."""

    form_before_template = "admin/orders/order/cancel_effects.html"

    reason = forms.CharField(
        label=gettext_lazy("Reason (shown in the timeline and the e-mail)"),
        max_length=250,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
    )

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        """Stock that is freed and money that goes back."""
        order = self.order
        if order is None:
            return {}
        return {
            "units": sum(item.open_quantity for item in order.items.all()),
            "refund": format_minor(order.refundable_minor, order.currency)
            if order.refundable_minor
            else "",
            "coupon": order.joined_codes,
            "email": order.email,
            "missing": missing_to_cancel(order, request.user),
        }


class NoteForm(CardFreeForm):
    """A note for colleagues."""

    note = forms.CharField(label=gettext_lazy("Note"), max_length=1000, widget=forms.Textarea)


def _choice(row: tuple[Payment, int]) -> tuple[str, str]:
    payment, left = row
    name = _("%(instrument)s, %(day)s: up to %(amount)s") % {
        "instrument": payment.instrument or payment.provider,
        "day": show_short(payment.created_at),
        "amount": format_minor(left, payment.currency),
    }
    return str(payment.pk), name


class RefundForm(CardFreeForm):
    """Units to pay back, delivery, and the amount; the key makes a double click one refund."""

    shipping = forms.BooleanField(
        label=gettext_lazy("Refund delivery"),
        required=False,
        widget=UnfoldBooleanWidget(),
    )
    restock = forms.BooleanField(
        label=gettext_lazy("Return units to stock"),
        required=False,
        widget=UnfoldBooleanWidget(),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason (shown in the timeline)"),
        max_length=250,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(
        self,
        *args: Any,
        order: Order,
        parts: Mapping[int | None, Part],
        payments: Sequence[tuple[Payment, int]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.payments, self.delivery = order, payments, parts[None]
        if len(payments) > 1:
            self.fields["payment"] = forms.ChoiceField(
                label=_("Refund to"),
                choices=[("", _("Oldest payment first")), *map(_choice, payments)],
                required=False,
                widget=UnfoldAdminSelectWidget(),
            )
        self.rows = []
        for item in order.items.all():
            part = parts[item.pk]
            units = part.open_units
            name = f"quantity_{item.pk}"
            self.fields[name] = forms.IntegerField(
                label=_("Units of %(name)s to refund") % {"name": item.product_name},
                min_value=0,
                max_value=units,
                initial=0,
                required=False,
                widget=forms.NumberInput(
                    attrs={
                        "class": "bo-input",
                        "min": 0,
                        "max": units,
                        "aria-label": _("Units of %(name)s to refund")
                        % {"name": item.product_name},
                    }
                ),
            )
            self.rows.append((item, part, self[name]))
        self.fields["amount"] = MoneyField(
            currency=order.currency,
            label=_("Amount in %(currency)s") % {"currency": order.currency},
            required=False,
            help_text=_("Leave empty to refund what was paid for the chosen units."),
        )

    def chosen(self) -> Payment | None:
        """The payment that was chosen, if there is a choice and one was made."""
        key = self.cleaned_data.get("payment")
        return next((payment for payment, _left in self.payments if str(payment.pk) == key), None)

    def left_minor(self) -> int:
        """What the chosen payment has left, or all of them together."""
        chosen = self.chosen()
        return sum(left for payment, left in self.payments if chosen in {None, payment})

    def quantities(self) -> dict[int, int]:
        """Units to refund by item."""
        return {
            item.pk: units
            for item, _left, _field in self.rows
            if (units := self.cleaned_data.get(f"quantity_{item.pk}") or 0)
        }

    def clean(self) -> dict[str, Any]:
        """An amount or units; never more than was paid."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        amount = data.get("amount") or 0
        if amount > self.left_minor():
            most = format_minor(self.left_minor(), self.order.currency)
            self.add_error("amount", _("You can refund at most %(most)s.") % {"most": most})
        elif not self.errors and amount <= 0 and not self.quantities() and not data["shipping"]:
            self.add_error("amount", _("Choose units or enter an amount."))
        return data


class BulkForm(CardFreeForm):
    """The second step of an act on several orders."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (shown in the timeline and the e-mail)"),
        max_length=250,
        widget=UnfoldAdminTextInputWidget(),
    )
