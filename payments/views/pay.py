"""Going to the provider and coming back."""

from __future__ import annotations

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
from orders.services import change_way_to_pay, other_ways_to_pay
from orders.sessions import visitor_order
from orders.states import Act, OrderStatus
from payments.errors import NothingToPay, PaymentUnderWay, ProviderUnavailable
from payments.models import Payment
from payments.services import ask_provider, start_payment
from payments.states import PaymentState
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
    if not access.may(Act.PAY) or not order.pays_online:
        return redirect("orders:thanks", number)
    last = Payment.objects.of_order(order.pk).last()
    context: dict[str, Any] = {
        "order": order,
        **presentation.totals_after_cards(order),
        "last": last,
        "is_difference": order.status != OrderStatus.PENDING,
        "has_failed": last is not None and last.state == PaymentState.FAILED,
        "is_processing": last is not None and last.state == PaymentState.PROCESSING,
    }
    if request.method == "POST":
        try:
            if method := request.POST.get("method", ""):
                order = change_way_to_pay(
                    order, method, actor=Actor.of(request.user), at=timezone.now()
                )
            step = start_payment(order, at=timezone.now())
        except (NothingToPay, PaymentUnderWay):
            return redirect("orders:thanks", number)
        except DomainError as refusal:
            context |= {"order": order, "problem": refusal.message, **_ways_out(order, refusal)}
            return render(request, "payments/pay.html", context, status=refusal.status)
        return lead_to(request, order, step.url) if step.url else redirect("orders:thanks", number)
    if resting([order.payment_provider]) and not context["is_processing"]:
        down = ProviderUnavailable()
        context |= {"problem": down.message, **_ways_out(order, down)}
    return render(request, "payments/pay.html", context)


def _ways_out(order: Order, refusal: DomainError) -> dict[str, Any]:
    """What a shopper can do when the company does not answer: pay in another way, or later."""
    if not isinstance(refusal, ProviderUnavailable):
        return {}
    return {"is_down": True, "other_ways": other_ways_to_pay(order)}


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
