"""A visitor's orders that wait for a payment, as the cart's pages show them."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from cart.waiting import WaitingOrder
from orders.models import Order
from orders.presentation import kept
from orders.sessions import proved_tokens

MOST = 3


def waiting_of(request: HttpRequest, at: datetime) -> list[WaitingOrder]:
    """Return the newest waiting orders of the account, or of links and checkouts
    of this browser: 1 query.
    """
    tokens = proved_tokens(request)
    if not tokens and not request.user.is_authenticated:
        return []
    orders = Order.objects.held_by(request.user, tokens=tokens).awaiting_payment(at=at)
    return [
        WaitingOrder(
            number=order.number,
            amount_minor=order.to_pay_minor,
            currency=order.currency,
            kept=kept(order, at=at),
            pay_url=reverse("payments:pay", args=[order.number]),
            change_url=f"{reverse('payments:pay', args=[order.number])}?change=1#change",
            restore_url=reverse("orders:restore", args=[order.number]),
        )
        for order in orders.order_by("-placed_at", "-pk")[:MOST]
    ]
