"""An order's invoices and credit notes, to read, print and keep: for its customer
or whoever holds its token.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders.access import Access
from orders.invoices.document import document_html, listed, pdf_answer, title_of
from orders.models import Invoice, Order
from orders.sessions import visitor_order
from shop.core.errors import NotFound
from shop.core.pdf import can_make_pdf


def readable_order(request: HttpRequest, number: str) -> Access:
    """The order, for who may read its invoices: number and e-mail alone are not enough.

    Raises `NotFound`.
    """
    access = visitor_order(request, number, orders=Order.objects.select_related("customer"))
    if access.is_masked:
        raise NotFound
    return access


def find_invoice(access: Access, invoice_number: str) -> Invoice:
    """An invoice of this very order. Raises `NotFound`."""
    documents = Invoice.objects.of_order(access.order).for_document()
    found = documents.filter(number=invoice_number).first()
    if found is None:
        raise NotFound
    return found


@require_safe
def invoices(request: HttpRequest, number: str) -> HttpResponse:
    """All documents of an order; the only one at once."""
    access = readable_order(request, number)
    if "token" in request.GET:
        return redirect("orders:invoices", number)
    documents = list(Invoice.objects.of_order(access.order))
    if len(documents) == 1:
        return redirect("orders:invoice", number, documents[0].number)
    context = {
        "order": access.order,
        "documents": listed(documents),
        "back_url": order_page(access),
    }
    return render(request, "orders/invoices.html", context)


@require_safe
def invoice(request: HttpRequest, number: str, invoice_number: str) -> HttpResponse:
    """One document, as it is printed."""
    access = readable_order(request, number)
    if "token" in request.GET:
        return redirect("orders:invoice", number, invoice_number)
    found = find_invoice(access, invoice_number)
    pdf_url = reverse("orders:invoice-pdf", args=[number, found.number]) if can_make_pdf() else ""
    context = {
        "order": access.order,
        "title": title_of(found),
        "document": document_html(found),
        "pdf_url": pdf_url,
        "back_url": order_page(access),
    }
    return render(request, "orders/invoice.html", context)


@require_safe
def invoice_pdf(request: HttpRequest, number: str, invoice_number: str) -> HttpResponse:
    """The same document as a PDF."""
    return pdf_answer(find_invoice(readable_order(request, number), invoice_number))


def order_page(access: Access) -> str:
    """Where the reader came from."""
    home = "orders:status" if access.has_token else "orders:account-order"
    return reverse(home, args=[access.order.number])
