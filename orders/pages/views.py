"""An order's own pages, for its customer or whoever holds its token; and the guests' look-up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cart.sessions import remember_cart, require_cart
from orders import presentation
from orders.cancellation import cancel_and_restore, cancel_order
from orders.invoices.document import listed
from orders.models import Order
from orders.pages.forms import CancelForm, TrackForm
from orders.returns.periods import can_return
from orders.sessions import remember, visitor_order
from orders.states import Act, OrderStatus
from orders.summary import order_rows
from shop.api.clients import client_network
from shop.core.actors import Actor
from shop.core.clock import show_moment
from shop.core.errors import DomainError, NotFound, TooManyRequests
from shop.core.rates import require
from shop.web.origin import same_origin


def order_context(order: Order, acts: frozenset[Act]) -> dict[str, Any]:
    """What every page of an order shows."""
    at = timezone.now()
    parcels = [
        {
            "parcel": parcel,
            "items": [
                {"item": item, "units": part.quantity}
                for part in parcel.items.all()
                for item in order.items.all()
                if item.pk == part.order_item_id
            ],
            "shipped": show_moment(parcel.shipped_at),
            "delivered": show_moment(parcel.delivered_at) if parcel.delivered_at else "",
        }
        for parcel in order.fulfillments.all()
    ]
    return {
        "order": order,
        "badges": presentation.badges(order, at=at),
        "progress": presentation.progress(order, at=at),
        "history": presentation.history(order),
        "totals": order_rows(order),
        "total_note": presentation.total_note(order),
        **presentation.totals_after_cards(order),
        "parcels": parcels,
        "open_items": [item for item in order.items.all() if item.open_quantity],
        "placed": show_moment(order.placed_at),
        "can_pay": Act.PAY in acts and order.pays_online,
        # More than was paid, after a change or an exchange.
        "is_difference": order.status != OrderStatus.PENDING,
        "can_cancel": Act.CANCEL in acts,
        "can_return": Act.REQUEST_RETURN in acts and can_return(order, at=at),
        "returns": [
            {"claim": claim, "badge": presentation.return_badge(claim)}
            for claim in order.returns.all()
        ],
        "documents": listed(presentation.documents(order)),
        "shop_email": settings.SHOP_EMAIL,
    }


@require_safe
def thanks(request: HttpRequest, number: str) -> HttpResponse:
    """Say thank you, and what happens now."""
    access = visitor_order(request, number)
    if "token" in request.GET:
        return redirect("orders:thanks", number)
    if access.is_masked:
        return redirect("orders:status", number)
    order = access.order
    context = order_context(order, access.shopper_acts)
    context["instructions"] = presentation.instructions_for(order)
    context["offers_account"] = access.has_token and not request.user.is_authenticated
    return render(request, "orders/thanks.html", context)


@require_safe
def status(request: HttpRequest, number: str) -> HttpResponse:
    """Show an order to a guest who came by the link in a mail."""
    access = visitor_order(request, number)
    if "token" in request.GET:
        return redirect("orders:status", number)
    if not access.has_token and request.user.is_authenticated:
        return redirect("orders:account-order", number)
    context = order_context(access.order, access.shopper_acts)
    context["instructions"] = presentation.instructions_for(access.order)
    context["is_masked"] = access.is_masked
    return render(request, "orders/status.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once more, then cancel."""
    access = visitor_order(request, number)
    home = "orders:status" if access.has_token else "orders:account-order"
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_order(
                access.order,
                reason=form.cleaned_data["reason"],
                actor=Actor.of(request.user),
                at=timezone.now(),
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Order %(number)s was canceled.") % {"number": number})
        return redirect(home, number)
    context = order_context(access.order, access.shopper_acts)
    context |= {"form": form, "back_url": reverse(home, args=[number])}
    return render(request, "orders/cancel.html", context)


@same_origin
@require_POST
def restore(request: HttpRequest, number: str) -> HttpResponse:
    """Cancel an unpaid order and put its items back into the visitor's cart."""
    access = visitor_order(request, number)
    if access.is_masked:
        raise NotFound
    now = timezone.now()
    cart = require_cart(request, at=now)
    response = redirect("cart:detail")
    try:
        notices = cancel_and_restore(access.order, cart, actor=Actor.of(request.user), at=now)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return response
    messages.success(
        request,
        _("Order %(number)s was canceled. Its items are back in your cart.") % {"number": number},
    )
    for notice in notices:
        messages.warning(request, notice)
    remember_cart(request, response, cart)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Find an order by its number and e-mail. Wrong pairs all get the same answer."""
    form = TrackForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        code = 422 if form.is_bound else 200
        return render(request, "orders/track.html", {"form": form}, status=code)
    try:
        require("login", f"track:{client_network(request)}")
    except TooManyRequests as refusal:
        form.add_error(None, refusal.message)
        response = render(request, "orders/track.html", {"form": form}, status=429)
        response["Retry-After"] = str(refusal.details.get("retry_after", 60))
        return response
    found = Order.objects.find(form.cleaned_data["number"], form.cleaned_data["email"]).first()
    if found is None:
        form.add_error(
            None,
            _(
                "We couldn't find an order with this number and e-mail address. Check your "
                "confirmation e-mail."
            ),
        )
        return render(request, "orders/track.html", {"form": form}, status=404)
    remember(request, found, is_found=True)
    return redirect("orders:status", found.number)
