"""A customer's orders in the account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from orders import presentation
from orders.access import Access
from orders.models import Order
from orders.pages.views import order_context
from shop.core.errors import NotFound

PER_PAGE = 20


@require_safe
@login_required
def account_orders(request: HttpRequest) -> HttpResponse:
    """List a customer's orders: the last one at length, the earlier ones as a table."""
    at = timezone.now()
    mine = Order.objects.of_user(request.user).for_page().order_by("-placed_at", "-pk")
    text = request.GET.get("q", "").strip()[:60]
    if text:
        mine = mine.containing(text)
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "order": order,
            "badges": presentation.badges(order, at=at),
            "placed_at": order.placed_at,
            "images": [item.image for item in order.items.all()[:4]],
            "names": ", ".join(item.product_name for item in order.items.all()),
        }
        for order in page
    ]
    is_overview = not text and page.number == 1 and bool(rows)
    context: dict[str, Any] = {
        "page": page,
        "rows": rows[1:] if is_overview else rows,
        "text": text,
        "current": "orders",
    }
    if is_overview:
        last: Order = page[0]
        access = Access(last, request.user, is_owner=True, has_token=False)
        context["last"] = order_context(last, access.shopper_acts)
    return render(request, "orders/account_orders.html", context)


@require_safe
@login_required
def account_order(request: HttpRequest, number: str) -> HttpResponse:
    """One of a customer's orders, with its parcels, payment and address."""
    order = Order.objects.of_user(request.user).for_page().filter(number=number).first()
    if order is None:
        raise NotFound
    access = Access(order, request.user, is_owner=True, has_token=False)
    context = {
        **order_context(order, access.shopper_acts),
        "instructions": presentation.instructions_for(order),
        "current": "orders",
    }
    return render(request, "orders/account_order.html", context)
