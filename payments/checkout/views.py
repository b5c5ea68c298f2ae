"""Going to the provider and coming back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders import presentation
from orders.models import Order
from orders.payment import change_payment_method, other_payment_methods
from orders.sessions import remember, visitor_order
from orders.states import Act, OrderStatus
from payments.checkout.return_urls import is_return_key
from payments.checkout.services import start_payment
from payments.errors import NothingToPay, PaymentUnderWay, ProviderUnavailable
from payments.models import Payment
from payments.refusals import refusal_text
from payments.settlement import ask_provider
from payments.states import PaymentState
from pricing.providers import can_take
from shop.core.actors import Actor
from shop.core.breaker import resting
from shop.core.errors import DomainError

# Where in the session wait, for the next page: the address of the company's page,
# and what was refused.
_LEAVING, _REFUSED = "leaving_to_pay", "payment_refused"


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is due; a POST leads to the provider."""
    access = visitor_order(request, number)
    if "token" in request.GET:
        return redirect("payments:pay", number)
    order = access.order
    if not access.may(Act.PAY):
        return redirect("orders:thanks", number)
    if request.method != "POST":
        return _page(request, order, is_masked=access.is_masked, at=timezone.now())
    try:
        if (method := request.POST.get("method", "")) and not access.is_masked:
            order = change_payment_method(
                order, method, actor=Actor.of(request.user), at=timezone.now()
            )
        if not order.pays_online:
            return redirect("orders:thanks", number)
        step = start_payment(order, at=timezone.now())
    except (NothingToPay, PaymentUnderWay):
        return redirect("orders:thanks", number)
    except DomainError as refusal:
        # Told by GET: the browser's Back must not offer to send the form again.
        request.session[_REFUSED] = {
            "number": number,
            "message": refusal.message,
            "status": refusal.status,
        }
        return redirect("payments:pay", number)
    return lead_to(request, order, step.url) if step.url else redirect("orders:thanks", number)


def _page(
    request: HttpRequest, order: Order, *, is_masked: bool = False, at: datetime
) -> HttpResponse:
    """What is due, how long the order is held, and with what else it can be paid.

    Whoever knows only the number and the e-mail pays as the order says; another
    method could confirm it unpaid.
    """
    last = Payment.objects.of_order(order.pk).last()
    state = last.state if last else ""
    is_processing = state == PaymentState.PROCESSING
    others = [] if is_processing or is_masked else other_payment_methods(order)
    is_payable = order.pays_online and can_take(
        order.payment_provider,
        order.to_pay_minor,
        currency=order.currency,
        country=order.shipping_country,
    )
    refused = request.session.pop(_REFUSED, None)
    if refused is None or refused["number"] != order.number:
        refused = {"message": "", "status": 200}
    problem, code = refused["message"], refused["status"]
    if not problem and not is_processing and resting([order.payment_provider]):
        problem = ProviderUnavailable().message
    has_failed = state == PaymentState.FAILED and last is not None
    context: dict[str, Any] = {
        "order": order,
        **presentation.totals_after_cards(order),
        "problem": problem,
        "reason": refusal_text(last.failure_code) if has_failed and last else "",
        "has_failed": has_failed,
        "is_difference": order.status != OrderStatus.PENDING,
        "is_processing": is_processing,
        "is_payable": is_payable and not is_processing,
        "kept": presentation.kept(order, at=at),
        "instructions": presentation.instructions_for(order),
        "others": others,
        # Whoever cannot pay as chosen sees the other methods at once.
        "opens_others": bool(problem or has_failed or not is_payable or "change" in request.GET),
    }
    return render(request, "payments/pay.html", context, status=code)


def lead_to(request: HttpRequest, order: Order, url: str) -> HttpResponse:
    """On to the page where the shopper pays: one of ours at once, another company's
    by way of a page of ours.

    The strict content policy lets no form lead to another site, not even by a redirect; a
    page that moves on by itself, or by its link, needs no exception for every company and
    the sites it redirects to.
    """
    if url.startswith(f"{settings.SITE_URL}/"):
        return redirect(own_path(url))
    if urlsplit(url).scheme not in {"https", "http"} or not url.isprintable() or " " in url:
        raise ProviderUnavailable
    request.session[_LEAVING] = {"number": order.number, "url": url}
    return redirect("payments:leaving", order.number)


@require_safe
def leaving(request: HttpRequest, number: str) -> HttpResponse:
    """Move on to the company's page, once: who comes back here by the browser's
    Back sees the payment page.

    It is asked for by GET, so that Back never offers to send a form again.
    """
    access = visitor_order(request, number)
    found = request.session.pop(_LEAVING, None)
    if not found or found["number"] != number:
        return redirect("payments:pay", number)
    context = {"order": access.order, "url": found["url"]}
    response = render(request, "payments/leaving.html", context)
    response["Refresh"] = f"0; url={found['url']}"
    response["Referrer-Policy"] = "no-referrer"
    return response


def own_path(url: str) -> str:
    """An address of this shop without its host, so that it works under every name the shop has."""
    return url.removeprefix(settings.SITE_URL)


@require_safe
def come_back(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Ask the provider how it went, whatever the address says, and lead on.

    Opening this by hand changes nothing: only the provider's own answer counts. The key that
    only the provider was told lets the browser see the order, also where it was placed over the
    API or in another browser.
    """
    payment = Payment.objects.select_related("order").filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    if is_return_key(payment, request.GET.get("key", "")):
        remember(request, payment.order)
    is_known = True
    try:
        payment = ask_provider(payment, at=timezone.now())
    except DomainError:
        is_known = False
    if payment.return_url:
        return _lead_back(request, payment)
    if not is_known:
        return redirect("payments:pay", payment.order.number)
    payment.order.refresh_from_db()
    return _to_order(request, payment)


def _lead_back(request: HttpRequest, payment: Payment) -> HttpResponse:
    """To where the client wants its shopper; to another site by a page of ours,
    as `lead_to` does.
    """
    url = payment.return_url
    if url.startswith(f"{settings.SITE_URL}/"):
        return redirect(own_path(url))
    response = render(request, "payments/leading_back.html", {"url": url})
    response["Refresh"] = f"0; url={url}"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _to_order(request: HttpRequest, payment: Payment) -> HttpResponse:
    number = payment.order.number
    if payment.state == PaymentState.PROCESSING:
        messages.info(
            request, _("Your payment is being processed. We'll e-mail you when it is complete.")
        )
    if (
        payment.state in {PaymentState.CAPTURED, PaymentState.AUTHORIZED, PaymentState.PROCESSING}
        or payment.order.status == OrderStatus.CANCELED
    ):
        return redirect("orders:thanks", number)
    if payment.state in {PaymentState.STARTED, PaymentState.REQUIRES_ACTION}:
        messages.info(request, _("The payment was not completed. You haven't been charged."))
    return redirect("payments:pay", number)
