"""Returns in the back office: the list, what waits first, and the page on which they
are answered and received.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from orders.models import Order, Return, Withdrawal
from orders.permissions import STAFF_ACTS
from orders.returns.admin_forms import AnswerForm, ReceiveForm, rows_of
from orders.returns.services import approve_return, close_return, decline_return, receive_return
from orders.states import EXPECTED_RETURNS, Act, ReturnKind, ReturnStatus
from shop.admin.base import DayRangeFilter, ReadOnlyAdmin, badge
from shop.core.actors import Actor
from shop.core.errors import DomainError
from shop.core.idempotency import fingerprint, run_once
from shop.core.money import format_minor
from shop.core.permissions import may

BADGES = {
    ReturnStatus.REQUESTED: ("hourglass_empty", "warn"),
    ReturnStatus.APPROVED: ("check_circle", "info"),
    ReturnStatus.RECEIVED: ("incomplete_circle", "info"),
    ReturnStatus.CLOSED: ("done_all", "ok"),
    ReturnStatus.DECLINED: ("cancel", "danger"),
    ReturnStatus.CANCELED: ("remove", "quiet"),
}


def return_badge(claim: Return) -> SafeString:
    """Where a return stands."""
    icon, tone = BADGES[ReturnStatus(claim.status)]
    return badge(claim.get_status_display(), icon=icon, tone=tone)


def returns_of(order: Order) -> list[dict[str, Any]]:
    """The returns of an order for its page: 3 queries."""
    claims = order.returns.prefetch_related("items", "receipts__credit")
    return [
        {
            "claim": claim,
            "badge": return_badge(claim),
            "units": claim.units,
            "credited": format_minor(claim.credited_minor, order.currency),
        }
        for claim in claims
    ]


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    """Returns; those that wait for an answer stand first."""

    list_display = ["number", "who", "kind", "state", "requested_at", "unit_count"]
    list_filter = [
        ("status", ChoicesCheckboxFilter),
        ("kind", ChoicesCheckboxFilter),
        ("requested_at", DayRangeFilter),
    ]
    list_select_related = ["order"]
    search_fields = ["number", "=order__email"]
    search_help_text = gettext_lazy("Return number, order number or e-mail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Return]:
        """With the items of each row."""
        claims: QuerySet[Return] = super().get_queryset(request)
        return claims.prefetch_related("items")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """What waits for an answer, then what is expected, then the rest; newest first."""
        rank = Case(
            When(status=ReturnStatus.REQUESTED, then=Value(0)),
            When(status__in=EXPECTED_RETURNS, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return [rank, "-requested_at", "-pk"]

    @display(description=gettext_lazy("customer"))
    def who(self, claim: Return) -> str:
        """The name on the parcel."""
        return str(claim.order.shipping_address.get("name") or claim.order.email)

    @display(description=gettext_lazy("status"), ordering="status")
    def state(self, claim: Return) -> SafeString:
        """Where it stands."""
        return return_badge(claim)

    @display(description=gettext_lazy("units"))
    def unit_count(self, claim: Return) -> int:
        """Units asked for."""
        return claim.units

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A return with what may be done about it now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdigit():
            raise Http404
        claim = Return.objects.for_detail().filter(pk=object_id).first()
        if claim is None:
            raise Http404
        page = ReturnPage(request, claim)
        if request.method == "POST" and page.act(request.POST.get("act", "")):
            return redirect(reverse("admin:orders_return_change", args=[claim.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": claim,
            "title": claim.number,
            **page.context(),
        }
        return TemplateResponse(
            request,
            "admin/orders/return/change_form.html",
            context,
            status=422 if request.method == "POST" else 200,
        )


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    """Notices of withdrawal as they came in; one that fits no order needs somebody to look."""

    list_display = ["received_at", "name", "number", "email", "outcome", "opened_return"]
    list_filter = [("outcome", ChoicesCheckboxFilter), ("received_at", DayRangeFilter)]
    list_select_related = ["opened_return"]
    search_fields = ["=number", "=email", "name"]
    search_help_text = gettext_lazy("Order number, e-mail or name")
    fields = ["received_at", "name", "number", "email", "order", "outcome", "opened_return"]


class ReturnPage:
    """A return, the forms that its state and the reader's rights allow, and the
    acts behind them.
    """

    def __init__(self, request: HttpRequest, claim: Return) -> None:
        self.request, self.claim = request, claim
        self.rows = rows_of(claim)
        posted = request.POST.get("act") if request.method == "POST" else None
        self.answer = self.receive = None
        if claim.status == ReturnStatus.REQUESTED and self._may(Act.ANSWER_RETURN):
            data = request.POST if posted in {"approve", "decline"} else None
            self.answer = AnswerForm(data, rows=self.rows)
        is_expected = claim.status in EXPECTED_RETURNS
        if is_expected and self._may(Act.RECEIVE_RETURN):
            data = request.POST if posted == "receive" else None
            self.receive = ReceiveForm(data, rows=self.rows, currency=claim.order.currency)
        self.may_close = is_expected and self._may(Act.ANSWER_RETURN)

    def _may(self, act: Act) -> bool:
        return may(self.request.user, STAFF_ACTS[act])

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        currency = self.claim.order.currency
        return {
            "claim": self.claim,
            "order": self.claim.order,
            "badge": return_badge(self.claim),
            "rows": self.rows,
            "answer": self.answer,
            "receive": self.receive,
            "may_close": self.may_close,
            "credited": format_minor(self.claim.credited_minor, currency),
            "receipts": [
                (
                    parcel,
                    format_minor(parcel.credit.amount_minor if parcel.credit else 0, currency),
                    format_minor(parcel.deduction_minor, currency)
                    if parcel.deduction_minor
                    else "",
                )
                for parcel in self.claim.receipts.all()
            ],
        }

    def act(self, name: str) -> bool:
        """Do what was sent; False if it stands on the form or was refused."""
        acts: dict[str, tuple[Any, Callable[[], bool]]] = {
            "approve": (self.answer, self._approve),
            "decline": (self.answer, self._decline),
            "receive": (self.receive, self._receive),
            "close": (self.may_close, self._close),
        }
        allowed, call = acts.get(name, (None, lambda: False))
        if not allowed:
            if name in acts and not self._is_known(name):
                raise PermissionDenied
            messages.error(
                self.request,
                _("This is no longer possible because the return has changed. Reload the page."),
            )
            return True
        return call()

    def _is_known(self, name: str) -> bool:
        """Whether the reader has the right at all, in whatever state the return is."""
        return self._may(Act.RECEIVE_RETURN if name == "receive" else Act.ANSWER_RETURN)

    def _try(self, form: Any, call: Callable[[], object], done: str) -> bool:
        try:
            call()
        except DomainError as refusal:
            texts = [text for found in refusal.errors.values() for text in found]
            form.add_error(None, texts or refusal.message)
            return False
        messages.success(self.request, done)
        return True

    def _actor(self) -> Actor:
        return Actor.of(self.request.user)

    def _approve(self) -> bool:
        form = self.answer
        if form is None or not form.is_valid():
            return False
        return self._try(
            form,
            lambda: approve_return(
                self.claim,
                quantities=form.quantities(),
                instead=None if self.claim.kind == ReturnKind.WITHDRAWAL else form.instead(),
                message=form.cleaned_data["message"],
                actor=self._actor(),
                at=timezone.now(),
            ),
            _("The return was approved, and the customer will get an e-mail."),
        )

    def _decline(self) -> bool:
        form = self.answer
        if form is None or not form.is_valid():
            return False
        return self._try(
            form,
            lambda: decline_return(
                self.claim,
                message=form.cleaned_data["message"],
                actor=self._actor(),
                at=timezone.now(),
            ),
            _("The return was declined, and the customer will get an e-mail."),
        )

    def _close(self) -> bool:
        close_return(self.claim, actor=self._actor(), at=timezone.now())
        messages.success(self.request, _("The return was closed."))
        return True

    def _receive(self) -> bool:
        form = self.receive
        if form is None or not form.is_valid():
            return False
        data, arrived = form.cleaned_data, form.arrived()

        def effect() -> tuple[int, Any]:
            receive_return(
                self.claim,
                units=arrived,
                deduction_minor=data["deduction"] or 0,
                include_shipping=data["shipping"],
                message=data["message"],
                actor=self._actor(),
                at=timezone.now(),
            )
            return 201, {}

        units = sorted((pk, each.restocked, each.written_off) for pk, each in arrived.items())
        digest = fingerprint(self.claim.pk, units, data["deduction"], data["shipping"])
        scope, key = f"backoffice:{self.request.user.pk}", str(data["key"])
        return self._try(
            form,
            lambda: run_once(scope, key, digest, effect),
            _("The parcel was received, and the customer will get an e-mail."),
        )
