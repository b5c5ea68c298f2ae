"""Search from anywhere: six of a kind, one indexed query each, only what the asker may see."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from accounts.identity import email_key
from accounts.models import Customer
from accounts.permissions import CUSTOMERS
from catalog.models import Product, Variant
from catalog.permissions import PRODUCTS
from orders.invoices.document import title_of
from orders.models import Invoice, Order
from orders.permissions import INVOICES, ORDERS
from shop.admin.navigation import sidebar
from shop.core.money import format_minor
from shop.core.permissions import StaffAct, may

LIMIT = 6


def palette(request: HttpRequest, term: str) -> list[SearchResult]:
    """What matches `term` (lower case): entries of the side bar, orders, invoices,
    products, variants, customers.

    Where nothing does, one line says so and leads to the list of orders, which searches in more.
    Answers are kept for five minutes per user and term, so descriptions hold no secrets.
    """
    term = term.strip()
    searches: list[tuple[StaffAct, Callable[[str], list[SearchResult]]]] = [
        (ORDERS.view, _orders),
        (INVOICES.view, _invoices),
        (PRODUCTS.view, _products),
        (PRODUCTS.view, _variants),
        (CUSTOMERS.view, _customers),
    ]
    found = _pages(request, term) + [
        result for act, search in searches if may(request.user, act) for result in search(term)
    ]
    return found or [_nothing(request, term)]


def _pages(request: HttpRequest, term: str) -> list[SearchResult]:
    return [
        SearchResult(
            title=str(item["title"]),
            description=str(group["title"]) or _("Back office"),
            link=item["link"],
            icon=item["icon"],
        )
        for group in sidebar(request)
        for item in group["items"]
        if term in str(item["title"]).lower()
    ]


def _nothing(request: HttpRequest, term: str) -> SearchResult:
    may_search = may(request.user, ORDERS.view)
    return SearchResult(
        title=_("Nothing found for “%(term)s”") % {"term": term},
        description=_("Search in all orders") if may_search else _("Back to the home page"),
        link=f"{reverse('admin:orders_order_changelist')}?{urlencode({'q': term})}"
        if may_search
        else reverse("admin:index"),
        icon="search_off",
    )


def _orders(term: str) -> list[SearchResult]:
    match = (
        Q(number__istartswith=term)
        | Q(number__istartswith=f"LN-{term}")
        | Q(email__iexact=email_key(term))
    )
    return [
        SearchResult(
            title=_("Order %(number)s") % {"number": order.number},
            description=f"{order.email} · {format_minor(order.total_minor, order.currency)}",
            link=reverse("admin:orders_order_change", args=[order.pk]),
            icon="receipt_long",
        )
        for order in Order.objects.filter(match).order_by("-placed_at", "-pk")[:LIMIT]
    ]


def _invoices(term: str) -> list[SearchResult]:
    found = Invoice.objects.filter(number__istartswith=term).select_related("order")
    return [
        SearchResult(
            title=title_of(invoice),
            description=(
                f"{invoice.order.number} · {format_minor(invoice.total_minor, invoice.currency)}"
            ),
            link=reverse("admin:orders_invoice_change", args=[invoice.pk]),
            icon="article",
        )
        for invoice in found.order_by("-pk")[:LIMIT]
    ]


def _products(term: str) -> list[SearchResult]:
    found = Product.objects.filter(name__icontains=term).order_by("-sold_count", "pk")
    return [
        SearchResult(
            title=product.name,
            description=str(product.get_status_display()),
            link=reverse("admin:catalog_product_change", args=[product.pk]),
            icon="inventory_2",
        )
        for product in found[:LIMIT]
    ]


def _variants(term: str) -> list[SearchResult]:
    found = Variant.objects.filter(Q(sku__istartswith=term) | Q(barcode=term))
    return [
        SearchResult(
            title=variant.sku,
            description=f"{variant.product.name} · {variant.label}".rstrip(" ·"),
            link=reverse("admin:catalog_product_change", args=[variant.product_id]),
            icon="barcode",
        )
        for variant in found.select_related("product").order_by("sku")[:LIMIT]
    ]


def _customers(term: str) -> list[SearchResult]:
    found = Customer.objects.filter(Q(email__istartswith=term) | Q(name__icontains=term))
    return [
        SearchResult(
            title=customer.name or customer.email,
            description=customer.email,
            link=reverse("admin:accounts_customer_change", args=[customer.pk]),
            icon="person",
        )
        for customer in found.order_by("-created_at", "-pk")[:LIMIT]
    ]
