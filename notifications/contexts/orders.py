"""Facts of the e-mails about orders. The orders come from `for_page`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications.contexts.lines import Line, picture_url
from orders.models import Fulfillment, Order
from orders.permissions import possible_acts
from orders.presentation import instructions_for, total_note, totals_after_cards
from orders.states import Act, OrderStatus
from orders.summary import order_rows
from orders.tenders import GIFT_CARD
from payments.models import Payment, Refund
from payments.refusals import refusal_text
from pricing.models import PaymentMethod
from pricing.states import Settlement
from shop.core.clock import show_day, show_moment
from shop.core.money import format_price

Facts = dict[str, Any]


def order_facts(order: Order, *, units: dict[int, int] | None = None) -> Facts:
    """What `emails/_order.html` shows: lines, totals, address and links.

    With `units` (item id → units) only those lines, without amounts.
    """
    is_canceled = order.status == OrderStatus.CANCELED
    can_cancel = not is_canceled and Act.CANCEL in possible_acts(order)
    withdraw_url = f"{settings.SITE_URL}{reverse('orders:withdraw')}?order={order.number}"
    return {
        "number": order.number,
        "name": order.first_name,
        "total": format_price(order.total_minor, order.currency),
        "order_url": order_url(order),
        "cancel_url": order_url(order) if can_cancel else "",
        "withdraw_url": "" if is_canceled else withdraw_url,
        "address_lines": order.address_lines,
        "lines": _lines(order, units),
        "has_totals": units is None,
        "totals": _totals(order) if units is None else [],
        "total_notes": _total_notes(order) if units is None else [],
    }


def order_url(order: Order) -> str:
    """Return the page of an order, for the reader who holds its token."""
    return _url("orders:status", order)


def received(order: Order) -> Facts:
    """How to pay by bank transfer, and until when the items are reserved."""
    return {
        **order_facts(order),
        **_transfer(order),
        "due": format_price(order.due_minor, order.currency),
        "reserved_until": _held_until(order),
    }


def confirmed(order: Order) -> Facts:
    """When it arrives, and what is due on delivery."""
    due = order.due_minor
    return {
        **order_facts(order),
        "arrives_on": show_day(order.arrives_to) if order.arrives_to else "",
        "can_cancel": Act.CANCEL in possible_acts(order),
        "due_on_delivery": format_price(due, order.currency) if due else "",
    }


def edited(order: Order, *, sequence: int) -> Facts:
    """The order as it is now, and how the difference is settled: `due_by` or `refund`."""
    is_pending = order.status == OrderStatus.PENDING
    excess = 0 if order.to_pay_minor else order.excess_minor
    return {
        **order_facts(order),
        **_transfer(order),
        "change": order.events.get(sequence=sequence).message,
        "due_by": _due_by(order),
        "reserved_until": _held_until(order) if is_pending else "",
        "pay_url": _url("payments:pay", order),
        "refund": format_price(excess, order.currency) if excess else "",
    }


def payment_failed(order: Order, *, payment: str) -> Facts:
    """Why a payment failed, and until when there is time for another."""
    code = Payment.objects.filter(pk=payment).values_list("failure_code", flat=True).first()
    return {
        **order_facts(order),
        "refusal": refusal_text(code or ""),
        "held_until": _held_until(order),
        "pay_url": _url("payments:pay", order),
    }


def waiting(order: Order) -> Facts:
    """Where to pay or to change the payment method, and until when the order is held."""
    pay_path = reverse("payments:pay", args=[order.number])
    return {
        **order_facts(order),
        "to_pay": format_price(order.to_pay_minor, order.currency),
        "held_until": _held_until(order),
        "pay_url": _url("payments:pay", order),
        "change_url": f"{settings.SITE_URL}{pay_path}?change=1&token={order.token}",
    }


def shipped(order: Order, *, fulfillment_id: int) -> Facts:
    """What is in the parcel, and where it is."""
    return {
        **_parcel(order, fulfillment_id),
        "is_partial": bool(order.units_to_ship),
        "invoices_url": _url("orders:invoices", order),
    }


def tracking(order: Order, *, fulfillment_id: int) -> Facts:
    """The new tracking details of a parcel."""
    return _parcel(order, fulfillment_id)


def canceled(order: Order, *, reason: str = "") -> Facts:
    """Why, and what is refunded."""
    paid = order.amount_paid_minor
    return {
        **order_facts(order),
        "reason": reason,
        "refund": format_price(paid, order.currency) if paid else "",
    }


def refunded(order: Order, *, refund_id: str) -> Facts:
    """How much was refunded, why, and onto which gift card if onto one."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    is_on_card = refund.payment.provider == GIFT_CARD
    return {
        **order_facts(order),
        "refund": format_price(refund.amount_minor, refund.currency),
        "gift_card": refund.payment.instrument if is_on_card else "",
        "reason": refund.reason,
        "invoices_url": _url("orders:invoices", order) if order.invoiced_at else "",
    }


def _url(name: str, order: Order) -> str:
    path = reverse(name, args=[order.number])
    return f"{settings.SITE_URL}{path}?token={order.token}"


def _held_until(order: Order) -> str:
    return show_moment(order.hold_expires_at) if order.hold_expires_at else ""


def _transfer(order: Order) -> Facts:
    """The bank's details and the amount for `emails/_transfer.html`."""
    return {
        "bank_lines": instructions_for(order).splitlines(),
        "to_pay": format_price(order.to_pay_minor, order.currency),
    }


def _due_by(order: Order) -> str:
    """How what is due is paid: "online", on "delivery", by "transfer"; empty if nothing is."""
    if not order.to_pay_minor:
        return ""
    if order.pays_online:
        return "online"
    method = PaymentMethod.objects.filter(code=order.payment_method_code).first()
    is_on_delivery = method is not None and method.settlement == Settlement.ON_DELIVERY
    return "delivery" if is_on_delivery else "transfer"


def _parcel(order: Order, fulfillment_id: int) -> Facts:
    parcel = Fulfillment.objects.prefetch_related("items__order_item").get(pk=fulfillment_id)
    units = {item.order_item_id: item.quantity for item in parcel.items.all()}
    return {
        **order_facts(order, units=units),
        "parcel_number": str(parcel.number),
        "parcel_lines": [part for part in (parcel.carrier, parcel.tracking_number) if part],
        "tracking_url": parcel.tracking_url,
        "invoices_url": "",
    }


def _lines(order: Order, units: dict[int, int] | None) -> list[Line]:
    lines = []
    for item in order.items.all():
        quantity = item.quantity if units is None else units.get(item.pk, 0)
        if not quantity:
            continue
        details = [item.variant_label] if item.variant_label else []
        if quantity > 1:
            details.append(f"{quantity} ×")
        price = format_price(item.total_minor, order.currency) if units is None else ""
        lines.append(Line(item.product_name, details, price, picture_url(item.image)))
    return lines


def _totals(order: Order) -> list[tuple[str, str]]:
    return [
        (
            row.label,
            row.note
            if row.amount_minor is None
            else format_price(row.amount_minor, order.currency),
        )
        for row in order_rows(order)
    ]


def _total_notes(order: Order) -> list[str]:
    """The tax that the total holds, what gift cards paid of it, and the payment method."""
    notes = [total_note(order)]
    after = totals_after_cards(order)
    for label, minor in after["cards"]:
        notes.append(f"{label}: {format_price(minor, order.currency)}")
    label, rest = after["rest"]
    if after["cards"] and rest:
        notes.append(f"{label}: {format_price(rest, order.currency)}")
    if not after["cards"] or (rest and label != order.payment_method_name):
        notes.append(order.payment_method_name)
    return [note for note in notes if note]
