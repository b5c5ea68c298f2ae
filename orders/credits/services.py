"""Credits: what the shop grants back on an order. The payments app pays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.credits.shares import Part, Share, split_amount, split_units, units_share
from orders.delivery import DeliveryPart, after_credits, charged_delivery, split_delivery
from orders.errors import CreditTooLarge
from orders.events import CreditGranted
from orders.gift_cards.services import take_back_cards
from orders.models import (
    Credit,
    CreditDelivery,
    CreditItem,
    Order,
    OrderAdjustment,
    OrderItem,
)
from orders.states import CreditKind
from orders.timeline import save_order
from shop.core.actors import Actor
from shop.core.errors import Invalid
from shop.core.events import publish
from shop.core.money import format_minor

_NO_UNITS = gettext_lazy("The quantity is more than what is left of an item.")


def grant_credit(
    order: Order,
    *,
    kind: CreditKind,
    amount_minor: int | None = None,
    items: Mapping[int, int] | None = None,
    include_shipping: bool = False,
    withhold_minor: int = 0,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> Credit:
    """Grant back the price of units (item id → units), an amount, or everything; the
    caller holds the order's lock.

    With `items` alone the amount is their share of what was paid, and with `include_shipping` what
    is left of delivery as well; with `amount_minor` besides, that amount for these units; with
    `withhold_minor`, so much less than their price. Units that a return under way has claimed are
    not to be had. `order` comes back with its new `credited_minor`, saved. Gift cards among the
    units are voided. Raises `CreditTooLarge`, `Invalid`, `GiftCardSpent`. Publishes
    `CreditGranted`, unless all was withheld.
    """
    parts, delivery = _open(order)
    shares = _split(
        parts,
        amount_minor,
        items,
        include_shipping=include_shipping,
        withhold_minor=withhold_minor,
    )
    amount = sum(share.amount_minor for share in shares)
    withheld = sum(share.withheld_minor for share in shares)
    if amount + withheld <= 0 or (amount_minor is not None and amount != amount_minor):
        left = sum(part.amount_minor for part in parts)
        raise CreditTooLarge(
            _("Up to %(amount)s of this order can still be credited.")
            % {"amount": format_minor(left, order.currency)},
            creditable_minor=left,
        )
    credit = _write(
        order, shares, delivery, kind=kind, amount=amount, reason=reason, actor=actor, at=at
    )
    for share in shares:
        if share.key is None or not share.units:
            continue
        if not OrderItem.objects.credit(share.key, share.units):
            raise Invalid(errors={"items": [str(_NO_UNITS)]})
    order.credited_minor += amount
    save_order(order, "credited_minor")
    units_of = [share.key for share in shares if share.key is not None and share.units]
    take_back_cards(order, units_of, reference=f"credit:{credit.pk}", actor=actor, at=at)
    if amount:
        publish(CreditGranted(order_id=order.pk, credit_id=credit.pk))
    return credit


def _write(
    order: Order,
    shares: Sequence[Share],
    delivery: Sequence[DeliveryPart],
    *,
    kind: CreditKind,
    amount: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Credit:
    """The credit with its part of each item and of delivery."""
    shipping = next((share for share in shares if share.key is None), Share(None, 0, 0))
    deliveries = split_delivery(delivery, shipping.amount_minor)
    shipping_tax = sum(part.tax_minor for part in deliveries)
    last = order.credits.aggregate(last=Max("number"))["last"] or 0
    credit = Credit.objects.create(
        order=order,
        number=last + 1,
        kind=kind,
        amount_minor=amount,
        shipping_minor=shipping.amount_minor,
        tax_minor=sum(share.tax_minor for share in shares if share.key is not None) + shipping_tax,
        shipping_tax_minor=shipping_tax,
        reason=reason.strip()[:250],
        actor=actor.label[:200],
        at=at,
    )
    CreditItem.objects.bulk_create(
        CreditItem(
            credit=credit,
            order_item_id=share.key,
            quantity=share.units,
            amount_minor=share.amount_minor,
            tax_minor=share.tax_minor,
            withheld_minor=share.withheld_minor,
        )
        for share in shares
        if share.key is not None
    )
    CreditDelivery.objects.bulk_create(
        CreditDelivery(
            credit=credit,
            percent=part.percent,
            amount_minor=part.amount_minor,
            tax_minor=part.tax_minor,
        )
        for part in deliveries
    )
    return credit


def open_parts(order: Order) -> list[Part]:
    """What can still be credited: each item in order, then delivery. 4 queries,
    5 after a credit.
    """
    return _open(order)[0]


def _open(order: Order) -> tuple[list[Part], list[DeliveryPart]]:
    """The open parts, and what is left of delivery at each rate."""
    sums = CreditItem.objects.sums_by_item(order.pk)
    items = list(OrderItem.objects.filter(order=order))
    parts = []
    for item in items:
        amount, tax, units, withheld = sums.get(item.pk, (0, 0, 0, 0))
        parts.append(
            Part(
                item.pk,
                item.paid_minor - amount,
                item.tax_minor - tax,
                item.quantity - units,
                claimed=item.returning_quantity,
                withheld_minor=withheld,
            )
        )
    charged = charged_delivery(order, items, OrderAdjustment.objects.filter(order=order))
    granted = order.credits.order_by("number").prefetch_related("deliveries")
    delivery, _taken = after_credits(charged, granted)
    shipping = sum(part.amount_minor for part in delivery)
    shipping_tax = sum(part.tax_minor for part in delivery)
    return [*parts, Part(None, shipping, shipping_tax)], delivery


def _split(
    parts: list[Part],
    amount_minor: int | None,
    items: Mapping[int, int] | None,
    *,
    include_shipping: bool,
    withhold_minor: int,
) -> list[Share]:
    if items is None:
        left = sum(part.amount_minor for part in parts)
        return split_amount(parts, min(left if amount_minor is None else amount_minor, left))
    known: dict[int | None, Part] = {part.key: part for part in parts[:-1]}
    units: dict[int | None, int] = {pk: count for pk, count in items.items() if count}
    if not units and amount_minor is None and not include_shipping:
        raise Invalid(errors={"items": [_("Choose at least one unit.")]})
    for key, quantity in units.items():
        if key not in known:
            raise Invalid(errors={"items": [_("This item is not in the order.")]})
        if not 0 < quantity <= known[key].open_units:
            raise Invalid(errors={"items": [str(_NO_UNITS)]})
    price = sum(units_share(known[key], quantity) for key, quantity in units.items())
    if not 0 <= withhold_minor <= price:
        raise Invalid(
            errors={"deduction": [_("The deduction can't be more than the price of the items.")]}
        )
    return split_units(
        parts, units, amount_minor, with_shipping=include_shipping, withhold=withhold_minor
    )
