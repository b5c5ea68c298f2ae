"""Facts of the e-mails about returns."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications.contexts.orders import order_facts
from orders.models import Order, Return, ReturnItem
from shop.core.money import format_price

Facts = dict[str, Any]


def return_url(claim: Return) -> str:
    """Return the page of a return, for the reader who holds its order's token."""
    path = reverse("orders:return", args=[claim.order.number, claim.number])
    return f"{settings.SITE_URL}{path}?token={claim.order.token}"


def requested(order: Order, claim: Return) -> Facts:
    """What the customer wants to send back."""
    return _facts(order, claim, "quantity")


def approved(order: Order, claim: Return) -> Facts:
    """What may be sent back, and where to."""
    return {
        **_facts(order, claim, "approved_quantity"),
        "answer": claim.answer,
        "return_address": settings.RETURN_ADDRESS.split(", "),
    }


def declined(order: Order, claim: Return) -> Facts:
    """Why the return was declined."""
    return {**_facts(order, claim, "quantity"), "answer": claim.answer}


def received(order: Order, claim: Return, *, receipt_id: int) -> Facts:
    """What arrived, what is credited for it, and what was deducted."""
    receipt = claim.receipts.get(pk=receipt_id)
    credit = receipt.credit.amount_minor if receipt.credit else 0
    deduction = receipt.deduction_minor
    return {
        **_facts(order, claim, "received_quantity"),
        "units": receipt.units,
        "credit": format_price(credit, order.currency) if credit else "",
        "deduction": format_price(deduction, order.currency) if deduction else "",
        "message": receipt.message,
    }


def _facts(order: Order, claim: Return, field: str) -> Facts:
    """The order's lines with the units that `field` of the return's items counts."""
    rows: list[ReturnItem] = list(claim.items.all())
    return {
        **order_facts(order, units={row.order_item_id: getattr(row, field) for row in rows}),
        "claim": claim.number,
        "return_url": return_url(claim),
    }
