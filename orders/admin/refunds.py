"""The refund page: a quantity per line, delivery, an amount, and one refund
however often it is sent.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.admin.forms import RefundForm
from orders.credits.services import open_parts
from orders.credits.shares import units_share
from orders.models import Order
from payments.refunds import refund_order, refundable_payments
from shop.core.actors import Actor
from shop.core.errors import DomainError
from shop.core.idempotency import fingerprint, run_once
from shop.core.money import exponent, format_minor


def refund_page(request: HttpRequest, order: Order, *, site: Any, opts: Any) -> HttpResponse:
    """Show the form, or refund once and go back to the order."""
    payments = refundable_payments(order)
    left = sum(amount for _payment, amount in payments)
    parts = {part.key: part for part in open_parts(order)}
    chosen = {"payment": request.GET.get("payment", "")}
    form = RefundForm(
        request.POST or None, initial=chosen, order=order, parts=parts, payments=payments
    )
    if request.method == "POST" and form.is_valid() and refund_once(request, order, form):
        return redirect(reverse("admin:orders_order_change", args=[order.pk]))
    context = {
        **site.each_context(request),
        "opts": opts,
        "original": order,
        "order": order,
        "form": form,
        "rows": form.rows,
        "title": _("Refund %(number)s") % {"number": order.number},
        "places": exponent(order.currency),
        "left_minor": left,
        "left": format_minor(left, order.currency),
        "shipping_minor": parts[None].amount_minor,
        "shipping": format_minor(parts[None].amount_minor, order.currency),
    }
    return TemplateResponse(
        request, "admin/orders/order/refund.html", context, status=422 if form.errors else 200
    )


def amount_of(form: RefundForm) -> int:
    """What was typed; else the units' share of what was paid, with delivery where it is ticked."""
    data, units = form.cleaned_data, form.quantities()
    if data["amount"]:
        return int(data["amount"])
    amount = form.delivery.amount_minor if data["shipping"] else 0
    amount += sum(
        units_share(part, units[item.pk]) for item, part, _field in form.rows if item.pk in units
    )
    return min(amount, form.left_minor())


def refund_once(request: HttpRequest, order: Order, form: RefundForm) -> bool:
    """Call the service at most once per form; a refusal stands on the form."""
    data, units = form.cleaned_data, form.quantities()
    amount = amount_of(form)

    def effect() -> tuple[int, Any]:
        refund_order(
            order,
            amount_minor=amount,
            items=units if units or data["shipping"] else None,
            include_shipping=data["shipping"],
            restock=data["restock"],
            payment=form.chosen(),
            reason=data["reason"],
            actor=Actor.of(request.user),
            at=timezone.now(),
        )
        return 201, {}

    try:
        answer = run_once(
            f"backoffice:{request.user.pk}",
            str(data["key"]),
            fingerprint(
                order.pk,
                data["amount"],
                sorted(units.items()),
                data["shipping"],
                data.get("payment", ""),
            ),
            effect,
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    if answer.replayed:
        messages.info(request, _("This refund was already submitted. It was made only once."))
    else:
        messages.success(request, _("The refund was submitted."))
    return True
