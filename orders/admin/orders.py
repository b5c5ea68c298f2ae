"""The orders' list and page.

Amounts and states are read here; acts call services of orders and payments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RangeNumericFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.sections import TemplateSection

from orders.admin.acts import allowed_here, order_act
from orders.admin.badges import delivery_badge, payment_badge
from orders.admin.forms import (
    CARRIERS,
    BulkForm,
    CancelForm,
    MarkPaidForm,
    NoteForm,
    ShipForm,
    TrackingForm,
    missing_to_cancel,
    not_paid_yet,
)
from orders.admin.page import order_page
from orders.admin.refunds import refund_page
from orders.cancellation import cancel_order
from orders.editing.admin import edit_page
from orders.fulfillment import change_tracking, fulfill_order, mark_delivered
from orders.invoices import issue_invoice
from orders.models import Order, OrderItem
from orders.permissions import STAFF_ACTS
from orders.states import Act
from orders.timeline import add_note
from payments.settlement import record_manual_payment
from reports.figures import payment_failed, to_ship, unpaid
from shop.admin.base import DayRangeFilter, StaffAdmin, leave_dialog, money, needs
from shop.admin.base import number as figure
from shop.core.actors import Actor
from shop.core.clock import show_short
from shop.core.errors import DomainError
from shop.core.permissions import require


class WaitsFilter(admin.SimpleListFilter):
    """What waits for staff."""

    title = gettext_lazy("to do")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """To ship, unpaid, failed."""
        return [
            ("to_ship", _("To ship")),
            ("unpaid", _("Unpaid")),
            ("payment_failed", _("Payment failed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Orders that wait for it."""
        filters = {"to_ship": to_ship, "unpaid": unpaid, "payment_failed": payment_failed}
        chosen = filters.get(self.value() or "")
        return queryset.filter(chosen()) if chosen else queryset


class LinesSection(TemplateSection):
    """The items of a row, fetched when the row is opened."""

    template_name = "admin/orders/order/lines_stub.html"


@admin.register(Order)
class OrderAdmin(StaffAdmin):
    """Orders: nothing is added or deleted here, and only the packers' note is typed."""

    list_display = ["number", "placed", "who", "payment", "delivery", "units", "total"]
    list_display_links = ["number"]
    list_filter = [
        WaitsFilter,
        ("status", ChoicesCheckboxFilter),
        ("payment_status", ChoicesCheckboxFilter),
        ("fulfillment_status", ChoicesCheckboxFilter),
        ("placed_at", DayRangeFilter),
        ("total_minor", RangeNumericFilter),
    ]
    list_select_related = ["customer"]
    list_sections = [LinesSection]
    # What is searched, `OrderQuerySet.found_by` says; without a field Django shows no search.
    search_fields = ["number"]
    search_help_text = gettext_lazy(
        "Number, recipient, e-mail, postal code, SKU or tracking number"
    )
    ordering = ["-placed_at", "-pk"]
    fields = ["packing_note"]
    actions = ["ship_selected", "cancel_selected"]
    actions_row = ["ship_row"]
    actions_detail = [
        "ship",
        "edit",
        "refund",
        {
            "title": gettext_lazy("More"),
            "icon": "more_horiz",
            "items": ["invoice", "mark_paid", "cancel"],
        },
    ]
    change_form_template = "admin/orders/order/change_form.html"
    show_add_link = False

    # Who may do what ----------------------------------------------------------------------------
    # Orders come from checkouts, and stay.
    acts = {"add": None, "delete": None}
    has_ship_permission = order_act(Act.FULFILL)
    has_cancel_permission = order_act(Act.CANCEL)
    has_edit_permission = order_act(Act.EDIT)
    has_mark_paid_permission = order_act(Act.MARK_PAID)
    has_refund_permission = order_act(Act.REFUND)
    has_invoice_permission = order_act(Act.INVOICE)

    # The list -----------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Units are counted for the list only."""
        orders: QuerySet[Order] = super().get_queryset(request)
        match = request.resolver_match
        if match is None or match.url_name != "orders_order_changelist":
            return orders
        units = (
            OrderItem.objects.filter(order=OuterRef("pk"))
            .order_by()
            .values("order")
            .annotate(units=Sum("quantity"))
            .values("units")
        )
        return orders.annotate(unit_count=Coalesce(Subquery(units, output_field=IntegerField()), 0))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """By anything that an order shows."""
        return (queryset.found_by(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    @display(description=gettext_lazy("placed"), ordering="placed_at")
    def placed(self, order: Order) -> str:
        """Day and time, short."""
        return show_short(order.placed_at)

    @display(description=gettext_lazy("customer"))
    def who(self, order: Order) -> str:
        """The name on the parcel."""
        return str(order.shipping_address.get("name") or order.email)

    @display(description=gettext_lazy("payment"), ordering="payment_status")
    def payment(self, order: Order) -> SafeString:
        """Whether it is paid."""
        return payment_badge(order)

    @display(description=gettext_lazy("delivery"), ordering="fulfillment_status")
    def delivery(self, order: Order) -> SafeString:
        """Whether it was sent."""
        return delivery_badge(order)

    @display(description=gettext_lazy("units"))
    def units(self, order: Order) -> SafeString:
        """How many units were ordered."""
        return figure(order.unit_count)  # type: ignore[attr-defined]

    @display(description=gettext_lazy("total"), ordering="total_minor")
    def total(self, order: Order) -> SafeString:
        """What the shopper pays."""
        return money(order.total_minor, order.currency)

    # The page -----------------------------------------------------------------------------------
    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        """The rows' lines, notes and deliveries."""
        return (
            ("<int:object_id>/lines/", "orders_order_lines", self.lines_view),
            ("<int:object_id>/note/", "orders_order_note", self.note_view),
            (
                "<int:object_id>/delivered/<int:number>/",
                "orders_order_delivered",
                self.delivered_view,
            ),
            (
                "<int:object_id>/tracking/<int:number>/",
                "orders_order_tracking",
                self.tracking_view,
            ),
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Everything about the order beside the form for the packers' note."""
        extra = dict(extra_context or {})
        if object_id and self.has_view_or_change_permission(request):
            order = self.get_object(request, object_id)
            if order is not None:
                extra |= order_page(order)
                extra |= {
                    "note_form": NoteForm(),
                    "may_note": allowed_here(request, object_id, Act.NOTE),
                    "may_ship": allowed_here(request, object_id, Act.FULFILL),
                }
        return super().changeform_view(request, object_id, form_url, extra)

    def save_model(self, request: HttpRequest, obj: Order, form: Any, change: Any) -> None:
        """Only the note is written, so that amounts which changed meanwhile stay."""
        obj.save(update_fields=["packing_note"])

    @needs("view")
    def lines_view(self, request: HttpRequest, object_id: int, model_admin: Any) -> HttpResponse:
        """The items of one order, for a row that was opened."""
        order = get_object_or_404(Order.objects.prefetch_related("items"), pk=object_id)
        return TemplateResponse(
            request, "admin/orders/order/lines.html", {"order": order, "items": order.items.all()}
        )

    @needs(STAFF_ACTS[Act.NOTE])
    def note_view(self, request: HttpRequest, object_id: int, model_admin: Any) -> HttpResponse:
        """Add a line to the timeline."""
        order = get_object_or_404(Order, pk=object_id)
        form = NoteForm(request.POST)
        if request.method == "POST" and form.is_valid():
            self.act(
                request,
                lambda: add_note(
                    order,
                    message=form.cleaned_data["note"],
                    actor=Actor.of(request.user),
                    at=timezone.now(),
                ),
                _("The note was added."),
            )
        elif request.method == "POST":
            messages.error(request, _("Enter a note of up to 1,000 characters."))
        return redirect(_page_of(object_id) + "#timeline")

    @needs(STAFF_ACTS[Act.FULFILL])
    def delivered_view(
        self, request: HttpRequest, object_id: int, number: int, model_admin: Any
    ) -> HttpResponse:
        """A parcel has arrived."""
        order = get_object_or_404(Order, pk=object_id)
        if request.method == "POST":
            self.act(
                request,
                lambda: mark_delivered(
                    order, number=number, actor=Actor.of(request.user), at=timezone.now()
                ),
                _("The parcel was marked as delivered."),
            )
        return redirect(_page_of(object_id))

    @needs(STAFF_ACTS[Act.FULFILL])
    def tracking_view(
        self, request: HttpRequest, object_id: int, number: int, model_admin: Any
    ) -> HttpResponse:
        """Add or correct how a parcel that has left is followed."""
        order = get_object_or_404(Order, pk=object_id)
        parcel = get_object_or_404(order.fulfillments, number=number)
        shown = {name: getattr(parcel, name) for name in TrackingForm.base_fields}
        form = TrackingForm(request.POST or None, initial=shown)
        if request.method == "POST" and form.is_valid():
            self.act(
                request,
                lambda: change_tracking(
                    order,
                    number=number,
                    **form.cleaned_data,
                    actor=Actor.of(request.user),
                    at=timezone.now(),
                ),
                _("The tracking was saved. If it changed, the customer will get an e-mail."),
            )
            return redirect(_page_of(object_id))
        return TemplateResponse(
            request,
            "admin/orders/order/tracking.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Tracking for parcel %(number)d of order %(order)s")
                % {"number": number, "order": order.number},
                "back": _page_of(object_id),
                "form": form,
            },
        )

    # Acts on one order --------------------------------------------------------------------------
    @action(
        description=gettext_lazy("Ship"),
        icon="local_shipping",
        permissions=["ship"],
        variant=ActionVariant.PRIMARY,
        url_path="ship",
        attrs={"data-key": "s"},
        dialog={
            "title": gettext_lazy("Ship remaining items"),
            "description": "",
            "form_class": ShipForm,
            "form_submit_text": gettext_lazy("Ship"),
        },
    )
    def ship(self, request: HttpRequest, form: ShipForm, object_id: str) -> HttpResponse:
        """A parcel with what the form says."""
        data = form.cleaned_data
        order = get_object_or_404(Order, pk=object_id)
        self.act(
            request,
            lambda: fulfill_order(
                order,
                quantities=form.quantities(),
                carrier=data["carrier"],
                tracking_number=data["tracking_number"],
                tracking_url=data["tracking_url"],
                actor=Actor.of(request.user),
                at=timezone.now(),
            ),
            _("The parcel was marked as sent, and the customer will get an e-mail."),
        )
        return leave_dialog(request, _page_of(object_id))

    @action(
        description=gettext_lazy("Issue invoice"),
        icon="receipt_long",
        permissions=["invoice"],
        url_path="invoice",
        dialog={
            "title": gettext_lazy("Issue an invoice before shipping"),
            "description": gettext_lazy(
                "An invoice cannot be changed, and the order can no longer be edited once it is "
                "issued. Otherwise the invoice is issued with the first parcel."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Issue invoice"),
        },
    )
    def invoice(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """A document over all that none asks for yet."""
        order = get_object_or_404(Order, pk=object_id)
        self.act(
            request,
            lambda: issue_invoice(order, actor=Actor.of(request.user), at=timezone.now()),
            _("The invoice was issued."),
        )
        return leave_dialog(request, _page_of(object_id))

    @action(
        description=gettext_lazy("Mark as paid"),
        icon="payments",
        permissions=["mark_paid"],
        url_path="mark-paid",
        dialog={
            "title": gettext_lazy("Mark as paid"),
            "description": "",
            "form_class": MarkPaidForm,
            "form_submit_text": gettext_lazy("Mark as paid"),
        },
    )
    def mark_paid(self, request: HttpRequest, form: MarkPaidForm, object_id: str) -> HttpResponse:
        """Money that came by bank transfer or in cash."""
        order = get_object_or_404(Order, pk=object_id)
        self.act(
            request,
            lambda: record_manual_payment(
                order,
                amount_minor=form.cleaned_data["amount"],
                reference=form.cleaned_data["reference"],
                actor=Actor.of(request.user),
                at=timezone.now(),
            ),
            _("The payment was recorded."),
        )
        return leave_dialog(request, _page_of(object_id))

    @action(
        description=gettext_lazy("Cancel"),
        icon="cancel",
        permissions=["cancel"],
        variant=ActionVariant.DANGER,
        url_path="cancel",
        dialog={
            "title": gettext_lazy("Cancel order"),
            "description": "",
            "form_class": CancelForm,
            "form_submit_text": gettext_lazy("Cancel order"),
        },
    )
    def cancel(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        """Free the stock and pay back what was paid."""
        order = get_object_or_404(Order, pk=object_id)
        self.act(
            request,
            lambda: self._cancel(request, order, form.cleaned_data["reason"]),
            _("The order was canceled."),
        )
        return leave_dialog(request, _page_of(object_id))

    @action(
        description=gettext_lazy("Refund"),
        icon="undo",
        permissions=["refund"],
        url_path="refund",
        attrs={"data-key": "r"},
    )
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page of its own: a quantity per line."""
        order = get_object_or_404(Order.objects.prefetch_related("items"), pk=object_id)
        return refund_page(request, order, site=self.admin_site, opts=self.opts)

    @action(
        description=gettext_lazy("Edit"),
        icon="edit",
        permissions=["edit"],
        url_path="edit",
        attrs={"data-key": "e"},
    )
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page of its own: units, address, and what they come to."""
        order = get_object_or_404(Order.objects.prefetch_related("items"), pk=object_id)
        return edit_page(request, order, site=self.admin_site, opts=self.opts)

    @action(
        description=gettext_lazy("Open to ship"),
        icon="local_shipping",
        permissions=["view"],
        url_path="open-to-ship",
    )
    def ship_row(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From a row to what is left to ship."""
        return redirect(_page_of(object_id) + "#to-ship")

    # Acts on several ----------------------------------------------------------------------------
    @admin.action(description=gettext_lazy("Ship remaining items"), permissions=["ship"])
    def ship_selected(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """One parcel each, after a page that lists them."""
        return self.bulk(
            request,
            orders,
            title=_("Ship remaining items"),
            act=lambda order, _reason: fulfill_order(
                order,
                quantities=None,
                carrier=request.POST.get("carrier", ""),
                tracking_number=request.POST.get(f"tracking_{order.pk}", ""),
                tracking_url="",
                actor=Actor.of(request.user),
                at=timezone.now(),
            ),
            warn=not_paid_yet,
            carriers=CARRIERS,
        )

    @admin.action(description=gettext_lazy("Cancel"), permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """Each frees its stock and pays back, after a page that lists them."""
        return self.bulk(
            request,
            orders,
            title=_("Cancel orders"),
            act=lambda order, reason: self._cancel(request, order, reason),
            warn=lambda order: missing_to_cancel(order, request.user),
            asks_reason=True,
        )

    def _cancel(self, request: HttpRequest, order: Order, reason: str) -> None:
        """Cancel with the rights of the signed-in person. Raises what `cancel_order` does."""
        cancel_order(
            order,
            reason=reason,
            actor=Actor.of(request.user),
            at=timezone.now(),
            authorize=partial(require, request.user),
        )

    def bulk(
        self,
        request: HttpRequest,
        orders: QuerySet[Order],
        *,
        title: str,
        act: Callable[[Order, str], object],
        warn: Callable[[Order], str],
        asks_reason: bool = False,
        carriers: Sequence[str] = (),
    ) -> HttpResponse | None:
        """First a page that lists the orders, each with its warning, then the act on each.

        Refusals are named one by one.
        """
        applies = "apply" in request.POST
        form = BulkForm(request.POST if applies else None)
        if not applies or (asks_reason and not form.is_valid()):
            return TemplateResponse(
                request,
                "admin/orders/order/bulk.html",
                {
                    **self.admin_site.each_context(request),
                    "opts": self.opts,
                    "title": title,
                    "rows": [(order, warn(order)) for order in orders.order_by("placed_at", "pk")],
                    "form": form if asks_reason else None,
                    "carriers": carriers,
                    "action": request.POST["action"],
                    "keys": request.POST.getlist(ACTION_CHECKBOX_NAME),
                    "select_across": request.POST.get("select_across", "0"),
                },
            )
        reason = form.cleaned_data["reason"] if asks_reason else ""
        done = 0
        for order in orders.order_by("placed_at", "pk"):
            try:
                act(order, reason)
                done += 1
            except DomainError as refusal:
                messages.error(request, f"{order.number}: {refusal.message}")
        if done:
            messages.success(
                request, _("%(title)s: %(done)d done.") % {"title": title, "done": done}
            )
        return None


def _page_of(object_id: Any) -> str:
    return reverse("admin:orders_order_change", args=[object_id])
