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
from orders.services import change_payment_method, other_payment_methods
from orders.sessions import visitor_order
from orders.states import Act, OrderStatus
from payments.errors import NothingToPay, PaymentUnderWay, ProviderUnavailable
from payments.models import Payment
from payments.refusals import refusal_text
from payments.services import ask_provider, start_payment
from payments.states import PaymentState
from pricing.providers import can_take
from shop.core.actors import Actor
from shop.core.breaker import resting
from shop.core.errors import DomainError


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
        return _page(request, order, at=timezone.now())
    try:
        if method := request.POST.get("method", ""):
            order = change_payment_method(
                order, method, actor=Actor.of(request.user), at=timezone.now()
            )
        if not order.pays_online:
            return redirect("orders:thanks", number)
        step = start_payment(order, at=timezone.now())
    except (NothingToPay, PaymentUnderWay):
        return redirect("orders:thanks", number)
    except DomainError as refusal:
        order = Order.objects.for_page().get(pk=order.pk)
        return _page(request, order, refusal, at=timezone.now())
    return lead_to(request, order, step.url) if step.url else redirect("orders:thanks", number)


def _page(
    request: HttpRequest, order: Order, refusal: DomainError | None = None, *, at: datetime
) -> HttpResponse:
    """What is due, how long the order is held, and with what else it can be paid."""
    last = Payment.objects.of_order(order.pk).last()
    state = last.state if last else ""
    is_processing = state == PaymentState.PROCESSING
    others = [] if is_processing else other_payment_methods(order)
    is_payable = order.pays_online and can_take(
        order.payment_provider,
        order.to_pay_minor,
        currency=order.currency,
        country=order.shipping_country,
    )
    code = refusal.status if refusal else 200
    if refusal is None and not is_processing and resting([order.payment_provider]):
        refusal = ProviderUnavailable()
    has_failed = state == PaymentState.FAILED and last is not None
    context: dict[str, Any] = {
        "order": order,
        **presentation.totals_after_cards(order),
        "problem": refusal.message if refusal else "",
        "reason": refusal_text(last.failure_code) if has_failed and last else "",
        "has_failed": has_failed,
        "is_difference": order.status != OrderStatus.PENDING,
        "is_processing": is_processing,
        "is_payable": is_payable and not is_processing,
        "kept": presentation.kept(order, at=at),
        "instructions": presentation.instructions_for(order),
        "others": others,
        # Whoever cannot pay as chosen sees the other methods at once.
        "opens_others": bool(refusal or has_failed or not is_payable or "change" in request.GET),
    }
    return render(request, "payments/pay.html", context, status=code)


def lead_to(request: HttpRequest, order: Order, url: str) -> HttpResponse:
    """On to the page where the shopper pays: one of ours at once, another company's by way of a page of ours.

    The strict content policy lets no form lead to another site, not even by a redirect; a page that moves on
    by itself, or by its link, needs no exception for every company and the sites it redirects to.
    """
    if url.startswith(f"{settings.SITE_URL}/"):
        return redirect(own_path(url))
    if urlsplit(url).scheme not in {"https", "http"} or not url.isprintable() or " " in url:
        raise ProviderUnavailable
    response = render(request, "payments/leaving.html", {"order": order, "url": url})
    response["Refresh"] = f"0; url={url}"
    response["Referrer-Policy"] = "no-referrer"
    return response


def own_path(url: str) -> str:
    """An address of this shop without its host, so that it works under every name the shop has."""
    return url.removeprefix(settings.SITE_URL)


@require_safe
def come_back(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Ask the provider how it went, whatever the address says, and lead on.

    Opening this by hand changes nothing: only the provider's own answer counts.
    """
    payment = Payment.objects.select_related("order").filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    number = payment.order.number
    try:
        payment = ask_provider(payment, at=timezone.now())
    except DomainError:
        return redirect("payments:pay", number)
    if payment.state == PaymentState.PROCESSING:
        messages.info(
            request, _("Your payment is being checked. We write as soon as it is through.")
        )
    payment.order.refresh_from_db()
    if (
        payment.state in {PaymentState.CAPTURED, PaymentState.AUTHORIZED, PaymentState.PROCESSING}
        or payment.order.status == OrderStatus.CANCELED
    ):
        return redirect("orders:thanks", number)
    return redirect("payments:pay", number)
