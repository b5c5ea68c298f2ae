"""Sending something back: the form, a return's page with its slip, and taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Variant
from orders import presentation
from orders.access import Access
from orders.models import OrderItem, Return
from orders.returns.forms import ReturnForm
from orders.returns.periods import can_return, return_period
from orders.returns.services import Wanted, cancel_return, request_return
from orders.sessions import visitor_order
from orders.states import EXPECTED_RETURNS, Act, ReturnKind
from shop.core.actors import Actor
from shop.core.clock import show_day, show_moment
from shop.core.errors import DomainError, NotFound
from shop.core.idempotency import fingerprint, run_once


def home_of(access: Access) -> str:
    """The address of the order's own page for this visitor."""
    name = "orders:status" if access.has_token else "orders:account-order"
    return reverse(name, args=[access.order.number])


@require_http_methods(["GET", "HEAD", "POST"])
def return_new(request: HttpRequest, number: str) -> HttpResponse:
    """Request a return: a quantity and a reason for each item."""
    access = visitor_order(request, number)
    order, at = access.order, timezone.now()
    items = [item for item in order.items.all() if item.returnable_quantity]
    returnable = [item for item in items if item.is_returnable]
    form = ReturnForm(
        request.POST if request.method == "POST" else None,
        items=returnable,
        instead=_instead(returnable, at=at),
    )
    code = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                claim = _request_once(request, access, form)
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("Return requested. We'll review it and e-mail you."))
                return redirect("orders:return", number, claim)
        code = 422
    context = {
        "order": order,
        "form": form,
        "excluded": [item for item in items if not item.is_returnable],
        "is_open": access.may(Act.REQUEST_RETURN) and can_return(order, at=at),
        "last_day": _day(return_period(order, ReturnKind.RETURN, at=at).last_day),
        "back_url": home_of(access),
    }
    return render(request, "orders/return_new.html", context, status=code)


def _instead(items: list[OrderItem], *, at: datetime) -> dict[int, list[tuple[str, str]]]:
    """The other choices of each item's product that are sold and in stock, as SKU
    and words: 1 query.
    """
    products = {item.variant.product_id for item in items if item.variant}
    choices: dict[int, list[tuple[str, str]]] = {}
    variants = Variant.objects.sold(at=at).filter(product__in=products, in_stock=True)
    for variant in variants.order_by("position", "pk"):
        label = _("Exchange for %(label)s") % {"label": variant.label or variant.sku}
        choices.setdefault(variant.product_id, []).append((variant.sku, label))
    return {item.pk: choices.get(item.variant.product_id, []) for item in items if item.variant}


def _request_once(request: HttpRequest, access: Access, form: ReturnForm) -> str:
    """The number of the return, however often the form is sent."""
    wanted = form.wanted()

    def effect() -> tuple[int, Any]:
        claim = request_return(
            access.order,
            items=[Wanted(*row) for row in wanted],
            note=form.cleaned_data["note"],
            actor=Actor.of(request.user),
            at=timezone.now(),
        )
        return 201, {"number": claim.number}

    key = str(form.cleaned_data["key"])
    answer = run_once(
        f"return:{access.order.pk}", key, fingerprint(access.order.pk, wanted), effect
    )
    return str(answer.body["number"])


@require_safe
def return_page(request: HttpRequest, number: str, return_number: str) -> HttpResponse:
    """A return: how it stands, what to do now, and the slip for the parcel."""
    access = visitor_order(request, number)
    if "token" in request.GET:
        return redirect("orders:return", number, return_number)
    claim = _own_return(access, return_number)
    sold = {item.pk: item for item in access.order.items.all()}
    context = {
        "order": access.order,
        "claim": claim,
        "badge": presentation.return_badge(claim),
        "asked": show_moment(claim.requested_at),
        "rows": [{"item": sold[row.order_item_id], "row": row} for row in claim.items.all()],
        "is_expected": claim.status in EXPECTED_RETURNS,
        "credited_minor": claim.credited_minor,
        "return_address": settings.RETURN_ADDRESS,
        "back_url": home_of(access),
    }
    return render(request, "orders/return.html", context)


@require_POST
def return_cancel(request: HttpRequest, number: str, return_number: str) -> HttpResponse:
    """Take a return back of which nothing has arrived."""
    access = visitor_order(request, number)
    claim = _own_return(access, return_number)
    try:
        cancel_return(claim, actor=Actor.of(request.user), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Return canceled. You don't need to send anything back."))
    return redirect("orders:return", number, return_number)


def _own_return(access: Access, return_number: str) -> Return:
    for claim in access.order.returns.all():
        if claim.number == return_number:
            return claim
    raise NotFound


def _day(on: Any) -> str:
    return show_day(on) if on else ""
