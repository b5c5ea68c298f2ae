"""Returns: asked for, answered, received in part and as often as parcels come, credited.

Every function locks the order first, then the return, its items, and the stock, so that two of
them, or one and a refund, never meet in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.prices.lookup import prices_for
from inventory.errors import InsufficientStock
from inventory.services import restock
from orders.credits import grant_credit
from orders.credits.services import open_parts
from orders.credits.shares import units_share
from orders.editing import add_items
from orders.errors import (
    ItemNotReturnable,
    QuantityNotExpected,
    QuantityNotReturnable,
    ReturnClosed,
    ReturnNotPossible,
)
from orders.events import (
    ReturnApproved,
    ReturnDeclined,
    ReturnReceived,
    ReturnRequested,
)
from orders.events import ReturnClosed as ReturnIsOver
from orders.models import Credit, Order, OrderItem, Return, ReturnItem, ReturnReceipt
from orders.permissions import possible_acts
from orders.returns.periods import return_period
from orders.states import (
    EXPECTED_RETURNS,
    LIVE_RETURNS,
    Act,
    CreditKind,
    EventKind,
    ReturnKind,
    ReturnReason,
    ReturnStatus,
)
from orders.timeline import add_event
from shop.core import audit
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.money import Money, format_minor

MOST_RETURNS = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of an order's item that somebody wants to send back, and what they want instead."""

    item_id: int
    quantity: int
    reason: str = ""
    replacement_sku: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Units of a return's item that arrived: back on the shelf, or not fit to be sold."""

    restocked: int = 0
    written_off: int = 0

    @property
    def units(self) -> int:
        """All of them."""
        return self.restocked + self.written_off


@transaction.atomic
def request_return(
    order: Order,
    *,
    items: Sequence[Wanted],
    kind: ReturnKind = ReturnKind.RETURN,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> Return:
    """Ask to send units back. A withdrawal is a right and approves itself; the
    rest waits for staff.

    With a replacement for any of them a return is an exchange. Staff may ask in a shopper's name,
    after the period and for items that are not taken back otherwise. Raises `ReturnNotPossible`,
    `ItemNotReturnable`, `QuantityNotReturnable`, `Invalid`; nothing is written then. Publishes
    `ReturnRequested` or `ReturnApproved`.
    """
    order = Order.objects.locked().get(pk=order.pk)
    if Act.REQUEST_RETURN not in possible_acts(order):
        raise ReturnNotPossible(order_status=order.status)
    period = return_period(order, kind, at=at)
    if not period.is_open and actor.kind != "staff":
        raise ReturnNotPossible(
            _("The return period for this order has ended."),
            until=period.last_day.isoformat() if period.last_day else "",
        )
    rows = _wanted_rows(order, items, is_staff=actor.kind == "staff", at=at)
    if any(row.replacement for row in rows):
        if kind == ReturnKind.WITHDRAWAL:
            raise Invalid(
                errors={"items": [_("A withdrawal is refunded. Exchanges are not available.")]}
            )
        kind = ReturnKind.EXCHANGE
    last = order.returns.aggregate(last=Max("sequence"))["last"] or 0
    if last >= MOST_RETURNS:
        raise ReturnNotPossible(_("This order has too many returns. Contact us."))
    is_approved = kind == ReturnKind.WITHDRAWAL
    claim = Return.objects.create(
        order=order,
        sequence=last + 1,
        number=f"{order.number}-R{last + 1}",
        kind=kind,
        status=ReturnStatus.APPROVED if is_approved else ReturnStatus.REQUESTED,
        note=note.strip()[:1000],
        requested_by=actor.label[:200],
        requested_at=at,
        answered_at=at if is_approved else None,
    )
    for row in rows:
        row.parent = claim
        row.approved_quantity = row.quantity if is_approved else 0
    ReturnItem.objects.bulk_create(rows)
    kind_of_line = EventKind.RETURN_APPROVED if is_approved else EventKind.RETURN_REQUESTED
    _tell(claim, order, kind_of_line, actor=actor, at=at, units=sum(row.quantity for row in rows))
    event = ReturnApproved if is_approved else ReturnRequested
    publish(event(order_id=order.pk, return_id=claim.pk))
    return claim


def _wanted_rows(
    order: Order, items: Sequence[Wanted], *, is_staff: bool, at: datetime
) -> list[ReturnItem]:
    """Claim the units, in the items' own order."""
    instead = replacements({each.replacement_sku for each in items}, at=at)
    known = {item.pk: item for item in order.items.all()}
    wanted = {each.item_id: each for each in items if each.quantity}
    if not wanted:
        raise Invalid(errors={"items": [_("Choose at least one unit.")]})
    rows = []
    for pk in sorted(wanted):
        each = wanted[pk]
        item = known.get(pk)
        if item is None:
            raise Invalid(errors={"items": [_("This item is not in the order.")]})
        if each.reason and each.reason not in ReturnReason.values:
            raise Invalid(errors={"reason": [_("Choose one of the reasons.")]})
        # A gift card is not sent back: its price is refunded, which voids it.
        if item.is_gift_card or (not item.is_returnable and not is_staff):
            raise ItemNotReturnable(
                _("%(name)s can't be returned. If it is faulty, contact us.")
                % {"name": item.product_name},
                sku=item.product_sku,
            )
        if each.quantity < 0 or not OrderItem.objects.claim(pk, each.quantity):
            raise QuantityNotReturnable(sku=item.product_sku, open=item.returnable_quantity)
        rows.append(
            ReturnItem(
                order_item=item,
                quantity=each.quantity,
                reason=each.reason,
                replacement=instead[each.replacement_sku] if each.replacement_sku else None,
            )
        )
    return rows


@transaction.atomic
def approve_return(
    claim: Return,
    *,
    quantities: Mapping[int, int] | None = None,
    instead: Mapping[int, str] | None = None,
    message: str = "",
    actor: Actor,
    at: datetime,
) -> Return:
    """Approve all that was asked for, or fewer units (return item id → units); the
    others are free again.

    `instead` (return item id → SKU, or nothing for the money) changes what the
    shopper gets for them.

    Raises `ReturnClosed`, `Invalid`. Publishes `ReturnApproved`; the e-mail with
    instructions follows from it.
    """
    order, claim = _locked(claim)
    if claim.status != ReturnStatus.REQUESTED:
        raise ReturnClosed(return_status=claim.status)
    rows = {row.pk: row for row in claim.items.all()}
    units = {pk: row.quantity for pk, row in rows.items()} if quantities is None else quantities
    if any(pk not in rows or not 0 <= count <= rows[pk].quantity for pk, count in units.items()):
        raise Invalid(errors={"items": [_("You can't approve more than what was requested.")]})
    if not any(units.values()):
        raise Invalid(errors={"items": [_("Approve at least one unit, or decline the return.")]})
    chosen = instead or {}
    variants = replacements(set(chosen.values()), at=at)
    for pk, row in rows.items():
        row.approved_quantity = units.get(pk, 0)
        if pk in chosen:
            row.replacement = variants[chosen[pk]] if chosen[pk] else None
        row.save(update_fields=["approved_quantity", "replacement"])
        _let_go(row.order_item_id, row.quantity - row.approved_quantity)
    if claim.kind != ReturnKind.WITHDRAWAL:
        has_replacement = any(row.replacement_id for row in rows.values())
        claim.kind = ReturnKind.EXCHANGE if has_replacement else ReturnKind.RETURN
    claim.answer = message.strip()[:1000]
    claim.answered_at = at
    _move(claim, ReturnStatus.APPROVED, "kind", "answer", "answered_at")
    approved = sum(row.approved_quantity for row in rows.values())
    _tell(claim, order, EventKind.RETURN_APPROVED, actor=actor, at=at, units=approved)
    audit.record("order.return.approve", claim, actor=actor, changes={"units": [None, approved]})
    publish(ReturnApproved(order_id=order.pk, return_id=claim.pk))
    return claim


@transaction.atomic
def decline_return(claim: Return, *, message: str, actor: Actor, at: datetime) -> Return:
    """Decline a return, with a reason for the shopper. A withdrawal cannot be
    declined: it never waits.

    Raises `ReturnClosed`, `Invalid` without a reason. Publishes `ReturnDeclined`.
    """
    text = message.strip()[:1000]
    if not text:
        raise Invalid(errors={"message": [_("Enter a reason.")]})
    order, claim = _locked(claim)
    if claim.status != ReturnStatus.REQUESTED:
        raise ReturnClosed(return_status=claim.status)
    _let_all_go(claim)
    claim.answer = text
    claim.answered_at = claim.closed_at = at
    _move(claim, ReturnStatus.DECLINED, "answer", "answered_at", "closed_at")
    _tell(claim, order, EventKind.RETURN_DECLINED, actor=actor, at=at, message=text)
    audit.record("order.return.decline", claim, actor=actor)
    publish(ReturnDeclined(order_id=order.pk, return_id=claim.pk))
    return claim


@transaction.atomic
def cancel_return(claim: Return, *, actor: Actor, at: datetime) -> Return:
    """Take a return back of which nothing has arrived.

    Raises `ReturnClosed`. Publishes `ReturnClosed`.
    """
    order, claim = _locked(claim)
    if not claim.is_cancelable:
        raise ReturnClosed(return_status=claim.status)
    _let_all_go(claim)
    claim.closed_at = at
    _move(claim, ReturnStatus.CANCELED, "closed_at")
    _tell(claim, order, EventKind.RETURN_CANCELED, actor=actor, at=at)
    publish(ReturnIsOver(order_id=order.pk, return_id=claim.pk))
    return claim


@transaction.atomic
def close_return(claim: Return, *, message: str = "", actor: Actor, at: datetime) -> Return:
    """Wait no longer for what has not arrived; those units are free again.

    Raises `ReturnClosed`. Publishes `ReturnClosed`.
    """
    order, claim = _locked(claim)
    if claim.status not in EXPECTED_RETURNS:
        raise ReturnClosed(return_status=claim.status)
    _let_all_go(claim)
    claim.closed_at = at
    _move(claim, ReturnStatus.CLOSED, "closed_at")
    _tell(claim, order, EventKind.RETURN_CLOSED, actor=actor, at=at, message=message.strip())
    audit.record("order.return.close", claim, actor=actor)
    publish(ReturnIsOver(order_id=order.pk, return_id=claim.pk))
    return claim


@transaction.atomic
def receive_return(
    claim: Return,
    *,
    units: Mapping[int, Arrived],
    deduction_minor: int = 0,
    include_shipping: bool = False,
    message: str = "",
    actor: Actor,
    at: datetime,
) -> ReturnReceipt:
    """Take units in (return item id → `Arrived`): onto the shelf or written off,
    and credit what they cost.

    The credit is what was paid for them, less the deduction, with all that is left of delivery if
    `include_shipping`, or if a withdrawal leaves nothing of the order with its shopper. What was
    credited before is not credited again. What the shopper gets instead is added to the order, so
    that only the difference moves; what is sold out by now is not, and the money goes back. The
    return is closed with the last unit that it expects. Raises `ReturnClosed`,
    `QuantityNotExpected`, `Invalid`. Publishes `ReturnReceived`, `CreditGranted`, `OrderEdited`.
    """
    order, claim = _locked(claim)
    if claim.status not in EXPECTED_RETURNS:
        raise ReturnClosed(return_status=claim.status)
    rows = _rows(claim)
    arrived = _arrived(rows, units)
    for pk in sorted(arrived):
        _take_in(rows[pk], arrived[pk])
    _put_back(rows, arrived, reference=order.number, actor=actor, at=at)
    credit = _credit(
        claim,
        order,
        {rows[pk].order_item_id: each.units for pk, each in arrived.items()},
        deduction_minor=deduction_minor,
        include_shipping=include_shipping,
        actor=actor,
        at=at,
    )
    missing = _exchange(
        claim,
        order,
        {pk: (rows[pk], each.units) for pk, each in arrived.items() if rows[pk].replacement_id},
        actor=actor,
        at=at,
    )
    receipt = ReturnReceipt.objects.create(
        parent=claim,
        number=(claim.receipts.aggregate(last=Max("number"))["last"] or 0) + 1,
        units=sum(each.units for each in arrived.values()),
        credit=credit,
        deduction_minor=deduction_minor,
        message=_with_sold_out(message.strip(), missing)[:500],
        actor=actor.label[:200],
        at=at,
    )
    is_over = _close_if_over(claim, at=at)
    _tell_received(claim, order, receipt, arrived, actor=actor, at=at)
    publish(ReturnReceived(order_id=order.pk, return_id=claim.pk, receipt_id=receipt.pk))
    if is_over:
        publish(ReturnIsOver(order_id=order.pk, return_id=claim.pk))
    return receipt


def _close_if_over(claim: Return, *, at: datetime) -> bool:
    """Close the return if no more units are expected; return whether it is closed."""
    is_over = not claim.items.filter(received_quantity__lt=F("approved_quantity")).exists()
    claim.closed_at = at if is_over else None
    _move(claim, ReturnStatus.CLOSED if is_over else ReturnStatus.RECEIVED, "closed_at")
    return is_over


def _rows(claim: Return) -> dict[int, ReturnItem]:
    rows = claim.items.select_related("order_item__variant", "replacement").order_by("pk")
    return {row.pk: row for row in rows}


def _with_sold_out(message: str, skus: str) -> str:
    """Return the message, followed by the SKUs that sold out before they could be exchanged."""
    text = _("Refunded instead because these items sold out: %(skus)s.") % {"skus": skus}
    return " ".join(part for part in (message, text if skus else "") if part)


def _arrived(rows: Mapping[int, ReturnItem], units: Mapping[int, Arrived]) -> dict[int, Arrived]:
    """Return the units that arrived. Raises `Invalid` for none, or for items of another return."""
    arrived = {pk: each for pk, each in units.items() if each.restocked or each.written_off}
    if not arrived:
        raise Invalid(errors={"items": [_("Enter the quantity received.")]})
    if any(
        pk not in rows or min(each.restocked, each.written_off) < 0 for pk, each in arrived.items()
    ):
        raise Invalid(errors={"items": [_("This item is not in the return.")]})
    return arrived


def _put_back(
    rows: Mapping[int, ReturnItem],
    arrived: Mapping[int, Arrived],
    *,
    reference: str,
    actor: Actor,
    at: datetime,
) -> None:
    skus = {pk: row.order_item.product_sku for pk, row in rows.items()}
    restock(
        {skus[pk]: each.restocked for pk, each in arrived.items()},
        written_off={skus[pk]: each.written_off for pk, each in arrived.items()},
        reference=reference,
        actor=actor,
        at=at,
    )


def _tell_received(
    claim: Return,
    order: Order,
    receipt: ReturnReceipt,
    arrived: Mapping[int, Arrived],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """To the timeline and the audit log."""
    amount = receipt.credit.amount_minor if receipt.credit else 0
    _tell(
        claim,
        order,
        EventKind.RETURN_RECEIVED,
        actor=actor,
        at=at,
        units=receipt.units,
        message=format_minor(amount, order.currency) if amount else "",
    )
    lost = sum(each.written_off for each in arrived.values())
    changes: dict[str, list[Any]] = {
        "units": [None, receipt.units],
        "written_off": [None, lost],
        "credit": [None, Money.from_minor(amount, order.currency)],
    }
    audit.record("order.return.receive", claim, actor=actor, changes=changes)


def _take_in(row: ReturnItem, arrived: Arrived) -> None:
    """Count units as received, and as back with their order's item; never more
    than are expected.
    """
    taken = ReturnItem.objects.filter(
        pk=row.pk, approved_quantity__gte=F("received_quantity") + arrived.units
    ).update(
        received_quantity=F("received_quantity") + arrived.units,
        restocked_quantity=F("restocked_quantity") + arrived.restocked,
        written_off_quantity=F("written_off_quantity") + arrived.written_off,
    )
    if not taken or not OrderItem.objects.take_claimed(row.order_item_id, arrived.units):
        raise QuantityNotExpected(sku=row.order_item.product_sku, open=row.expected_quantity)


def _credit(
    claim: Return,
    order: Order,
    units: Mapping[int, int],
    *,
    deduction_minor: int,
    include_shipping: bool,
    actor: Actor,
    at: datetime,
) -> Credit | None:
    """What these units cost, as far as it has not been credited in another way;
    None if that is nothing.
    """
    parts = {part.key: part for part in open_parts(order)}
    price = sum(units_share(parts[pk], count) for pk, count in units.items())
    if not 0 <= deduction_minor <= price:
        most = format_minor(price, order.currency)
        raise Invalid(
            errors={"deduction": [_("Up to %(amount)s can be deducted.") % {"amount": most}]}
        )
    if claim.kind == ReturnKind.WITHDRAWAL and not include_shipping:
        left = {part.key: part.units for part in parts.values() if part.units}
        include_shipping = left == dict(units)
    if not price and not (include_shipping and parts[None].amount_minor):
        return None
    return grant_credit(
        order,
        kind=CreditKind.RETURN,
        items=units,
        include_shipping=include_shipping,
        withhold_minor=deduction_minor,
        reason=_("Return %(number)s") % {"number": claim.number},
        actor=actor,
        at=at,
    )


def replacements(skus: set[str], *, at: datetime) -> dict[str, Variant]:
    """What shoppers may choose instead, by SKU. Raises `Invalid` for one that is not sold."""
    wanted = {sku for sku in skus if sku}
    if not wanted:
        return {}
    found = {each.sku: each for each in Variant.objects.sold(at=at).with_sku(sorted(wanted))}
    if wanted - set(found):
        raise Invalid(errors={"replacement_sku": [_("This item is no longer sold.")]})
    return found


def _exchange(
    claim: Return,
    order: Order,
    rows: Mapping[int, tuple[ReturnItem, int]],
    *,
    actor: Actor,
    at: datetime,
) -> str:
    """Add what is wanted instead of these units to the order; returns the SKUs
    that are not to be had.
    """
    units: dict[str, int] = {}
    prices: dict[str, int] = {}
    for row, count in rows.values():
        variant = row.replacement
        if variant is None:
            continue
        units[variant.sku] = units.get(variant.sku, 0) + count
        price = _like_for_like(row.order_item, variant, order.currency)
        if price is not None:
            prices[variant.sku] = min(price, prices.get(variant.sku, price))
    missing: list[str] = []
    reason = _("Exchange %(number)s") % {"number": claim.number}
    while units:
        try:
            add_items(order, units, prices_minor=prices, reason=reason, actor=actor, at=at)
        except InsufficientStock as refusal:
            gone = {part["sku"] for part in refusal.details["items"]}
        except Invalid:  # not sold any more
            gone = set(units)
        else:
            break
        missing += sorted(gone)
        units = {sku: count for sku, count in units.items() if sku not in gone}
    return ", ".join(missing)


def _like_for_like(item: OrderItem, variant: Variant, currency: str) -> int | None:
    """What a unit was sold at, discounts taken off, if another choice of the
    product costs the same today.

    So a size that did not fit is exchanged without a difference, whatever it cost in the
    sale. None: today's price.
    """
    sold = item.variant
    if sold is None or sold.product_id != variant.product_id:
        return None
    today = prices_for([sold, variant], currency)
    if today[sold.pk].price_minor != today[variant.pk].price_minor:
        return None
    return item.total_minor // item.quantity


def _locked(claim: Return) -> tuple[Order, Return]:
    """The order and its return, locked in this order."""
    order = Order.objects.locked().get(pk=claim.order_id)
    return order, Return.objects.locked().get(pk=claim.pk)


def _let_go(item_id: int, units: int) -> None:
    if units and not OrderItem.objects.unclaim(item_id, units):
        raise RuntimeError(f"Item {item_id} has no {units} units on their way back.")


def _let_all_go(claim: Return) -> None:
    """Free every unit that a live return has claimed and not received."""
    if claim.status not in LIVE_RETURNS:
        return
    for row in claim.items.order_by("order_item_id"):
        is_open = claim.status == ReturnStatus.REQUESTED
        _let_go(row.order_item_id, row.quantity if is_open else row.expected_quantity)


def _move(claim: Return, status: ReturnStatus, *fields: str) -> None:
    claim.move_to(status)
    claim.save(update_fields=["status", *fields])


def _tell(
    claim: Return,
    order: Order,
    kind: EventKind,
    *,
    actor: Actor,
    at: datetime,
    units: int | None = None,
    message: str = "",
) -> None:
    data: dict[str, str | int] = {"return": claim.number}
    if units is not None:
        data["units"] = units
    text = ", ".join(part for part in (claim.number, message) if part)
    add_event(order, kind, actor=actor, at=at, message=text, data=data)
