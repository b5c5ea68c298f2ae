"""Invoices and credit notes to look at: one template for the page and the PDF, in
the language of the order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from orders.models import Invoice, InvoiceLine
from orders.states import EventKind
from shop.core import pdf
from shop.core.clock import show_date
from shop.core.languages import speaking
from shop.core.money import convert_minor, format_minor, format_price

# What only the PDF needs besides the page's own style: its sheets, with the number on each.
_SHEET = """
@page { size: A4; margin: 18mm; @bottom-right { content: "%s · " counter(page) " / " counter(pages);
  font: 8pt "Commissioner Flare", sans-serif; color: #5b4b5e; } }
body { margin: 0;
  font-family: "Commissioner Flare", "Shop Scripts", "Noto Sans", "DejaVu Sans", sans-serif; }
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its figures in words."""

    line: InvoiceLine
    percent: str
    detail: str
    discounts: list[tuple[str, str]]


def listed(documents: Iterable[Invoice]) -> list[dict[str, Any]]:
    """What a page shows of each of several documents: its name and number, its day,
    and what it adds.
    """
    return [
        {
            "number": document.number,
            "title": title_of(document),
            "day": show_date(document.issued_at),
            "total": format_price(document.signed_total_minor, document.currency),
        }
        for document in documents
    ]


def title_of(invoice: Invoice) -> str:
    """ "Invoice 2026-00001", in the active language."""
    return f"{invoice.get_kind_display()} {invoice.number}"


def file_name(invoice: Invoice) -> str:
    """What the PDF is called when it is saved."""
    return f"{slugify(invoice.kind.replace('_', '-'))}-{slugify(invoice.number)}.pdf"


def document_html(invoice: Invoice) -> SafeString:
    """The document for a page to hold. Reads what `for_document` has loaded."""
    with speaking(invoice.language):
        return render_to_string("orders/_document.html", _document(invoice))


def invoice_pdf(invoice: Invoice) -> bytes:
    """The document as a PDF. Raises `PdfUnavailable`."""
    with speaking(invoice.language):
        title = title_of(invoice)
        context = {"title": title, "document": document_html(invoice), **_language()}
        html = render_to_string("orders/invoice_pdf.html", context)
    # What could end the style's string is left out.
    number = "".join(sign for sign in invoice.number if sign not in '"\\\n')
    style = "\n".join([pdf.fonts(html), pdf.sheet("css/pages/invoice.css"), _SHEET % number])
    seller = str(invoice.seller.get("name", ""))
    return pdf.make_pdf(html, style=style, title=title, author=seller, at=invoice.issued_at)


def pdf_answer(invoice: Invoice) -> HttpResponse:
    """The PDF to look at or to save. Raises `PdfUnavailable`."""
    return HttpResponse(
        invoice_pdf(invoice),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{file_name(invoice)}"'},
    )


def _language() -> dict[str, str]:
    return {
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
    }


def _document(invoice: Invoice) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "title": title_of(invoice),
        "wordmark": settings.SHOP_NAME.lower(),
        "seller": invoice.seller,
        "buyer_lines": invoice.buyer_lines,
        "facts": list(_facts(invoice)),
        "rows": [_row(line, invoice.currency) for line in invoice.lines.all()],
        "rates": [(_percent(rate.percent), rate) for rate in invoice.taxes.all()],
        "notes": list(_notes(invoice)),
        "payments": list(_payments(invoice)),
        **_language(),
    }


def _facts(invoice: Invoice) -> Iterable[tuple[str, str]]:
    """What identifies the document: its number and day, and what it belongs to."""
    if invoice.is_credit_note:
        yield _("Credit note number"), invoice.number
        yield _("Date"), show_date(invoice.issued_at)
        if invoice.corrects:
            yield (
                _("Corrected invoice"),
                f"{invoice.corrects.number}, {show_date(invoice.corrects.issued_at)}",
            )
    else:
        yield _("Invoice number"), invoice.number
        yield _("Invoice date"), show_date(invoice.issued_at)
        if invoice.supplied_on:
            yield _("Delivery date"), show_date(invoice.supplied_on)
    yield _("Order"), f"{invoice.order.number}, {show_date(invoice.order.placed_at)}"


def _row(line: InvoiceLine, currency: str) -> Row:
    named = [(part["label"], part["amount_minor"]) for part in line.discounts]
    if line.discount_minor and not named:
        named = [(_("Discount"), line.discount_minor)]
    return Row(
        line=line,
        percent=_percent(line.tax_percent),
        detail=" · ".join(part for part in (line.detail, line.sku) if part),
        discounts=[(label, format_minor(-amount, currency)) for label, amount in named],
    )


def _notes(invoice: Invoice) -> Iterable[str]:
    """Why, and what the law wants to read besides."""
    if invoice.reason:
        yield _("Reason: %(reason)s") % {"reason": invoice.reason}
    if invoice.is_export:
        yield _(
            "Export outside the European Union, exempt from VAT (Article 146 of Directive "
            "2006/112/EC)."
        )
    if any(line.order_item and line.order_item.is_gift_card for line in invoice.lines.all()):
        yield _(
            "Gift cards are multi-purpose vouchers. VAT is due when they are redeemed "
            "(Article 30b of Directive 2006/112/EC)."
        )
    order, home = invoice.order, settings.DEFAULT_CURRENCY
    if invoice.currency != home and invoice.tax_minor and order.exchange_rate:
        # Article 230: the tax must be known in the currency of the country where it is due.
        tax = convert_minor(invoice.tax_minor, invoice.currency, home, 1 / order.exchange_rate)
        yield _("VAT in %(currency)s: %(amount)s, at %(rate)s %(foreign)s for 1 %(currency)s.") % {
            "currency": home,
            "amount": format_minor(tax, home),
            "rate": order.exchange_rate.normalize(),
            "foreign": invoice.currency,
        }


def _payments(invoice: Invoice) -> Iterable[str]:
    """What had come in and gone back by then, and what was left to pay."""
    if invoice.is_credit_note:
        return
    for entry in invoice.payments:
        at = parse_datetime(entry["at"])
        words = (
            _("Refunded on %(day)s, %(how)s: %(amount)s.")
            if entry["kind"] == EventKind.REFUNDED
            else _("Paid on %(day)s, %(how)s: %(amount)s.")
        )
        yield words % {
            "day": show_date(at) if at else "",
            "how": entry["label"],
            "amount": format_minor(entry["amount_minor"], invoice.currency),
        }
    if invoice.due_minor:
        yield _("Amount due: %(amount)s. Payment reference: %(number)s.") % {
            "amount": format_minor(invoice.due_minor, invoice.currency),
            "number": invoice.order.number,
        }
    else:
        yield _("Paid in full.")


def _percent(percent: Decimal) -> str:
    """A rate as the language writes it: "19%", "19 %", "5.5%"."""
    locale = (get_language() or "en").replace("-", "_")
    return format_percent((percent / 100).normalize(), locale=locale, decimal_quantization=False)
