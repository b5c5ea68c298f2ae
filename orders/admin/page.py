"""What the page of an order shows: one reading, the same number of queries for
1 line and for 50.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Count, Q, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.identity import email_key
from orders.admin.badges import LEDGER_SIGN, TIMELINE, delivery_badge, payment_badge, status_badge
from orders.explanation import explain_order
from orders.invoices.admin import documents_of
from orders.models import Fulfillment, Order, OrderEvent, OrderItem
from orders.presentation import instructions_for
from orders.returns.admin import returns_of
from orders.states import OrderStatus
from orders.summary import order_rows
from payments.admin import payment_state
from payments.models import Payment, PaymentEntry, Refund
from payments.states import EntryKind, RefundState
from pricing.explanation import Reason, grouped
from pricing.models import GiftCard
from pricing.summary import SummaryRow
from shop.admin.gift_cards.page import card_row
from shop.core.money import format_minor


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of an item, in a parcel or still to ship."""

    item: OrderItem
    quantity: int
    currency: str

    @property
    def price(self) -> str:
        """What one unit was sold at."""
        return format_minor(self.item.unit_price_minor, self.currency)

    @property
    def amount(self) -> str:
        """Units times price, before discounts."""
        return format_minor(self.item.unit_price_minor * self.quantity, self.currency)

    @property
    def picture_url(self) -> str:
        """The snapshot of the picture, or nothing."""
        name = self.item.picture
        return default_storage.url(name) if name else ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Lines that left together."""

    fulfillment: Fulfillment
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the money ledger, in words."""

    kind: str
    instrument: str
    reference: str
    at: datetime
    amount: str


@dataclass(frozen=True, slots=True)
class Try:
    """One payment of several: its own state, and what became of its money."""

    payment: Payment
    badge: SafeString
    amount: str
    taken: str
    refunded: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure, what it was counted from, and why. What prices hold already stands in brackets."""

    row: Reason
    is_head: bool
    base: str
    percent: str
    amount: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline with its icon."""

    event: OrderEvent
    icon: str

    @property
    def amount(self) -> str:
        """How much was paid or went back, where that is what the line tells."""
        data = self.event.data
        if "amount_minor" not in data or "currency" not in data:
            return ""
        return format_minor(data["amount_minor"], data["currency"])


def open_lines(order: Order) -> list[Line]:
    """What has not been shipped."""
    return [
        Line(item, item.open_quantity, order.currency)
        for item in order.items.all()
        if item.open_quantity
    ]


def order_page(order: Order) -> dict[str, Any]:
    """The context of the page: 11 queries, 3 more where there are returns."""
    items = list(order.items.all())
    by_key = {item.pk: item for item in items}
    ordered = sum(item.quantity - item.canceled_quantity for item in items)
    shipped = sum(item.shipped_quantity for item in items)
    payments = {payment.pk: payment for payment in Payment.objects.of_order(order.pk)}
    entries = list(PaymentEntry.objects.filter(payment__order=order).order_by("at", "pk"))
    return {
        "order": order,
        "status": status_badge(order),
        "payment": payment_badge(order),
        "delivery": delivery_badge(order),
        "ordered": ordered,
        "shipped": shipped,
        "open_lines": [
            Line(item, item.open_quantity, order.currency) for item in items if item.open_quantity
        ],
        "is_open": order.status != OrderStatus.CANCELED,
        "parcels": list(_parcels(order, by_key)),
        "sums": list(_sums(order)),
        "total": format_minor(order.total_minor, order.currency),
        "credited": format_minor(-order.credited_minor, order.currency)
        if order.credited_minor
        else "",
        "owed": format_minor(order.owed_minor, order.currency),
        "tries": [_try(payment, entries) for payment in payments.values()],
        "ledger": [_entry(entry, payments[entry.payment_id]) for entry in entries],
        "explanation": list(_explained(order)),
        "received": format_minor(
            sum(LEDGER_SIGN.get(entry.kind, 0) * entry.amount_minor for entry in entries),
            order.currency,
        ),
        "due": format_minor(order.due_minor, order.currency) if order.due_minor else "",
        "transfer": instructions_for(order),
        "to_pay": format_minor(order.to_pay_minor, order.currency),
        "pending_refunds": [
            format_minor(refund.amount_minor, refund.currency)
            for refund in Refund.objects.filter(payment__order=order, state=RefundState.PENDING)
        ],
        "timeline": [
            Moment(event, TIMELINE.get(event.kind, "circle"))
            for event in order.events.order_by("-sequence")
        ],
        "returns": returns_of(order),
        "documents": documents_of(order),
        "cards": [card_row(card) for card in GiftCard.objects.of_order(order.number)],
        "past": _past(order),
        **_neighbours(order),
    }


def _parcels(order: Order, items: dict[int, OrderItem]) -> Iterable[Parcel]:
    for fulfillment in order.fulfillments.prefetch_related("items").order_by("number"):
        yield Parcel(
            fulfillment,
            [
                Line(items[part.order_item_id], part.quantity, order.currency)
                for part in fulfillment.items.all()
            ],
        )


def _sums(order: Order) -> Iterable[tuple[SummaryRow, str]]:
    """Each row above the total with its amount in words, and the tax that it holds."""
    for row in order_rows(order):
        yield (
            row,
            row.note
            if row.amount_minor is None
            else format_minor(row.amount_minor, order.currency),
        )
    included = order.tax_minor - order.tax_added_minor
    if included or not order.tax_added_minor:
        yield (
            SummaryRow("tax_included", _("Tax included"), included),
            format_minor(included, order.currency),
        )


def _try(payment: Payment, entries: Iterable[PaymentEntry]) -> Try:
    def booked(kind: EntryKind) -> str:
        own = [one for one in entries if one.payment_id == payment.pk and one.kind == kind]
        return format_minor(sum(one.amount_minor for one in own), payment.currency) if own else "–"

    return Try(
        payment=payment,
        badge=payment_state(payment),
        amount=format_minor(payment.amount_minor, payment.currency),
        taken=booked(EntryKind.CAPTURED),
        refunded=booked(EntryKind.REFUNDED),
    )


def _explained(order: Order) -> Iterable[Explained]:
    """Lines and delivery at their prices, each followed by what lowers or taxes it."""
    for group in grouped(explain_order(order)):
        for row in (group.head, *group.parts):
            amount = format_minor(row.amount_minor, order.currency)
            yield Explained(
                row=row,
                is_head=row is group.head,
                base=format_minor(row.base_minor, order.currency),
                percent="" if row.percent is None else f"{row.percent.normalize():f} %",
                amount=f"({amount})" if row.is_included else amount,
            )


def _entry(entry: PaymentEntry, payment: Payment) -> Entry:
    sign = -1 if LEDGER_SIGN.get(entry.kind, 1) < 0 else 1
    return Entry(
        kind=entry.get_kind_display(),
        instrument=payment.instrument or payment.provider,
        reference=entry.external_id or entry.message,
        at=entry.at,
        amount=format_minor(sign * entry.amount_minor, entry.currency),
    )


def _past(order: Order) -> dict[str, Any]:
    """How many orders the same person has placed, and what they paid in the shop's currency."""
    same = (
        Q(customer_id=order.customer_id)
        if order.customer_id
        else Q(email__iexact=email_key(order.email))
    )
    row = Order.objects.filter(same).aggregate(
        orders=Count("pk"),
        paid=Sum("amount_paid_minor", filter=Q(currency=order.currency)),
    )
    return {
        "orders": row["orders"],
        "paid": format_minor(row["paid"] or 0, order.currency or settings.DEFAULT_CURRENCY),
    }


def _neighbours(order: Order) -> dict[str, int | None]:
    """Keys of the next newer and the next older order."""
    keys = Order.objects.values_list("pk", flat=True)
    same_time = Q(placed_at=order.placed_at)
    return {
        "newer": keys.filter(Q(placed_at__gt=order.placed_at) | (same_time & Q(pk__gt=order.pk)))
        .order_by("placed_at", "pk")
        .first(),
        "older": keys.filter(Q(placed_at__lt=order.placed_at) | (same_time & Q(pk__lt=order.pk)))
        .order_by("-placed_at", "-pk")
        .first(),
    }
