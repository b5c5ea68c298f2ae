"""Invoices and credit notes in the back office: the list, each as it is printed,
and a table for the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import display

from orders.invoices.document import document_html, pdf_answer, title_of
from orders.models import Invoice, Order
from orders.states import InvoiceKind
from shop.admin.base import DayRangeFilter, ReadOnlyAdmin, badge, money, needs
from shop.core.clock import shop_day
from shop.core.money import Money, format_minor
from shop.core.pdf import can_make_pdf
from shop.web.csv_export import Cell, csv_answer

BADGES = {
    InvoiceKind.INVOICE: ("receipt_long", "quiet"),
    InvoiceKind.CREDIT_NOTE: ("undo", "warn"),
}


def documents_of(order: Order) -> list[tuple[Invoice, str]]:
    """The documents of an order for its page, and what each adds to the books: 1 query."""
    documents = Invoice.objects.of_order(order)
    return [
        (document, format_minor(document.signed_total_minor, document.currency))
        for document in documents
    ]


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Invoices and credit notes, the newest first.

    They come from services and are never changed.
    """

    list_display = ["number", "what", "issued_at", "order_number", "buyer_name", "total"]
    list_filter = [("kind", ChoicesCheckboxFilter), ("issued_at", DayRangeFilter), "currency"]
    list_select_related = ["order"]
    search_fields = ["number", "order__number"]
    search_help_text = gettext_lazy("Invoice or order number")
    actions = ["export_csv"]

    @display(description=gettext_lazy("type"), ordering="kind")
    def what(self, invoice: Invoice) -> SafeString:
        """An invoice or a credit note."""
        icon, tone = BADGES[InvoiceKind(invoice.kind)]
        return badge(invoice.get_kind_display(), icon=icon, tone=tone)

    @display(description=gettext_lazy("order"), ordering="order__number")
    def order_number(self, invoice: Invoice) -> str:
        """What was sold."""
        return invoice.order.number

    @display(description=gettext_lazy("customer"))
    def buyer_name(self, invoice: Invoice) -> str:
        """Who was billed."""
        return invoice.buyer_name

    @display(description=gettext_lazy("total"), ordering="total_minor")
    def total(self, invoice: Invoice) -> SafeString:
        """What it adds to the books."""
        return money(invoice.signed_total_minor, invoice.currency)

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> HttpResponseBase:
        """A row for each document and rate of tax, as bookkeeping takes it."""
        name = f"invoices-{shop_day(timezone.now())}.csv"
        return csv_answer(name, HEAD, rows_of(invoices))

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        """The documents as PDFs."""
        return (("<int:object_id>/pdf/", "orders_invoice_pdf", self.pdf_view),)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The document as its buyer gets it."""
        invoice = self._found(request, object_id)
        pdf_url = reverse("admin:orders_invoice_pdf", args=[invoice.pk]) if can_make_pdf() else ""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": invoice,
            "title": title_of(invoice),
            "document": document_html(invoice),
            "order": invoice.order,
            "pdf_url": pdf_url,
        }
        return TemplateResponse(request, "admin/orders/invoice/change_form.html", context)

    @needs("view")
    def pdf_view(self, request: HttpRequest, object_id: int, model_admin: Any) -> HttpResponse:
        """The same as a PDF."""
        return pdf_answer(self._found(request, str(object_id)))

    def _found(self, request: HttpRequest, object_id: str) -> Invoice:
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = int(object_id) if object_id.isascii() and object_id.isdigit() else 0
        invoice = Invoice.objects.for_document().filter(pk=key).first() if key < 2**63 else None
        if invoice is None:
            raise Http404
        return invoice


HEAD = [
    gettext_lazy("Number"),
    gettext_lazy("Type"),
    gettext_lazy("Date"),
    gettext_lazy("Order"),
    gettext_lazy("Corrects"),
    gettext_lazy("Customer"),
    gettext_lazy("Country"),
    gettext_lazy("Currency"),
    gettext_lazy("VAT rate"),
    gettext_lazy("Net"),
    gettext_lazy("VAT"),
    gettext_lazy("Total"),
]


def rows_of(invoices: QuerySet[Invoice]) -> Iterator[list[Cell]]:
    """The oldest first. What a credit note takes off is negative."""
    documents = invoices.select_related("order", "corrects").prefetch_related("taxes")
    for document in documents.order_by("issued_at", "pk").iterator(chunk_size=500):
        sign = -1 if document.is_credit_note else 1
        day = shop_day(document.issued_at).isoformat()
        for rate in document.taxes.all():
            figures = (rate.net_minor, rate.tax_minor, rate.total_minor)
            yield [
                document.number,
                str(document.get_kind_display()),
                day,
                document.order.number,
                document.corrects.number if document.corrects else "",
                document.buyer_name,
                str(document.buyer.get("country", "")),
                document.currency,
                rate.percent.normalize(),
                *(Money.from_minor(sign * minor, document.currency).amount for minor in figures),
            ]
