"""Invoices and credit notes: issued once for each cause, numbered without gaps.

A number is taken and its document is written in one transaction, under the lock of the series' row:
if the transaction is rolled back, so is the number. The series is the last lock that anybody takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from orders.delivery import Delivery, after_credits, charged_delivery
from orders.errors import NothingToInvoice
from orders.events import InvoiceIssued
from orders.invoices.lines import (
    Entry,
    Key,
    Sums,
    credit_entries,
    is_covered,
    open_entries,
    rates,
    remaining_entries,
)
from orders.models import (
    Credit,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    InvoiceTax,
    Order,
    OrderAdjustment,
    OrderItem,
)
from orders.permissions import possible_acts
from orders.states import Act, EventKind, InvoiceKind, OrderStatus
from orders.timeline import add_event, save_order
from shop.core import audit
from shop.core.actors import SYSTEM, Actor
from shop.core.clock import shop_day
from shop.core.events import publish
from shop.core.languages import speaking
from shop.core.querysets import insert_if_new
from shop.core.seller import seller


@transaction.atomic
def issue_invoice(order: Order, *, actor: Actor, at: datetime) -> Invoice:
    """Invoice all of an order that is not invoiced yet, shipped or not; credits
    before it get their notes.

    Raises `NothingToInvoice`. Publishes `InvoiceIssued`.
    """
    order = Order.objects.locked().get(pk=order.pk)
    if Act.INVOICE not in possible_acts(order):
        raise NothingToInvoice
    documents = _Documents(order, actor=actor, at=at)
    invoice = documents.invoice()
    if invoice is None:
        raise NothingToInvoice
    documents.note_credits()
    audit.record("order.invoice", order, actor=actor, changes={"invoice": [None, invoice.number]})
    return invoice


@transaction.atomic
def settle_invoices(order_id: int, *, at: datetime) -> list[Invoice]:
    """Issue what an order's documents lack; nothing if they lack nothing, however often called.

    Once more has left than is invoiced, everything that is not invoiced yet is. Each credit on
    something invoiced gets a credit note, and a canceled order one over all that is left of its
    invoices. Publishes `InvoiceIssued` for each.
    """
    order = Order.objects.locked().get(pk=order_id)
    documents = _Documents(order, actor=SYSTEM, at=at)
    if documents.has_left_uninvoiced():
        documents.invoice()
    if order.invoiced_at is not None:
        documents.note_credits()
        if order.status == OrderStatus.CANCELED:
            documents.note_cancellation()
    return documents.issued


class _Documents:
    """The documents of one order, whose lock the caller holds."""

    def __init__(self, order: Order, *, actor: Actor, at: datetime) -> None:
        self.order = order
        self.actor = actor
        self.at = at
        self.issued: list[Invoice] = []
        self.items = {item.pk: item for item in OrderItem.objects.filter(order=order)}
        self.adjustments = list(OrderAdjustment.objects.filter(order=order))
        self.invoiced = self._sums(InvoiceKind.INVOICE)
        self.noted = self._sums(InvoiceKind.CREDIT_NOTE)

    def _sums(self, kind: InvoiceKind) -> dict[Key, Sums]:
        if self.order.invoiced_at is None:
            return {}
        rows = InvoiceLine.objects.filter(invoice__order=self.order, invoice__kind=kind)
        sums: dict[Key, Sums] = {}
        for line in rows.order_by("pk"):
            _add(sums, _key_of(line), line)
        return sums

    def has_left_uninvoiced(self) -> bool:
        """Whether more units of something have left than are invoiced."""
        nothing = Sums()
        return any(
            item.shipped_quantity > self.invoiced.get(item.pk, nothing).quantity
            for item in self.items.values()
        )

    def invoice(self) -> Invoice | None:
        """Ask for everything that no invoice asks for yet."""
        order = self.order
        entries = open_entries(order, list(self.items.values()), self.adjustments, self.invoiced)
        if not entries:
            return None
        parcel = order.fulfillments.order_by("-number").first()
        invoice = self._write(
            InvoiceKind.INVOICE,
            entries,
            fulfillment=parcel,
            supplied_on=shop_day(parcel.shipped_at) if parcel else None,
            due_minor=order.due_minor,
            payments=_payments(order),
        )
        order.invoiced_at = order.invoiced_at or self.at
        order.invoiced_minor += invoice.total_minor
        save_order(order, "invoiced_at", "invoiced_minor")
        self._tell(invoice, EventKind.INVOICED)
        return invoice

    def note_credits(self) -> None:
        """A credit note for each credit that has none, as soon as what it lowers is invoiced."""
        granted = list(
            Credit.objects.filter(order=self.order)
            .order_by("number")
            .select_related("credit_note")
            .prefetch_related("items", "deliveries")
        )
        charged = charged_delivery(self.order, self.items.values(), self.adjustments)
        _left, deliveries = after_credits(charged, granted)
        for credit in granted:
            if hasattr(credit, "credit_note") or not credit.amount_minor:
                continue
            entries = credit_entries(credit.items.all(), deliveries[credit.pk], self._percents())
            if is_covered(entries, self.invoiced, self.noted):
                self._note(entries, credit=credit, reason=credit.reason)

    def note_cancellation(self) -> None:
        """Take off all that is left, once."""
        entries = remaining_entries(self.invoiced, self.noted, self._percents())
        if entries and not self.order.invoices.filter(
            kind=InvoiceKind.CREDIT_NOTE, credit__isnull=True
        ):
            with speaking(self.order.language):
                reason = _("The order was canceled.")
            self._note(entries, credit=None, reason=reason)

    def _note(self, entries: Sequence[Entry], *, credit: Credit | None, reason: str) -> None:
        order = self.order
        note = self._write(
            InvoiceKind.CREDIT_NOTE,
            entries,
            corrects=self._corrected(entries),
            credit=credit,
            reason=reason,
        )
        order.credit_noted_minor += note.total_minor
        save_order(order, "credit_noted_minor")
        self._tell(note, EventKind.CREDIT_NOTED)

    def _corrected(self, entries: Sequence[Entry]) -> Invoice:
        """The last invoice that asks for one of these entries."""
        keys = {entry.key for entry in entries}
        lines = InvoiceLine.objects.filter(
            invoice__order=self.order, invoice__kind=InvoiceKind.INVOICE
        )
        found = [line for line in lines.select_related("invoice") if _key_of(line) in keys]
        return max((line.invoice for line in found), key=lambda invoice: invoice.ordinal)

    def _percents(self) -> dict[int, Decimal]:
        return {pk: item.tax_percent for pk, item in self.items.items()}

    def _write(self, kind: InvoiceKind, entries: Sequence[Entry], **facts: Any) -> Invoice:
        """Take the next number and write the document with its lines and its table of rates."""
        order = self.order
        invoice = Invoice(
            kind=kind,
            order=order,
            ordinal=order.invoices.filter(kind=kind).count() + 1,
            issued_at=self.at,
            currency=order.currency,
            language=order.language,
            net_minor=sum(entry.net_minor for entry in entries),
            tax_minor=sum(entry.tax_minor for entry in entries),
            total_minor=sum(entry.total_minor for entry in entries),
            is_export=order.is_export,
            seller=seller(),
            buyer={**order.billing_address, "email": order.email},
            **facts,
        )
        with speaking(order.language):
            lines = [self._line(position, entry) for position, entry in enumerate(entries, 1)]
        take_number(invoice)
        invoice.save()
        for line in lines:
            line.invoice = invoice
        InvoiceLine.objects.bulk_create(lines)
        InvoiceTax.objects.bulk_create(
            InvoiceTax(
                invoice=invoice,
                percent=rate.percent,
                net_minor=rate.net_minor,
                tax_minor=rate.tax_minor,
                total_minor=rate.total_minor,
            )
            for rate in rates(entries)
        )
        self._count(kind, entries)
        self.issued.append(invoice)
        return invoice

    def _line(self, position: int, entry: Entry) -> InvoiceLine:
        item = None if isinstance(entry.key, Delivery) else self.items[entry.key]
        return InvoiceLine(
            position=position,
            order_item=item,
            description=item.product_name if item else _("Delivery"),
            detail=item.variant_label if item else self.order.shipping_method_name,
            sku=item.product_sku if item else "",
            quantity=entry.quantity,
            unit_price_minor=entry.unit_price_minor,
            unit_net_minor=entry.unit_net_minor,
            discount_minor=entry.discount_minor,
            discounts=list(entry.discounts),
            tax_percent=entry.tax_percent,
            net_minor=entry.net_minor,
            tax_minor=entry.tax_minor,
            total_minor=entry.total_minor,
        )

    def _count(self, kind: InvoiceKind, entries: Sequence[Entry]) -> None:
        """Know what was just written, for the document that may follow."""
        sums = self.invoiced if kind == InvoiceKind.INVOICE else self.noted
        for entry in entries:
            _add(sums, entry.key, entry)

    def _tell(self, invoice: Invoice, kind: EventKind) -> None:
        add_event(self.order, kind, actor=self.actor, at=self.at, message=invoice.number)
        publish(InvoiceIssued(order_id=self.order.pk, invoice_id=invoice.pk))


def _add(sums: dict[Key, Sums], key: Key, line: Entry | InvoiceLine) -> None:
    before = sums.get(key, Sums())
    sums[key] = Sums(
        before.total_minor + line.total_minor,
        before.tax_minor + line.tax_minor,
        before.discount_minor + line.discount_minor,
        before.quantity + line.quantity,
    )


def _key_of(line: InvoiceLine) -> Key:
    return Delivery(line.tax_percent) if line.order_item_id is None else line.order_item_id


def take_number(invoice: Invoice) -> None:
    """Give the document the next number of its kind and year, under the lock of the series' row.

    The year is that of the shop's own calendar; its first document opens its series.
    """
    year = shop_day(invoice.issued_at).year
    series = InvoiceSeries.objects.locked().filter(kind=invoice.kind, year=year).first()
    if series is None:
        prefixes = {
            InvoiceKind.INVOICE: settings.INVOICE_PREFIX,
            InvoiceKind.CREDIT_NOTE: settings.CREDIT_NOTE_PREFIX,
        }
        prefix = prefixes[InvoiceKind(invoice.kind)].replace("{year}", str(year))
        insert_if_new(InvoiceSeries(kind=invoice.kind, year=year, prefix=prefix))
        series = InvoiceSeries.objects.locked().get(kind=invoice.kind, year=year)
    invoice.series = series
    invoice.sequence = series.next_number
    invoice.number = f"{series.prefix}{series.next_number:05d}"
    series.next_number += 1
    series.save(update_fields=["next_number"])


def _payments(order: Order) -> list[dict[str, Any]]:
    """What was paid and what went back so far, as the timeline tells it."""
    events = order.events.filter(kind__in=[EventKind.PAID, EventKind.REFUNDED])
    return [
        {
            "at": event.at.isoformat(),
            "kind": event.kind,
            "label": event.message or order.payment_method_name,
            "amount_minor": event.data.get("amount_minor", 0),
        }
        for event in events.order_by("sequence")
    ]
