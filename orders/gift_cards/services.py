"""Gift cards that are bought: issued once their order is paid, taken back when
their price goes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from orders.fulfillment.services import complete_if_done, write_parcel
from orders.invoices import settle_invoices
from orders.models import Fulfillment, Order, OrderItem
from orders.states import OrderStatus
from pricing.errors import GiftCardSpent
from pricing.gift_cards import Greeting, issue_card, void_card
from pricing.models import GiftCard
from shop.core.actors import SYSTEM, Actor
from shop.core.languages import speaking


@transaction.atomic
def issue_bought_cards(order_id: int, *, at: datetime) -> list[GiftCard]:
    """Issue a card for each unit of an order's gift cards, once however often this
    runs, and count them as sent.

    What has left is invoiced. An order that is canceled, or not paid in full, gets none. Publishes
    `GiftCardIssued` for each, and `OrderCompleted` if nothing else is to be sent.
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
    with speaking(order.language):
        carrier = _("E-mail")
    parcel = Fulfillment(order=order, carrier=carrier, shipped_at=at, delivered_at=at)
    write_parcel(parcel, {item.pk: item for item in items}, units, actor=SYSTEM)
    complete_if_done(order, actor=SYSTEM, at=at)


def take_back_cards(
    order: Order, item_ids: Iterable[int], *, reference: str, actor: Actor, at: datetime
) -> None:
    """Void as many cards of these items as units have been paid back; the caller
    holds the order's lock.

    Raises `GiftCardSpent` if too few of them are untouched, unless `actor` is the system: then the
    money is gone already, and what can be voided is.
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
