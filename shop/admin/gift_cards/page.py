"""What the page of a gift card shows: a fixed number of queries, however often its money moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from notifications.models import OutgoingMail
from orders.models import Order
from pricing.models import GiftCard, GiftCardEntry
from pricing.states import GiftCardEntryKind, GiftCardState
from shop.admin.base import badge
from shop.core.money import format_minor

STATES = {
    GiftCardState.SPENDABLE: ("check_circle", "ok"),
    GiftCardState.EMPTY: ("done_all", "quiet"),
    GiftCardState.OVER: ("event_busy", "quiet"),
    GiftCardState.OFF: ("block", "warn"),
    GiftCardState.VOIDED: ("remove", "quiet"),
}
ICONS = {
    GiftCardEntryKind.ISSUED: "card_giftcard",
    GiftCardEntryKind.SPENT: "shopping_bag",
    GiftCardEntryKind.REFUNDED: "undo",
    GiftCardEntryKind.ADJUSTED: "edit",
    GiftCardEntryKind.EXPIRED: "event_busy",
    GiftCardEntryKind.VOIDED: "remove",
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement, and what was on the card after it."""

    entry: GiftCardEntry
    icon: str
    amount: str
    balance: str
    order_pk: int | None


def state_badge(card: GiftCard, *, at: datetime) -> SafeString:
    """What can be done with it now."""
    state = card.state(at=at)
    icon, tone = STATES[state]
    return badge(state.label, icon=icon, tone=tone)


def card_page(card: GiftCard, *, at: datetime) -> dict[str, Any]:
    """The card, its movements from the newest on, the orders they name, and its
    e-mails: 3 queries.
    """
    entries = list(card.entries.all())
    numbers = {card.order_number, *(entry.order_number for entry in entries)} - {""}
    orders = dict(Order.objects.filter(number__in=numbers).values_list("number", "pk"))
    moved, balance = [], 0
    for entry in entries:
        balance += entry.amount_minor
        moved.append(
            Moved(
                entry=entry,
                icon=ICONS[GiftCardEntryKind(entry.kind)],
                amount=signed(entry.amount_minor, card.currency),
                balance=format_minor(balance, card.currency),
                order_pk=orders.get(entry.order_number),
            )
        )
    return {
        "card": card,
        "state": state_badge(card, at=at),
        "balance": format_minor(card.balance_minor, card.currency),
        "initial": format_minor(card.initial_minor, card.currency),
        "moved": moved[::-1],
        "bought_pk": orders.get(card.order_number),
        "emails": OutgoingMail.objects.for_list().filter(gift_card=card).order_by("-pk"),
    }


def card_row(card: GiftCard) -> dict[str, Any]:
    """A card among those of its order."""
    return {
        "card": card,
        "state": state_badge(card, at=timezone.now()),
        "balance": format_minor(card.balance_minor, card.currency),
    }


def signed(minor: int, currency: str) -> str:
    """An amount with its sign, whichever it is."""
    return f"+{format_minor(minor, currency)}" if minor > 0 else format_minor(minor, currency)
