"""The page of the test provider: it plays another company and knows only its own books."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from payments.checkout.views import own_path
from payments.forms import CardForm
from payments.models import TestCharge
from payments.providers.test import CARDS, card_with, confirm_action, pay_with_card
from payments.states import PaymentState


@require_http_methods(["GET", "HEAD", "POST"])
def provider_page(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Take a test card, play the bank, and send the shopper back to the shop."""
    charge = TestCharge.objects.filter(pk=payment_id).first()
    if charge is None or not settings.PAYMENT_TEST_PROVIDER:
        raise Http404
    if charge.is_closed:
        return redirect(own_path(charge.return_url))
    now = timezone.now()
    if request.method == "POST" and "cancel" in request.POST:
        return redirect(own_path(charge.return_url))
    if request.method == "POST" and "accept" in request.POST:
        charge = confirm_action(payment_id, accepted=request.POST["accept"] == "yes", at=now)
        return _lead_on(request, charge, CardForm())
    if request.method == "POST":
        form = CardForm(request.POST)
        if not form.is_valid():
            return _page(request, charge, form, code=422)
        return _lead_on(
            request, pay_with_card(payment_id, form.cleaned_data["number"], at=now), form
        )
    chosen = card_with(request.GET.get("card", "")) or CARDS[0]
    form = CardForm(initial={"number": chosen.spaced, "expiry": "12 / 29", "code": "123"})
    return _page(request, charge, form)


def _lead_on(request: HttpRequest, charge: TestCharge, form: CardForm) -> HttpResponse:
    if charge.is_closed:
        return redirect(own_path(charge.return_url))
    return _page(request, charge, form, code=402 if charge.state == PaymentState.FAILED else 200)


def _page(
    request: HttpRequest, charge: TestCharge, form: CardForm, *, code: int = 200
) -> HttpResponse:
    context = {
        "charge": charge,
        "form": form,
        "cards": CARDS,
        "is_declined": charge.state == PaymentState.FAILED,
        "needs_action": charge.state == PaymentState.REQUIRES_ACTION,
        "hold_minutes": settings.CHECKOUT_HOLD_MINUTES,
    }
    return render(request, "payments/test_page.html", context, status=code)
