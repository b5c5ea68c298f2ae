"""Withdrawing from a contract: a form, a second step, and an acknowledgement. No
account, no script.

Number and e-mail are looked up only once the notice is sent, and the answer on the screen is the
same whatever was found: what became of the notice stands in the e-mail.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from orders import withdrawals
from orders.models import Withdrawal
from orders.sessions import visitor_order
from orders.withdrawals.forms import WithdrawalForm
from shop.api.clients import client_network
from shop.core.actors import Actor
from shop.core.clock import show_exact
from shop.core.errors import NotFound, TooManyRequests
from shop.core.idempotency import fingerprint, run_once
from shop.core.rates import require

_KEY = "withdrawal"


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Ask for name, order number and e-mail; show them once more; take the notice in."""
    if request.method != "POST":
        return _show(request, WithdrawalForm(initial=_known(request)))
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    if "confirm" not in request.POST:
        return _show(request, form, is_confirming="change" not in request.POST)
    try:
        network = client_network(request)
        require("login", f"withdraw:{network}")
        require("login", f"withdraw-mail:{form.cleaned_data['email']}")
    except TooManyRequests as refusal:
        form.add_error(None, refusal.message)
        response = _show(request, form, status=429)
        response["Retry-After"] = str(refusal.details.get("retry_after", 60))
        return response
    request.session[_KEY] = _withdraw_once(request, form, network)
    return redirect("orders:withdrawn")


def _withdraw_once(request: HttpRequest, form: WithdrawalForm, network: str) -> int:
    """The notice's key, however often the form is sent."""
    data = {name: form.cleaned_data[name] for name in ("name", "number", "email")}

    def effect() -> tuple[int, Any]:
        notice = withdrawals.withdraw(
            **data,
            language=get_language() or settings.LANGUAGE_CODE,
            actor=Actor.of(request.user),
            at=timezone.now(),
        )
        return 201, {"withdrawal": notice.pk}

    key = str(form.cleaned_data["key"])
    answer = run_once(f"withdraw:{network}", key, fingerprint(data), effect)
    return int(answer.body["withdrawal"])


def _show(
    request: HttpRequest, form: WithdrawalForm, *, is_confirming: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "is_confirming": is_confirming}
    return render(request, "orders/withdraw.html", context, status=status)


def _known(request: HttpRequest) -> dict[str, str]:
    """What the link to this page tells; name and e-mail only of an order that the
    visitor may see anyway.
    """
    number = request.GET.get("order", "")[:20]
    if not number:
        return {}
    try:
        order = visitor_order(request, number).order
    except NotFound:
        return {"number": number}
    # Empty for somebody who merely knows number and e-mail.
    name = str(order.shipping_address.get("name", ""))
    return {"number": number, "name": name, "email": order.email}


@require_safe
def withdrawn(request: HttpRequest) -> HttpResponse:
    """The acknowledgement, with content, date and time; the same stands in the e-mail."""
    pk = request.session.get(_KEY)
    notice = Withdrawal.objects.filter(pk=pk).first() if pk else None
    if notice is None:
        return redirect("orders:withdraw")
    context = {"notice": notice, "received": show_exact(notice.received_at)}
    return render(request, "orders/withdrawn.html", context)
