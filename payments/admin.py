"""Payments in the back office, to read: services and providers write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from orders.permissions import STAFF_ACTS
from orders.states import Act
from payments.forms import CaptureForm, VoidForm
from payments.inbox import resolve_event, retry_event
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund
from payments.permissions import CAPTURE, RETRY_REFUND, SETTLE_EVENT, VOID
from payments.refunds import retry_refund
from payments.settlement import capture_payment, void_payment
from payments.states import InboxState, PaymentState, RefundState
from shop.admin.base import (
    DayRangeFilter,
    ReadOnlyAdmin,
    StaffTabularInline,
    allowed,
    badge,
    leave_dialog,
    money,
    once_a_request,
)
from shop.core.actors import Actor
from shop.core.errors import DomainError

PAYMENT = {
    PaymentState.STARTED: ("hourglass_empty", "quiet"),
    PaymentState.REQUIRES_ACTION: ("touch_app", "warn"),
    PaymentState.PROCESSING: ("progress_activity", "info"),
    PaymentState.AUTHORIZED: ("lock", "info"),
    PaymentState.CAPTURED: ("check_circle", "ok"),
    PaymentState.FAILED: ("error", "danger"),
    PaymentState.VOIDED: ("remove", "quiet"),
}
INBOX = {
    InboxState.RECEIVED: ("inbox", "info"),
    InboxState.APPLIED: ("check_circle", "ok"),
    InboxState.IGNORED: ("remove", "quiet"),
    InboxState.QUARANTINED: ("warning", "danger"),
    InboxState.RESOLVED: ("check_circle", "quiet"),
}


def payment_state(payment: Payment) -> SafeString:
    """Where a try to pay stands, in icon and word."""
    icon, tone = PAYMENT[PaymentState(payment.state)]
    return badge(payment.get_state_display(), icon=icon, tone=tone)


class ReadOnlyInline(StaffTabularInline):
    """Rows to read."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class EntryInline(ReadOnlyInline):
    """What really happened to the money."""

    model = PaymentEntry
    fields = ["at", "kind", "amount", "external_id", "message", "actor"]
    readonly_fields = ["amount"]

    @display(description=gettext_lazy("amount"))
    def amount(self, entry: PaymentEntry) -> SafeString:
        """In its currency."""
        return money(entry.amount_minor, entry.currency)


class RefundInline(ReadOnlyInline):
    """Money on its way back."""

    model = Refund
    fields = ["created_at", "amount", "state", "reason", "failure_message", "actor"]
    readonly_fields = ["amount"]

    @display(description=gettext_lazy("amount"))
    def amount(self, refund: Refund) -> SafeString:
        """In its currency."""
        return money(refund.amount_minor, refund.currency)


def _in_states(*states: PaymentState) -> Callable[[HttpRequest, Any], bool]:
    """Whether the payment that is named is in one of `states`, asked once a request."""

    def is_in(request: HttpRequest, object_id: Any) -> bool:
        state = once_a_request(
            request,
            f"state of payment {object_id}",
            lambda: Payment.objects.filter(pk=object_id).values_list("state", flat=True).first(),
        )
        return state in states

    return is_in


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Tries to pay, with their ledger."""

    list_display = ["created_at", "order", "provider", "badge_state", "amount", "instrument"]
    list_filter = [("state", ChoicesCheckboxFilter), "provider", ("created_at", DayRangeFilter)]
    list_select_related = ["order"]
    search_fields = ["=order__number", "=external_id"]
    search_help_text = gettext_lazy("Order number or provider ID")
    fields = [
        ("order", "provider", "external_id"),
        ("state", "amount", "instrument"),
        ("failure_code", "failure_message"),
        ("created_at", "updated_at"),
    ]
    readonly_fields = ["amount"]
    inlines = [EntryInline, RefundInline]
    actions = ["take"]
    actions_detail = ["capture", "pay_back", "let_go"]

    # Who may do what ----------------------------------------------------------------------------
    has_take_permission = allowed(CAPTURE)

    has_capture_permission = allowed(CAPTURE, when=_in_states(PaymentState.AUTHORIZED))
    has_pay_back_permission = allowed(
        STAFF_ACTS[Act.REFUND], when=_in_states(PaymentState.CAPTURED)
    )
    # Nothing was taken yet.
    has_let_go_permission = allowed(
        VOID,
        when=_in_states(
            PaymentState.AUTHORIZED, PaymentState.STARTED, PaymentState.REQUIRES_ACTION
        ),
    )

    # Acts on one payment ------------------------------------------------------------------------
    @action(
        description=gettext_lazy("Capture"),
        icon="payments",
        permissions=["capture"],
        variant=ActionVariant.PRIMARY,
        url_path="capture",
        dialog={
            "title": gettext_lazy("Capture payment"),
            "description": "",
            "form_class": CaptureForm,
            "form_submit_text": gettext_lazy("Capture"),
        },
    )
    def capture(self, request: HttpRequest, form: CaptureForm, object_id: str) -> HttpResponse:
        """As much as the form says; the rest is let go."""
        payment = get_object_or_404(Payment, pk=object_id)
        self.act(
            request,
            lambda: capture_payment(
                payment,
                amount_minor=form.cleaned_data["amount"],
                actor=Actor.of(request.user),
                at=timezone.now(),
            ),
            _("The payment was captured."),
        )
        return leave_dialog(request, _page_of(object_id))

    @action(
        description=gettext_lazy("Refund"),
        icon="undo",
        permissions=["pay_back"],
        url_path="refund",
    )
    def pay_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the order's refund page, with this payment chosen."""
        payment = get_object_or_404(Payment, pk=object_id)
        url = reverse("admin:orders_order_refund", args=[payment.order_id])
        return redirect(f"{url}?payment={payment.pk}")

    @action(
        description=gettext_lazy("Void"),
        icon="cancel",
        permissions=["let_go"],
        variant=ActionVariant.DANGER,
        url_path="void",
        dialog={
            "title": gettext_lazy("Void payment"),
            "description": "",
            "form_class": VoidForm,
            "form_submit_text": gettext_lazy("Void"),
        },
    )
    def let_go(self, request: HttpRequest, form: VoidForm, object_id: str) -> HttpResponse:
        """Nothing is taken, and the shopper's bank frees the amount."""
        payment = get_object_or_404(Payment, pk=object_id)
        self.act(
            request,
            lambda: void_payment(payment, actor=Actor.of(request.user), at=timezone.now()),
            _("The payment was voided."),
        )
        return leave_dialog(request, _page_of(object_id))

    # Acts on several ----------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Capture authorized payments"), permissions=["take"])
    def take(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        """Capture what was only authorized; refusals are named one by one."""
        done = 0
        for payment in payments.filter(state=PaymentState.AUTHORIZED):
            try:
                capture_payment(payment, actor=Actor.of(request.user), at=timezone.now())
                done += 1
            except DomainError as refusal:
                messages.error(request, f"{payment}: {refusal.message}")
        said = ngettext("%d payment was captured.", "%d payments were captured.", done)
        messages.success(request, said % done)

    @display(description=gettext_lazy("status"), ordering="state")
    def badge_state(self, payment: Payment) -> SafeString:
        """Where the try stands."""
        return payment_state(payment)

    @display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, payment: Payment) -> SafeString:
        """In its currency."""
        return money(payment.amount_minor, payment.currency)


def _page_of(object_id: Any) -> str:
    return reverse("admin:payments_payment_change", args=[object_id])


REFUND = {
    RefundState.PENDING: ("hourglass_empty", "info"),
    RefundState.SUCCEEDED: ("check_circle", "ok"),
    RefundState.FAILED: ("error", "danger"),
}


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Money on its way back; a failed or stuck one can be sent again under the same id."""

    list_display = ["created_at", "order", "badge_state", "amount", "reason", "actor"]
    list_filter = [("state", ChoicesCheckboxFilter), ("created_at", DayRangeFilter)]
    list_select_related = ["payment__order"]
    search_fields = ["=payment__order__number", "=external_id"]
    search_help_text = gettext_lazy("Order number or provider ID")
    actions = ["try_again"]

    has_try_permission = allowed(RETRY_REFUND)

    @display(description=gettext_lazy("order"))
    def order(self, refund: Refund) -> str:
        """Of which order."""
        return refund.payment.order.number

    @display(description=gettext_lazy("status"), ordering="state")
    def badge_state(self, refund: Refund) -> SafeString:
        """Pending, succeeded or failed."""
        icon, tone = REFUND[RefundState(refund.state)]
        return badge(refund.get_state_display(), icon=icon, tone=tone)

    @display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, refund: Refund) -> SafeString:
        """In its currency."""
        return money(refund.amount_minor, refund.currency)

    @admin.action(description=gettext_lazy("Retry refunds"), permissions=["try"])
    def try_again(self, request: HttpRequest, refunds: QuerySet[Refund]) -> None:
        """To the provider once more; refusals are named one by one."""
        done = 0
        for refund in refunds.exclude(state=RefundState.SUCCEEDED):
            try:
                retry_refund(refund, actor=Actor.of(request.user), at=timezone.now())
                done += 1
            except DomainError as refusal:
                messages.error(request, f"{refund}: {refusal.message}")
        said = ngettext("%d refund was sent again.", "%d refunds were sent again.", done)
        messages.success(request, said % done)


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """What providers reported, and what became of it."""

    list_display = ["received_at", "provider", "event_id", "badge_state", "note"]
    list_filter = [("state", ChoicesCheckboxFilter), "provider"]
    search_fields = ["=event_id"]
    search_help_text = gettext_lazy("Event ID at the provider")
    actions = ["try_again", "settle_by_hand"]

    has_try_permission = allowed(SETTLE_EVENT)

    @admin.action(description=gettext_lazy("Process again"), permissions=["try"])
    def try_again(self, request: HttpRequest, events: QuerySet[ProviderEvent]) -> None:
        """Once more for those in quarantine, after somebody has looked into them."""
        waiting = list(events.quarantined())  # type: ignore[attr-defined]
        for event in waiting:
            retry_event(event, actor=Actor.of(request.user), at=timezone.now())
        said = ngettext("%d event was processed.", "%d events were processed.", len(waiting))
        messages.success(request, said % len(waiting))

    @admin.action(description=gettext_lazy("Mark as resolved manually"), permissions=["try"])
    def settle_by_hand(self, request: HttpRequest, events: QuerySet[ProviderEvent]) -> None:
        """Close those in quarantine that somebody has dealt with elsewhere; the
        books stay as they are.
        """
        waiting = list(events.quarantined())  # type: ignore[attr-defined]
        for event in waiting:
            resolve_event(event, actor=Actor.of(request.user), at=timezone.now())
        said = ngettext(
            "%d event was marked as resolved.", "%d events were marked as resolved.", len(waiting)
        )
        messages.success(request, said % len(waiting))

    @display(description=gettext_lazy("status"), ordering="state")
    def badge_state(self, event: ProviderEvent) -> SafeString:
        """What became of it."""
        icon, tone = INBOX[InboxState(event.state)]
        return badge(event.get_state_display(), icon=icon, tone=tone)
