"""What becomes of the demo's orders: paid, sent, changed, sent back, in every
state an order can be in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from catalog.models import Variant
from orders.cancellation import cancel_order, expire_order
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.fulfillment import fulfill_order, mark_delivered
from orders.invoices import settle_invoices
from orders.models import Order, OrderItem, Return
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.timeline import add_note
from orders.withdrawals import withdraw
from payments.checkout import start_payment
from payments.models import Refund, TestCharge
from payments.providers.test import card_with, pay_with_card
from payments.refunds import give_back_excess, refund_order, send_refund
from payments.settlement import ask_provider, record_manual_payment
from shop.core.actors import SYSTEM, Actor
from shop.core.errors import DomainError

PACKER = Actor("staff", "fulfillment@linden.example")
CLERK = Actor("staff", "finance@linden.example")
HELPER = Actor("staff", "support@linden.example")
CARRIERS = {
    "DHL": "https://www.dhl.com/track?id=",
    "DPD": "https://www.dpd.com/track?id=",
    "UPS": "https://www.ups.com/track?id=",
}

Story = Callable[[Order, datetime, datetime, random.Random], object]


def pay(order: Order, moment: datetime, card: str = "4242") -> Order:
    """Pay an order by card, or by whatever the order is paid with."""
    at = moment + timedelta(minutes=2)
    if order.payment_provider == "manual":
        if order.due_minor:
            record_manual_payment(order, reference="Bank statement", actor=CLERK, at=at)
    else:
        start_payment(order, at=at)
        payment = order.payments.get(provider=order.payment_provider)
        found = card_with(card)
        if found is not None:
            pay_with_card(payment.pk, found, at=at)
        TestCharge.objects.filter(pk=payment.pk).exclude(state="processing").update(
            callback_at=None
        )
        ask_provider(payment, at=at)
    order.refresh_from_db()
    return order


def _ship(
    order: Order, at: datetime, dice: random.Random, units: dict[int, int] | None = None
) -> None:
    carrier = dice.choice(sorted(CARRIERS))
    number = "".join(dice.choice("0123456789") for _digit in range(14))
    fulfill_order(
        order,
        quantities=units,
        carrier=carrier,
        tracking_number=number,
        tracking_url=CARRIERS[carrier] + number,
        actor=PACKER,
        at=at,
    )
    settle_invoices(order.pk, at=at)


def _send_back(order: Order, refunds: Sequence[Refund], at: datetime) -> None:
    settle_invoices(order.pk, at=at)
    for refund in refunds:
        send_refund(str(refund.pk), at=at)


def _within(moment: datetime, now: datetime, days: float) -> datetime:
    """`days` later, but not in the future."""
    return min(moment + timedelta(days=days), now)


def _pending(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """The shopper is still at the provider."""


def _waiting(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """The bank or the courier brings the money; where neither is offered, the card has."""
    if order.payment_provider != "manual":
        pay(order, moment)


def _failed(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    pay(order, moment, "9995")


def _processing(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    pay(order, moment, "0077")


def _paid(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    pay(order, moment)


def _shipped(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _ship(pay(order, moment), _within(moment, now, 1), dice)


def _shipped_cash(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    if order.status == "pending":
        order = pay(order, moment)
    _ship(order, _within(moment, now, 1), dice)


def _part_shipped(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    order = pay(order, moment)
    item = order.items.all()[0]
    _ship(order, _within(moment, now, 1), dice, {item.pk: 1})
    if order.items.count() > 1 or item.quantity > 1:
        add_note(
            order,
            message="The rest waits for the maker.",
            actor=HELPER,
            at=_within(moment, now, 1.1),
        )


def _completed(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _shipped(order, moment, now, dice)
    mark_delivered(order, actor=SYSTEM, at=_within(moment, now, 3))


def _delivered_cash(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _shipped_cash(order, moment, now, dice)
    order = mark_delivered(order, actor=SYSTEM, at=_within(moment, now, 3))
    if order.due_minor:
        at = _within(moment, now, 4)
        record_manual_payment(order, reference="Courier", actor=CLERK, at=at)


def _refunded(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _completed(order, moment, now, dice)
    at = _within(moment, now, 8)
    _send_back(
        order, refund_order(order, restock=True, reason="Sent back", actor=HELPER, at=at), at
    )


def _part_refunded(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _completed(order, moment, now, dice)
    at = _within(moment, now, 6)
    item = order.items.all()[0]
    refunds = refund_order(
        order,
        items={item.pk: 1},
        include_shipping=False,
        restock=True,
        reason="One thing came back",
        actor=HELPER,
        at=at,
    )
    _send_back(order, refunds, at)


def _canceled(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    actor = Actor("customer", order.email)
    cancel_order(order, reason="Ordered by mistake", actor=actor, at=_within(moment, now, 0.005))


def _canceled_paid(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    order = pay(order, moment)
    at = _within(moment, now, 0.3)
    order = cancel_order(order, reason="Found it nearby", actor=HELPER, at=at)
    give_back_excess(order, at=at)
    _send_back(order, list(Refund.objects.filter(payment__order=order, state="pending")), at)


def _edited_upward(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """One more of the first thing; the shopper has not paid the difference yet."""
    order = pay(order, moment)
    item = order.items.first()
    if item is not None:
        _edit(order, {item.product_sku: item.quantity + 1}, _within(moment, now, 0.2))


def _edited_cheaper(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """The last thing is taken out, or one unit less; the difference goes back."""
    order = pay(order, moment)
    at, items = _within(moment, now, 0.2), list(order.items.all())
    last = items[-1]
    _edit(order, {last.product_sku: 0 if len(items) > 1 else max(last.quantity - 1, 1)}, at)
    give_back_excess(order, at=at)
    _send_back(order, list(Refund.objects.filter(payment__order=order, state="pending")), at)


def _edit(order: Order, units: dict[str, int], at: datetime) -> None:
    """As support does on the phone; what is sold out meanwhile stays as it was."""
    try:
        edit_order(order, OrderChange(units), reason="Asked by phone.", actor=HELPER, at=at)
    except DomainError:
        return


def _return_asked(
    order: Order, moment: datetime, now: datetime, dice: random.Random, *, instead: bool = False
) -> Return | None:
    """The shopper asks to send things back, or for another choice of each that has one."""
    _completed(order, moment, now, dice)
    items = list(order.items.filter(is_returnable=True).select_related("variant"))
    if not items:
        return None
    reason = dice.choice(["changed_mind", "does_not_fit", "not_as_described"])
    return request_return(
        order,
        items=[
            Wanted(item.pk, item.quantity, reason, _other_choice(item, now) if instead else "")
            for item in items
        ],
        note="It is smaller than I thought.",
        actor=Actor("customer", order.email),
        at=_within(moment, now, 3.2),
    )


def _other_choice(item: OrderItem, now: datetime) -> str:
    """The SKU of another choice of the same product, if there is one to be had."""
    if item.variant is None:
        return ""
    others = Variant.objects.sold(at=now).filter(product=item.variant.product_id, in_stock=True)
    other = others.exclude(pk=item.variant.pk).order_by("pk").first()
    return other.sku if other else ""


def _exchange_asked(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _return_asked(order, moment, now, dice, instead=True)


def _return_approved(
    order: Order, moment: datetime, now: datetime, dice: random.Random, *, instead: bool = False
) -> Return | None:
    claim = _return_asked(order, moment, now, dice, instead=instead)
    if claim is None:
        return None
    text = "Please use the box that it came in."
    return approve_return(claim, message=text, actor=HELPER, at=_within(moment, now, 3.5))


def _return_declined(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    claim = _return_asked(order, moment, now, dice)
    if claim is not None:
        text = "It has been used for a while. We would rather mend it: see Repairs."
        decline_return(claim, message=text, actor=HELPER, at=_within(moment, now, 3.5))


def _receive(claim: Return, at: datetime, *, most: int = 99, is_broken: bool = False) -> None:
    """A parcel arrives with all of it, or at most so many units; the money goes back."""
    units: dict[int, Arrived] = {}
    for row in claim.items.order_by("pk"):
        count = min(row.approved_quantity, most)
        most -= count
        units[row.pk] = Arrived(0, count) if is_broken else Arrived(count)
    receive_return(claim, units=units, actor=PACKER, at=at)
    order = Order.objects.get(pk=claim.order_id)
    give_back_excess(order, at=at)
    _send_back(order, list(Refund.objects.filter(payment__order=order, state="pending")), at)


def _returned(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    claim = _return_approved(order, moment, now, dice)
    if claim is not None:
        _receive(claim, _within(moment, now, 8), is_broken=dice.random() < 0.3)


def _return_in_part(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """One unit is back; where more were bought the others are still on their way."""
    claim = _return_approved(order, moment, now, dice)
    if claim is not None:
        _receive(claim, _within(moment, now, 3.9), most=1)


def _exchanged(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """What came back was exchanged; the other one has left if nothing was to be paid for it."""
    claim = _return_approved(order, moment, now, dice, instead=True)
    if claim is None:
        return
    _receive(claim, _within(moment, now, 8))
    order = Order.objects.get(pk=order.pk)
    if order.units_to_ship and not order.to_pay_minor:
        _ship(order, _within(moment, now, 9), dice)
        mark_delivered(order, actor=SYSTEM, at=_within(moment, now, 11))


def _withdraw(order: Order, at: datetime) -> None:
    withdraw(
        name=str(order.shipping_address["name"]),
        number=order.number,
        email=order.email,
        language=order.language,
        actor=Actor("customer", order.email),
        at=at,
    )
    order = Order.objects.get(pk=order.pk)
    give_back_excess(order, at=at)
    _send_back(order, list(Refund.objects.filter(payment__order=order, state="pending")), at)


def _withdrawn(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    _completed(order, moment, now, dice)
    _withdraw(order, _within(moment, now, 3.6))


def _part_withdrawn(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    """What had left comes back; what had not is paid back at once."""
    _part_shipped(order, moment, now, dice)
    _withdraw(order, _within(moment, now, 2))


def _expired(order: Order, moment: datetime, now: datetime, dice: random.Random) -> None:
    expire_order(order.number, at=moment + timedelta(days=8))


STORIES: dict[str, Story] = {
    "pending": _pending,
    "failed": _failed,
    "processing": _processing,
    "paid": _paid,
    "transfer": _waiting,
    "cash": _waiting,
    "shipped": _shipped,
    "shipped_cash": _shipped_cash,
    "part_shipped": _part_shipped,
    "completed": _completed,
    "transfer_completed": _completed,
    "delivered_cash": _delivered_cash,
    "refunded": _refunded,
    "part_refunded": _part_refunded,
    "canceled": _canceled,
    "canceled_paid": _canceled_paid,
    "edited_upward": _edited_upward,
    "edited_cheaper": _edited_cheaper,
    "return_asked": _return_asked,
    "return_approved": _return_approved,
    "return_declined": _return_declined,
    "return_in_part": _return_in_part,
    "returned": _returned,
    "exchange_asked": _exchange_asked,
    "exchanged": _exchanged,
    "withdrawn": _withdrawn,
    "part_withdrawn": _part_withdrawn,
    "expired": _expired,
}
