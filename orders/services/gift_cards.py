"""Gift cards that are bought: issued once their order is paid, taken back when their price goes back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from inventory.services import consume_stock
from orders.models import Fulfillment, FulfillmentItem, Order, OrderItem
from orders.services.fulfillment import complete_if_done
from orders.services.invoices import settle_invoices
from orders.services.timeline import add_event, save_order
from orders.states import EventKind, OrderStatus
from pricing.errors import GiftCardSpent
from pricing.models import GiftCard
from pricing.services import Greeting, issue_card, void_card
from shop.core.actors import SYSTEM, Actor


@transaction.atomic
def issue_bought_cards(order_id: int, *, at: datetime) -> list[GiftCard]:
    """Issue a card for each unit of an order's gift cards, once however often this runs, and count them as sent.

    What has left is invoiced. An order that is canceled, or not paid in full, gets none. Publishes `GiftCardIssued`
    for each, and `OrderCompleted` if nothing else is to be sent.
    """
    order = Order.objects.locked().get(pk=order_id)
    items = list(order.items.filter(is_gift_card=True).select_related("variant__image"))
    if not items or order.status == OrderStatus.CANCELED or order.due_minor:
        return []
    cards = [
        _issue(order, item, unit, at=at)
        for item in items
        for unit in range(item.quantity - item.credited_quantity)
        if item.unit_price_minor
    ]
    _count_as_sent(order, items, at=at)
    settle_invoices(order.pk, at=at)
    return cards


def _issue(order: Order, item: OrderItem, unit: int, *, at: datetime) -> GiftCard:
    words = item.greeting
    greeting = Greeting(
        recipient_name=words.get("recipient_name", ""),
        recipient_email=words.get("recipient_email") or order.email,
        sender_name=words.get("sender_name") or str(order.billing_address.get("name", "")),
        message=words.get("message", ""),
        language=order.language,
    )
    return issue_card(
        amount_minor=item.unit_price_minor,
        currency=order.currency,
        greeting=greeting,
        image=item.variant.shown_image if item.variant else None,
        source=f"{GiftCard.item_source(item.pk)}{unit}",
        order_number=order.number,
        actor=SYSTEM,
        at=at,
    )


def _count_as_sent(order: Order, items: list[OrderItem], *, at: datetime) -> None:
    """A parcel that leaves and arrives at once, by e-mail."""
    units = {item.pk: item.open_quantity for item in items if item.open_quantity}
    if not units:
        return
    with override(order.language):
        carrier = _("E-mail")
    last = order.fulfillments.aggregate(last=Max("number"))["last"] or 0
    parcel = Fulfillment.objects.create(
        order=order, number=last + 1, carrier=carrier, shipped_at=at, delivered_at=at
    )
    FulfillmentItem.objects.bulk_create(
        FulfillmentItem(fulfillment=parcel, order_item_id=pk, quantity=count)
        for pk, count in units.items()
    )
    for pk, count in units.items():
        OrderItem.objects.filter(pk=pk).update(shipped_quantity=F("shipped_quantity") + count)
    consume_stock(
        order.holder,
        {item.product_sku: units[item.pk] for item in items if item.pk in units},
        reference=order.number,
        actor=SYSTEM,
        at=at,
    )
    save_order(order)
    data = {"parcel": parcel.number, "carrier": carrier, "tracking_number": ""}
    data["units"] = sum(units.values())
    add_event(order, EventKind.SHIPPED, actor=SYSTEM, at=at, data=data)
    complete_if_done(order, actor=SYSTEM, at=at)


def take_back_cards(
    order: Order, item_ids: Iterable[int], *, reference: str, actor: Actor, at: datetime
) -> None:
    """Void as many cards of these items as units have been paid back; the caller holds the order's lock.

    Raises `GiftCardSpent` if too few of them are untouched, unless `actor` is the system: then the money is gone
    already, and what can be voided is.
    """
    items = order.items.filter(pk__in=item_ids, is_gift_card=True).order_by("pk")
    for item in items:
        cards = GiftCard.objects.locked().of_order_item(order.number, item.pk)
        live = [card for card in cards if not card.is_voided]
        too_many = len(live) - (item.quantity - item.credited_quantity)
        untouched = [card for card in live if card.is_untouched]
        if too_many > len(untouched) and actor.kind != "system":
            raise GiftCardSpent(sku=item.product_sku)
        for card in untouched[: max(too_many, 0)]:
            void_card(card, reference=reference, actor=actor, at=at)
