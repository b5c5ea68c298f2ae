"""The page that changes an order: type, look at before and after, save.

Each step is a form; no script is needed.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.prices.lookup import prices_for
from orders.editing.changes import EditPreview, FigureChange, LineChange
from orders.editing.forms import EditForm, added_keys, named
from orders.editing.services import edit_order, preview_edit
from orders.errors import OrderNotEditable
from orders.models import Order
from pricing.models import ShippingMethod
from shop.core.actors import Actor
from shop.core.errors import DomainError
from shop.core.idempotency import fingerprint, run_once
from shop.core.money import format_minor
from shop.core.permissions import require

MOST_FOUND = 8


def edit_page(request: HttpRequest, order: Order, *, site: Any, opts: Any) -> HttpResponse:
    """Show the form; on "Preview" what it comes to, on "Save" change the order
    once and go back to it.
    """
    back = redirect(reverse("admin:orders_order_change", args=[order.pk]))
    is_posted = request.method == "POST"
    form = _form(request, order)
    preview: EditPreview | None = None
    if is_posted and _pressed(request) != "search" and form.is_valid():
        is_seen = form.cleaned_data["expected"] is not None
        if _pressed(request) == "save" and is_seen and save_once(request, order, form):
            return back
        try:
            preview = preview_edit(order, form.change(), at=timezone.now())
        except OrderNotEditable as refusal:
            messages.error(request, refusal.message)
            return back
        except DomainError as refusal:
            form.add_error(None, refusal.message)
    context = {
        **site.each_context(request),
        "opts": opts,
        "original": order,
        "order": order,
        "form": form,
        "rows": form.rows,
        "added": _shown(form, order),
        "has_searched": is_posted and bool(request.POST.get("search")),
        "preview": preview and _view(preview),
        "title": _("Edit %(number)s") % {"number": order.number},
    }
    return TemplateResponse(
        request, "admin/orders/order/edit.html", context, status=422 if form.errors else 200
    )


def _pressed(request: HttpRequest) -> str:
    return str(request.POST.get("do", "preview"))


def _form(request: HttpRequest, order: Order) -> EditForm:
    """The form with a row for everything in the order, added to it before, or found now."""
    variants: list[Variant] = []
    if request.method == "POST":
        skus = [item.product_sku for item in order.items.all()]
        rows = named(Variant.objects.exclude(sku__in=skus))
        variants = list(rows.filter(pk__in=added_keys(request.POST)))
        text = request.POST.get("search", "").strip()[:80]
        if text:
            found = named(Variant.objects.exclude(sku__in=skus).sold(at=timezone.now()))
            known = {variant.pk for variant in variants}
            variants += [
                variant
                for variant in found.matching(text)[:MOST_FOUND]  # type: ignore[attr-defined]
                if variant.pk not in known
            ]
    return EditForm(
        request.POST if request.method == "POST" else None,
        order=order,
        added=variants,
        methods=_methods(order),
    )


def _methods(order: Order) -> list[tuple[str, str]]:
    """Ways of delivery by code; whether one is possible for the address is the preview's to say."""
    methods = dict(
        ShippingMethod.objects.filter(is_active=True)
        .order_by("-position", "-pk")
        .values_list("code", "name")
    )
    return list((methods | {order.shipping_method_code: order.shipping_method_name}).items())


def _shown(form: EditForm, order: Order) -> list[tuple[Variant, Any, str]]:
    """What is added or found, with its price today."""
    prices = prices_for([variant for variant, _field in form.added], order.currency)
    return [
        (variant, field, format_minor(prices[variant.pk].price_minor, order.currency))
        for variant, field in form.added
    ]


def save_once(request: HttpRequest, order: Order, form: EditForm) -> bool:
    """Call the service at most once per form; a refusal stands on the form,
    with the new figures.
    """
    data, change = form.cleaned_data, form.change()

    def effect() -> tuple[int, Any]:
        edit_order(
            order,
            change,
            expected_total_minor=data["expected"],
            version=data["version"],
            reason=data["reason"],
            actor=Actor.of(request.user),
            at=timezone.now(),
            authorize=partial(require, request.user),
        )
        return 200, {}

    try:
        answer = run_once(
            f"backoffice:{request.user.pk}",
            str(data["key"]),
            fingerprint(order.pk, asdict(change), data["expected"]),
            effect,
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    if answer.replayed:
        messages.info(request, _("This change was already saved. It was applied only once."))
    else:
        messages.success(request, _("The order was changed, and the customer will get an e-mail."))
    return True


def _view(preview: EditPreview) -> dict[str, Any]:
    """The preview in texts that are ready to read."""

    def text(minor: int) -> str:
        return format_minor(minor, preview.currency)

    def line(change: LineChange) -> dict[str, Any]:
        return {
            "change": change,
            "price": text(change.unit_price_minor),
            "before": text(change.total_before_minor) if change.quantity_before else "–",
            "after": text(change.total_minor) if change.quantity else "–",
        }

    def figure(change: FigureChange) -> dict[str, Any]:
        return {
            "change": change,
            "before": text(change.before_minor),
            "after": text(change.after_minor),
        }

    return {
        "lines": [line(change) for change in preview.lines],
        "figures": [figure(change) for change in preview.figures],
        "notices": preview.notices,
        "refusals": [problem.message for problem in preview.problems],
        "due": text(preview.due_minor) if preview.due_minor else "",
        "back": text(preview.back_minor) if preview.back_minor else "",
        "is_change": preview.is_change,
        "is_possible": preview.is_possible,
        "expected": preview.total_minor,
    }
