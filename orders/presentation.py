"""Orders as pages show them: progress, badges, sums.

Reads what `for_page` has loaded; asks for invoices and payment methods only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cart.gift_cards import card_label
from orders.models import Invoice, Order, OrderEvent, Return
from orders.states import EventKind, FulfillmentStatus, OrderStatus, PaymentStatus, ReturnStatus
from pricing.models import PaymentMethod
from pricing.states import Settlement
from pricing.words import included_tax
from shop.core.clock import shop_day, show_day, show_moment
from shop.core.money import format_price

Step = tuple[str, str, str]
DONE, NOW, LATER = "done", "now", ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A status in a word, with a kind (ok, warn, info, danger, plain) and an icon."""

    kind: str
    label: str
    sign: str


def _is_overdue(order: Order, at: datetime) -> bool:
    """Whether the day promised for a confirmed order has passed and nobody
    noted that it arrived.
    """
    is_open = order.status == OrderStatus.CONFIRMED and not _is_delivered(order)
    return is_open and order.arrives_to is not None and order.arrives_to < shop_day(at)


def badges(order: Order, *, at: datetime) -> list[Badge]:
    """How an order stands with money and parcels, and whether it is late."""
    if order.status == OrderStatus.CANCELED:
        shown = [Badge("plain", _("Canceled"), "x")]
        if order.amount_refunded_minor:
            shown.append(Badge("plain", order.get_payment_status_display(), "back"))
        return shown
    shown = [_payment_badge(order), _parcel_badge(order)]
    if _is_overdue(order, at) and order.fulfillment_status != FulfillmentStatus.FULFILLED:
        shown.append(Badge("danger", _("Delayed"), "clock"))
    return shown


def _payment_badge(order: Order) -> Badge:
    kinds = {
        PaymentStatus.PAID: ("ok", "check"),
        PaymentStatus.FAILED: ("danger", "alert"),
        PaymentStatus.REFUNDED: ("plain", "back"),
        PaymentStatus.PARTIALLY_REFUNDED: ("plain", "back"),
    }
    kind, sign = kinds.get(PaymentStatus(order.payment_status), ("warn", "card"))
    return Badge(kind, str(order.get_payment_status_display()), sign)


def _parcel_badge(order: Order) -> Badge:
    if order.status == OrderStatus.COMPLETED or _is_delivered(order):
        return Badge("ok", _("Delivered"), "check")
    if order.fulfillment_status == FulfillmentStatus.FULFILLED:
        return Badge("info", _("On its way"), "truck")
    if order.fulfillment_status == FulfillmentStatus.PARTIAL:
        units = order.units
        words = _("%(sent)d of %(units)d shipped") % {
            "sent": units - order.units_to_ship,
            "units": units,
        }
        return Badge("info", words, "truck")
    if order.status == OrderStatus.PENDING:
        return Badge("plain", _("Awaiting payment"), "clock")
    return Badge("warn", _("Being packed"), "box")


def _is_delivered(order: Order) -> bool:
    parcels = list(order.fulfillments.all())
    return (
        order.fulfillment_status == FulfillmentStatus.FULFILLED
        and bool(parcels)
        and all(parcel.delivered_at for parcel in parcels)
    )


def return_badge(claim: Return) -> Badge:
    """How a return stands."""
    kind, sign = {
        ReturnStatus.REQUESTED: ("warn", "clock"),
        ReturnStatus.APPROVED: ("info", "back"),
        ReturnStatus.RECEIVED: ("info", "box"),
        ReturnStatus.CLOSED: ("ok", "check"),
        ReturnStatus.DECLINED: ("danger", "x"),
        ReturnStatus.CANCELED: ("plain", "x"),
    }[ReturnStatus(claim.status)]
    return Badge(kind, str(claim.get_status_display()), sign)


def progress(order: Order, *, at: datetime) -> list[Step]:
    """Up to five steps from ordered to delivered: (title, note, state)."""
    steps: list[Step] = [(_("Order placed"), show_moment(order.placed_at), DONE)]
    if order.status == OrderStatus.CANCELED:
        when = show_moment(order.canceled_at) if order.canceled_at else ""
        steps.append((_("Canceled"), when, NOW))
        return steps
    steps.append(_payment_step(order))
    is_confirmed = order.status != OrderStatus.PENDING
    parcels = list(order.fulfillments.all())
    is_sent = order.fulfillment_status == FulfillmentStatus.FULFILLED
    packing = _("You can still cancel this order") if is_confirmed and not parcels else ""
    packed_state = DONE if parcels else (NOW if is_confirmed else LATER)
    steps.append((_("Being packed"), packing, packed_state))
    is_delivered = order.status == OrderStatus.COMPLETED or _is_delivered(order)
    sent_note = show_moment(parcels[-1].shipped_at) if parcels else _("Tracking link included")
    sent_state = DONE if is_delivered else (NOW if parcels else LATER)
    if parcels and not is_sent:
        sent_title = _("Partially shipped")
        sent = order.units - order.units_to_ship
        sent_note = _("%(sent)d of %(units)d, last shipped %(when)s") % {
            "sent": sent,
            "units": order.units,
            "when": sent_note,
        }
    else:
        sent_title = ngettext("Shipped", "Shipped in %(count)d parcels", max(len(parcels), 1)) % {
            "count": len(parcels)
        }
    steps.append((sent_title, sent_note, sent_state))
    arrival = ""
    if is_delivered:
        arrived = [parcel.delivered_at for parcel in parcels if parcel.delivered_at]
        arrival = show_moment(max(arrived)) if arrived else ""
    elif order.arrives_to:
        arrival = show_day(order.arrives_to)
        if _is_overdue(order, at):
            # Not every carrier reports that a parcel arrived.
            words = (
                _("Delivery was expected by %(day)s. If it hasn't arrived, contact us.")
                if is_sent
                else _("Delayed: delivery was expected by %(day)s. Contact us for an update.")
            )
            arrival = words % {"day": arrival}
    steps.append((_("Delivered"), arrival, DONE if is_delivered else LATER))
    return steps


def _payment_step(order: Order) -> Step:
    # An exchange costs more than was ever paid, and an order that became cheaper less.
    paid = min(order.amount_paid_minor, order.total_minor) or order.total_minor
    amount = format_price(paid, order.currency)
    if not order.to_pay_minor:
        return (_("Paid"), f"{amount}, {order.payment_method_name}", DONE)
    amount = format_price(order.to_pay_minor, order.currency)
    if order.status != OrderStatus.PENDING:
        state = NOW if order.amount_paid_minor else DONE
        return (_("Amount due"), f"{amount}, {order.payment_method_name}", state)
    if order.payment_status == PaymentStatus.FAILED:
        return (_("Payment"), _("Payment failed. Try again."), NOW)
    return (_("Payment"), _("Awaiting %(amount)s") % {"amount": amount}, NOW)


def totals_after_cards(order: Order) -> dict[str, Any]:
    """What gift cards paid when it was placed, and what they left: for
    `components/summary_totals.html`.
    """
    cards = [(card_label(card["last4"]), -card["amount_minor"]) for card in order.gift_cards]
    rest = order.total_minor + sum(minor for _label, minor in cards)
    label = order.payment_method_name if rest and not order.due_minor else _("Remaining balance")
    return {"cards": cards, "rest": (label, rest)}


def documents(order: Order) -> list[Invoice]:
    """Its invoices and credit notes in the order in which they were issued: 1
    query, none before the first.
    """
    if order.invoiced_at is None:
        return []
    issued = list(Invoice.objects.of_order(order))
    for document in issued:
        # So that a document's address costs no query.
        document.order = order
    return issued


def total_note(order: Order) -> str:
    """What the total holds: "96.12 € VAT included"."""
    return included_tax(order.tax_minor, order.tax_added_minor, order.currency)


def history(order: Order) -> list[Step]:
    """The public timeline, oldest first, in the reader's language."""
    return [
        (str(event.get_kind_display()), _event_note(event), DONE)
        for event in order.events.all()
        if event.is_public
    ]


def _event_note(event: OrderEvent) -> str:
    parts = [show_moment(event.at)]
    data: dict[str, Any] = event.data
    if event.kind in {EventKind.PAID, EventKind.REFUNDED} and "amount_minor" in data:
        parts.append(format_price(data["amount_minor"], data["currency"]))
    if event.kind in {EventKind.SHIPPED, EventKind.TRACKING}:
        parts.append(" ".join(part for part in (data["carrier"], data["tracking_number"]) if part))
    if event.message:
        parts.append(event.message)
    return ", ".join(part for part in parts if part)


def instructions_for(order: Order) -> str:
    """How to pay the amount due by bank transfer: 1 query where an amount is due.

    Empty for orders paid online or on delivery. A method without instructions names the shop's
    own account.
    """
    if not order.to_pay_minor or order.pays_online or order.status == OrderStatus.CANCELED:
        return ""
    method = PaymentMethod.objects.filter(code=order.payment_method_code).first()
    if method is not None and method.settlement == Settlement.ON_DELIVERY:
        return ""
    return (method.instructions if method else "") or str(settings.SHOP_BANK)


def kept(order: Order, *, at: datetime) -> str:
    """How long the stock of an unpaid order is still held; empty where it is
    not held for a time.
    """
    until = order.hold_expires_at
    if order.status != OrderStatus.PENDING or until is None or until <= at:
        return ""
    return _("We hold your order for another %(time)s, until %(moment)s.") % {
        "time": timeuntil(until, at, depth=1),
        "moment": show_moment(until),
    }
