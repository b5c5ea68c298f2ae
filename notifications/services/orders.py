"""The letters about orders: received, confirmed, changed, payment failed, shipped,
canceled, refunded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.picture_names import rendition_name
from notifications.letters import Box, Letter, Line
from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from orders.models import Fulfillment, Order, OrderItem
from orders.permissions import possible_acts
from orders.presentation import instructions_for, total_note, totals_after_cards
from orders.states import Act, OrderStatus
from orders.summary import order_rows
from orders.tenders import GIFT_CARD
from orders.timeline import note_mail
from payments.models import Payment, Refund
from payments.refusals import refusal_text
from pricing.models import PaymentMethod
from pricing.states import Settlement
from shop.core.clock import show_day, show_moment
from shop.core.money import format_price

# When an order that is not paid is told of by mail; what is older was told of, or
# is a case for people.
REMIND_AFTER, REMIND_WITHIN = timedelta(minutes=10), timedelta(days=1)


logger = logging.getLogger(__name__)


def write_order_mail(
    kind: str, order_id: int, *, at: datetime, key: str = "", **details: Any
) -> OutgoingMail | None:
    """Write the letter `kind` about an order to its shopper, once for each `key`.

    Kinds: received, waiting, confirmed, edited (`sequence`), payment_failed,
    shipped (`fulfillment_id`), canceled (`reason`), refunded (`refund_id`). Returns
    None if it was written before.
    """
    order = Order.objects.for_page().get(pk=order_id)
    writer = _WRITERS[kind]
    mail = queue_mail(
        key or f"order_{kind}:{order.number}",
        kind=f"order_{kind}",
        to=order.email,
        language=order.language,
        write=lambda: writer(order, **details),
        at=at,
    )
    if mail is not None:
        note_mail(order.pk, kind=mail.kind, to=mail.to, at=at)
    return mail


@transaction.atomic
def remind_of_payment(order_id: int, *, at: datetime) -> OutgoingMail | None:
    """Write once that an order waits for its payment, if it still does. Returns None otherwise."""
    waits = Order.objects.locked().awaiting_payment(at=at).filter(pk=order_id).exists()
    return write_order_mail("waiting", order_id, at=at) if waits else None


def remind_of_waiting_orders(*, at: datetime, limit: int = 100) -> int:
    """Write to shoppers whose orders have waited for ten minutes; returns how
    many. Each is written to once.

    Whoever was told that a payment failed has the way back already.
    """
    waiting = (
        Order.objects.awaiting_payment(at=at)
        .placed_between(at - REMIND_WITHIN, at - REMIND_AFTER)
        .filter(has_failed_payment=False)
    )
    told = OutgoingMail.objects.filter(key=Concat(Value("order_waiting:"), OuterRef("number")))
    pks = waiting.exclude(Exists(told)).order_by("placed_at", "pk").values_list("pk", flat=True)
    count = 0
    for pk in pks[:limit]:
        try:
            count += remind_of_payment(pk, at=at) is not None
        except Exception:
            # One order that cannot be written about holds up nobody behind it.
            logger.exception("No reminder could be written for order %s", pk)
    return count


def order_url(order: Order) -> str:
    """The page of an order for whoever holds its token."""
    path = reverse("orders:status", args=[order.number])
    return f"{settings.SITE_URL}{path}?token={order.token}"


def _invoices_link(order: Order) -> tuple[str, str]:
    """Invoices and credit notes for whoever holds the order's token; the page is
    there before they are.
    """
    path = reverse("orders:invoices", args=[order.number])
    return _("Invoices"), f"{settings.SITE_URL}{path}?token={order.token}"


def _received(order: Order) -> Letter:
    paragraphs = [
        _(
            "Your items are reserved until %(day)s. We'll pack your order as soon as your "
            "payment arrives."
        )
        % {"day": show_moment(order.hold_expires_at)}
        if order.hold_expires_at
        else _("We'll pack your order as soon as your payment arrives.")
    ]
    return order_letter(
        order,
        subject=_("Order %(number)s received: please pay %(due)s"),
        title=_("Thank you, %(name)s. Order %(number)s is awaiting payment."),
        paragraphs=paragraphs,
        extra=_transfer_box(order),
    )


def _transfer_box(order: Order) -> Box:
    """The bank's details, what is to be sent and under which reference."""
    lines = [
        *instructions_for(order).splitlines(),
        _("Amount: %(amount)s") % {"amount": format_price(order.to_pay_minor, order.currency)},
        _("Reference: %(number)s") % {"number": order.number},
    ]
    return Box(_("How to pay"), lines)


def _edited(order: Order, *, sequence: int) -> Letter:
    """The order as it is now; with a link to pay, or the bank's details, where
    something is to pay.
    """
    event = order.events.get(sequence=sequence)
    paragraphs, action, extra = [event.message], None, None
    method = PaymentMethod.objects.filter(code=order.payment_method_code).first()
    amount = format_price(order.to_pay_minor, order.currency)
    if order.to_pay_minor and order.pays_online:
        paragraphs.append(_("The amount due is %(amount)s.") % {"amount": amount})
        if order.status == OrderStatus.PENDING and order.hold_expires_at:
            paragraphs.append(
                _("Your items are reserved until %(day)s.")
                % {"day": show_moment(order.hold_expires_at)}
            )
        path = reverse("payments:pay", args=[order.number])
        label = _("Pay %(amount)s") % {"amount": amount}
        action = (label, f"{settings.SITE_URL}{path}?token={order.token}")
    elif order.to_pay_minor and method and method.settlement == Settlement.ON_DELIVERY:
        paragraphs.append(_("You pay %(amount)s on delivery.") % {"amount": amount})
    elif order.to_pay_minor:
        paragraphs.append(_("The amount due is %(amount)s.") % {"amount": amount})
        extra = _transfer_box(order)
    elif order.excess_minor:
        paragraphs.append(
            _(
                "We'll refund %(amount)s to your original payment method. This usually takes 2–5 "
                "business days."
            )
            % {"amount": format_price(order.excess_minor, order.currency)}
        )
    return order_letter(
        order,
        subject=_("Order %(number)s was updated"),
        title=_("Order %(number)s was updated."),
        paragraphs=paragraphs,
        action=action,
        extra=extra,
    )


def _confirmed(order: Order) -> Letter:
    paragraphs = []
    if order.arrives_to:
        paragraphs.append(
            _("Estimated delivery: %(day)s. We'll e-mail you when it ships.")
            % {"day": show_day(order.arrives_to)}
        )
    else:
        paragraphs.append(_("We'll e-mail you when it ships."))
    if Act.CANCEL in possible_acts(order):
        paragraphs.append(_("You can cancel the order until we pack it."))
    if order.due_minor:
        paragraphs.append(
            _("You pay %(amount)s on delivery.")
            % {"amount": format_price(order.due_minor, order.currency)}
        )
    return order_letter(
        order,
        subject=_("Order %(number)s confirmed"),
        title=_("Thank you, %(name)s. Order %(number)s is confirmed."),
        paragraphs=paragraphs,
    )


def _payment_failed(order: Order, *, payment: str) -> Letter:
    code = Payment.objects.filter(pk=payment).values_list("failure_code", flat=True).first()
    paragraphs = [refusal_text(code or "") + "."]
    until = order.hold_expires_at
    if until:
        paragraphs.append(
            _("You haven't been charged. Your order is held until %(time)s. Try again before then.")
            % {"time": show_moment(until)}
        )
    else:
        paragraphs.append(_("You haven't been charged."))
    path = reverse("payments:pay", args=[order.number])
    return order_letter(
        order,
        subject=_("Payment for order %(number)s failed"),
        title=_("The payment for order %(number)s failed."),
        paragraphs=paragraphs,
        action=(_("Try again"), f"{settings.SITE_URL}{path}?token={order.token}"),
    )


def _waiting(order: Order) -> Letter:
    """Where to pay, how to change the payment method, and until when the order is held."""
    pay_url = f"{settings.SITE_URL}{reverse('payments:pay', args=[order.number])}"
    token = f"token={order.token}"
    amount = format_price(order.to_pay_minor, order.currency)
    paragraphs = [
        _("Your order has not been paid yet. The amount due is %(amount)s.") % {"amount": amount}
    ]
    if order.hold_expires_at:
        paragraphs.append(
            _(
                "Your order is held until %(moment)s. After that it is canceled and you won't be "
                "charged."
            )
            % {"moment": show_moment(order.hold_expires_at)}
        )
    return order_letter(
        order,
        subject=_("Order %(number)s is awaiting payment"),
        title=_("Order %(number)s is awaiting payment."),
        paragraphs=paragraphs,
        action=(_("Pay %(amount)s") % {"amount": amount}, f"{pay_url}?{token}"),
        extra=Box(
            _("Need help?"),
            [],
            [
                (_("Change payment method"), f"{pay_url}?change=1&{token}"),
                (_("View or cancel order"), order_url(order)),
            ],
        ),
    )


def _shipped(order: Order, *, fulfillment_id: int) -> Letter:
    parcel = Fulfillment.objects.prefetch_related("items__order_item").get(pk=fulfillment_id)
    paragraphs = [
        _("Parcel %(number)d shipped today.") % {"number": parcel.number}
        if order.units_to_ship
        else _("All items have shipped.")
    ]
    return order_letter(
        order,
        subject=_("Order %(number)s is on its way"),
        title=_("Order %(number)s is on its way."),
        paragraphs=paragraphs,
        units=_units_in(parcel),
        extra=_tracking_box(parcel, _invoices_link(order)),
    )


def _tracking(order: Order, *, fulfillment_id: int) -> Letter:
    parcel = Fulfillment.objects.prefetch_related("items__order_item").get(pk=fulfillment_id)
    return order_letter(
        order,
        subject=_("Tracking updated for order %(number)s"),
        title=_("Tracking updated for order %(number)s."),
        paragraphs=[
            _("Use these new details to track parcel %(number)d.") % {"number": parcel.number}
        ],
        units=_units_in(parcel),
        extra=_tracking_box(parcel),
    )


def _units_in(parcel: Fulfillment) -> dict[int, int]:
    return {item.order_item_id: item.quantity for item in parcel.items.all()}


def _tracking_box(parcel: Fulfillment, *more: tuple[str, str]) -> Box:
    lines = [part for part in (parcel.carrier, parcel.tracking_number) if part]
    links = [(_("Track parcel"), parcel.tracking_url)] if parcel.tracking_url else []
    return Box(_("Parcel"), lines or [_("No tracking available")], [*links, *more])


def _canceled(order: Order, *, reason: str = "") -> Letter:
    paragraphs = [reason + "."] if reason else []
    if order.amount_paid_minor:
        paragraphs.append(
            _(
                "We'll refund %(amount)s to your original payment method. This usually takes 2–5 "
                "business days."
            )
            % {"amount": format_price(order.amount_paid_minor, order.currency)}
        )
    else:
        paragraphs.append(_("You haven't been charged."))
    return order_letter(
        order,
        subject=_("Order %(number)s was canceled"),
        title=_("Order %(number)s was canceled."),
        paragraphs=paragraphs,
    )


def _refunded(order: Order, *, refund_id: str) -> Letter:
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    amount = format_price(refund.amount_minor, refund.currency)
    if refund.payment.provider == GIFT_CARD:
        words = _("%(amount)s was returned to your gift card: %(card)s.")
    else:
        words = _("Your refund of %(amount)s is on its way. This usually takes 2–5 business days.")
    paragraphs = [words % {"amount": amount, "card": refund.payment.instrument}]
    if refund.reason:
        paragraphs.append(_("Reason: %(reason)s") % {"reason": refund.reason})
    papers = None
    if order.invoiced_at:
        lines = [_("A credit note corrects your invoice.")]
        papers = Box(_("Credit note"), lines, [_invoices_link(order)])
    return order_letter(
        order,
        subject=_("Refund for order %(number)s"),
        title=_("Refund for order %(number)s."),
        paragraphs=paragraphs,
        extra=papers,
        preheader=amount,
    )


_WRITERS: dict[str, Callable[..., Letter]] = {
    "received": _received,
    "confirmed": _confirmed,
    "edited": _edited,
    "payment_failed": _payment_failed,
    "waiting": _waiting,
    "shipped": _shipped,
    "tracking": _tracking,
    "canceled": _canceled,
    "refunded": _refunded,
}


def order_letter(
    order: Order,
    *,
    subject: str,
    title: str,
    paragraphs: list[str],
    action: tuple[str, str] | None = None,
    units: dict[int, int] | None = None,
    extra: Box | None = None,
    preheader: str = "",
    **more: str,
) -> Letter:
    """A letter with the order's lines (of `units`: item id → units, if given), totals and address.

    Subject and title may name `number`, `name` and `amount` of the order, and the words of `more`.
    """
    words = more | {
        "number": order.number,
        "name": order.first_name,
        "amount": format_price(order.total_minor, order.currency),
        "due": format_price(order.due_minor, order.currency),
    }
    url = order_url(order)
    links = [(_("Contact us"), f"mailto:{settings.SHOP_EMAIL}")]
    if order.status != OrderStatus.CANCELED and Act.CANCEL in possible_acts(order):
        links.append((_("Cancel order"), url))
    if order.status != OrderStatus.CANCELED:
        path = reverse("orders:withdraw")
        link = f"{settings.SITE_URL}{path}?order={order.number}"
        links.append((_("Withdraw from contract"), link))
    boxes = [
        extra or Box(_("Delivery address"), order.address_lines),
        Box(_("Need help?"), [_("Reply to this e-mail to reach us.")], links),
    ]
    return Letter(
        subject=subject % words,
        title=title % words,
        preheader=preheader or words["amount"],
        paragraphs=paragraphs,
        action=action or (_("View order status"), url),
        lines=_lines(order, units),
        totals=_totals(order) if units is None else (),
        total=(_("Total"), words["amount"]) if units is None else None,
        total_note=_total_note(order) if units is None else "",
        boxes=boxes,
    )


def _lines(order: Order, units: dict[int, int] | None) -> list[Line]:
    lines = []
    for item in order.items.all():
        quantity = item.quantity if units is None else units.get(item.pk, 0)
        if not quantity:
            continue
        details = [item.variant_label] if item.variant_label else []
        if quantity > 1:
            details.append(f"{quantity} ×")
        lines.append(
            Line(
                name=item.product_name,
                detail=" · ".join(details),
                price=format_price(item.total_minor, order.currency) if units is None else "",
                picture_url=_picture_url(item),
            )
        )
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


def _total_note(order: Order) -> str:
    parts = [total_note(order)]
    after = totals_after_cards(order)
    for label, minor in after["cards"]:
        parts.append(f"{label}: {format_price(minor, order.currency)}")
    label, rest = after["rest"]
    if after["cards"] and rest:
        parts.append(f"{label}: {format_price(rest, order.currency)}")
    if not after["cards"] or (rest and label != order.payment_method_name):
        parts.append(order.payment_method_name)
    return " ".join(f"{part}." for part in parts if part)


def _picture_url(item: OrderItem) -> str:
    """The address of a small picture, once the worker has made one."""
    image = item.image
    name = image.picture.name if image and image.picture else None
    widths = image.renditions.get("webp", []) if image else []
    if image is None or not name or not widths:
        return ""
    url = image.picture.storage.url(rendition_name(name, min(widths), "webp"))
    return url if "://" in url else settings.SITE_URL + url
