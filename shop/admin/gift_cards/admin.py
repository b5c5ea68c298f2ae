"""Gift cards: looked at by support and finance, issued and changed by finance.

Acts call services.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from pricing.gift_cards import adjust_card, issue_card, switch_card
from pricing.models import GiftCard
from pricing.permissions import ADJUST_CARD, ISSUE_CARD, SWITCH_CARD
from pricing.states import GiftCardState
from shop.admin.base import (
    DayRangeFilter,
    ReadOnlyAdmin,
    allowed,
    leave_dialog,
    money,
    once_a_request,
)
from shop.admin.gift_cards.forms import AdjustForm, IssueForm, SwitchOffForm, SwitchOnForm
from shop.admin.gift_cards.page import card_page, state_badge
from shop.core.actors import Actor
from shop.core.clock import show_end, show_short_date
from shop.core.errors import DomainError
from shop.core.idempotency import fingerprint, run_once
from shop.core.money import format_minor


class StateFilter(admin.SimpleListFilter):
    """What can be done with it now."""

    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each state."""
        return [(state.value, str(state.label)) for state in GiftCardState]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[GiftCard]:
        """Cards in it."""
        state = self.value()
        cards: QuerySet[GiftCard] = queryset
        return queryset.in_state(state, at=timezone.now()) if state else cards


class OriginFilter(admin.SimpleListFilter):
    """Bought in an order, or issued by hand."""

    title = gettext_lazy("origin")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Two of them."""
        return [("bought", _("Bought")), ("staff", _("Issued by staff"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[GiftCard]:
        """Cards that came this way."""
        cards: QuerySet[GiftCard] = queryset
        match self.value():
            case "bought":
                return cards.exclude(order_number="")
            case "staff":
                return cards.filter(order_number="")
            case _:
                return cards


def _card_that(fits: Callable[[GiftCard], bool]) -> Callable[[HttpRequest, Any], bool]:
    """Whether the card that is named fits; the card is asked for once a request."""

    def does_fit(request: HttpRequest, object_id: Any) -> bool:
        key = str(object_id)
        card = once_a_request(
            request,
            f"gift card {key}",
            lambda: GiftCard.objects.filter(pk=key).first() if key.isdigit() else None,
        )
        return card is not None and fits(card)

    return does_fit


@admin.register(GiftCard)
class GiftCardAdmin(ReadOnlyAdmin):
    """A card is known by the end of its code, by whom it is for, and by the order
    it was bought in.
    """

    list_display = ["ends_in", "state", "balance", "issued_with", "who", "bought_in", "until", "on"]
    list_display_links = ["ends_in"]
    list_filter = [
        StateFilter,
        OriginFilter,
        ("currency", admin.AllValuesFieldListFilter),
        ("issued_at", DayRangeFilter),
        ("expires_at", DayRangeFilter),
    ]
    search_fields = [
        "=last4",
        "=order_number",
        "=entries__order_number",
        "=recipient_email",
        "recipient_name",
    ]
    search_help_text = gettext_lazy(
        "Last four characters of the code, order number, name or e-mail"
    )
    ordering = ["-issued_at", "-pk"]
    fields = ["currency"]
    actions_detail = ["adjust", "switch_off", "switch_on"]
    change_form_template = "admin/pricing/giftcard/change_form.html"
    show_add_link = True

    # Who may do what ----------------------------------------------------------------------------
    acts = {"add": ISSUE_CARD, "change": None, "delete": None}
    has_adjust_permission = allowed(ADJUST_CARD, when=_card_that(lambda card: not card.is_voided))
    has_switch_off_permission = allowed(SWITCH_CARD, when=_card_that(lambda card: card.is_active))
    has_switch_on_permission = allowed(
        SWITCH_CARD, when=_card_that(lambda card: not (card.is_active or card.is_voided))
    )

    # The list -----------------------------------------------------------------------------------
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[GiftCard], bool]:
        """As a card is written in lists and e-mails, with the mark before its end."""
        return super().get_search_results(request, queryset, search_term.strip(" ·•-"))

    @display(description=gettext_lazy("ends in"), ordering="last4")
    def ends_in(self, card: GiftCard) -> str:
        """All of its code that is told."""
        return str(card)

    @display(description=gettext_lazy("status"))
    def state(self, card: GiftCard) -> SafeString:
        """What can be done with it now."""
        return state_badge(card, at=timezone.now())

    @display(description=gettext_lazy("balance"), ordering="balance_minor")
    def balance(self, card: GiftCard) -> SafeString:
        """What is on it."""
        return money(card.balance_minor, card.currency)

    @display(description=gettext_lazy("initial amount"), ordering="initial_minor")
    def issued_with(self, card: GiftCard) -> SafeString:
        """What was on it at first."""
        return money(card.initial_minor, card.currency)

    @display(description=gettext_lazy("recipient"))
    def who(self, card: GiftCard) -> str:
        """Whom it is for."""
        return card.recipient_name or card.recipient_email or "–"

    @display(description=gettext_lazy("order"), ordering="order_number")
    def bought_in(self, card: GiftCard) -> str:
        """The order it was bought in, or why staff issued it."""
        return card.order_number or card.reason

    @display(description=gettext_lazy("valid until"), ordering="expires_at")
    def until(self, card: GiftCard) -> str:
        """The last moment it can be spent."""
        return show_end(card.expires_at) if card.expires_at else "–"

    @display(description=gettext_lazy("issued"), ordering="issued_at")
    def on(self, card: GiftCard) -> str:
        """The day it was issued."""
        return show_short_date(card.issued_at)

    # Issuing one --------------------------------------------------------------------------------
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A form; then the card's page, or its code where no e-mail brings it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = IssueForm(request.POST if request.method == "POST" else None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Issue a gift card"),
            "form": form,
        }
        card = self._issue_once(request, form) if form.is_valid() else None
        if card is None:
            return TemplateResponse(
                request,
                "admin/pricing/giftcard/issue.html",
                context,
                status=422 if form.errors else 200,
            )
        if card.recipient_email:
            messages.success(
                request,
                _("The gift card was issued and will be sent to %(email)s.")
                % {"email": card.recipient_email},
            )
            return redirect(_page_of(card.pk))
        context |= {
            "title": _("Gift card issued"),
            "card": card,
            "amount": format_minor(card.initial_minor, card.currency),
        }
        return TemplateResponse(request, "admin/pricing/giftcard/issued.html", context)

    def _issue_once(self, request: HttpRequest, form: IssueForm) -> GiftCard | None:
        """Call the service at most once per form; a refusal stands on the form."""
        data, actor = form.cleaned_data, Actor.of(request.user)

        def effect() -> tuple[int, Any]:
            card = issue_card(
                amount_minor=data["amount_minor"],
                currency=data["currency"],
                greeting=form.greeting(),
                expires_at=form.expires_at(),
                reason=data["reason"],
                actor=actor,
                at=timezone.now(),
            )
            return 201, {"card": card.pk}

        digest = fingerprint({name: data[name] for name in sorted(data) if name != "key"})
        try:
            answer = run_once(f"backoffice:{request.user.pk}", str(data["key"]), digest, effect)
        except DomainError as refusal:
            form.add_error(
                None,
                [text for found in refusal.errors.values() for text in found] or refusal.message,
            )
            return None
        return GiftCard.objects.get(pk=answer.body["card"])

    # The page -----------------------------------------------------------------------------------
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """What is known about the card; all of it moves by the acts above."""
        extra = dict(extra_context or {})
        if object_id and self.has_view_permission(request):
            card = self.get_object(request, object_id)
            if card is not None:
                extra |= card_page(card, at=timezone.now())
        return super().changeform_view(request, object_id, form_url, extra)

    @action(
        description=gettext_lazy("Change balance"),
        icon="edit",
        permissions=["adjust"],
        url_path="adjust",
        dialog={
            "title": gettext_lazy("Change balance"),
            "description": "",
            "form_class": AdjustForm,
            "form_submit_text": gettext_lazy("Change balance"),
        },
    )
    def adjust(self, request: HttpRequest, form: AdjustForm, object_id: str) -> HttpResponse:
        """More or less money, with a reason."""
        data = form.cleaned_data
        return self._do(
            request,
            object_id,
            lambda card, actor: adjust_card(
                card,
                amount_minor=data["amount"],
                reason=data["reason"],
                reference=f"backoffice:{data['key']}",
                actor=actor,
                at=timezone.now(),
            ),
            _("The balance was changed."),
        )

    @action(
        description=gettext_lazy("Switch off"),
        icon="block",
        permissions=["switch_off"],
        variant=ActionVariant.DANGER,
        url_path="switch-off",
        dialog={
            "title": gettext_lazy("Switch off gift card"),
            "description": "",
            "form_class": SwitchOffForm,
            "form_submit_text": gettext_lazy("Switch off"),
        },
    )
    def switch_off(self, request: HttpRequest, form: SwitchOffForm, object_id: str) -> HttpResponse:
        """Nobody can spend it from now on."""
        return self._do(
            request,
            object_id,
            lambda card, actor: switch_card(
                card, is_active=False, reason=form.cleaned_data["reason"], actor=actor
            ),
            _("The gift card was switched off."),
        )

    @action(
        description=gettext_lazy("Switch on"),
        icon="check_circle",
        permissions=["switch_on"],
        url_path="switch-on",
        dialog={
            "title": gettext_lazy("Switch on gift card"),
            "description": "",
            "form_class": SwitchOnForm,
            "form_submit_text": gettext_lazy("Switch on"),
        },
    )
    def switch_on(self, request: HttpRequest, form: SwitchOnForm, object_id: str) -> HttpResponse:
        """It can be spent again."""
        return self._do(
            request,
            object_id,
            lambda card, actor: switch_card(
                card, is_active=True, reason=form.cleaned_data["reason"], actor=actor
            ),
            _("The gift card was switched on and can be spent again."),
        )

    def _do(
        self,
        request: HttpRequest,
        object_id: str,
        call: Callable[[GiftCard, Actor], object],
        done: str,
    ) -> HttpResponse:
        card = get_object_or_404(GiftCard, pk=object_id)
        self.act(request, lambda: call(card, Actor.of(request.user)), done)
        return leave_dialog(request, _page_of(object_id))


def _page_of(object_id: Any) -> str:
    return reverse("admin:pricing_giftcard_change", args=[object_id])
