"""What the gift cards of a cart pay of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cart.models import Cart, CartItem
from pricing.calculator import Quote
from pricing.models import GiftCard

# What somebody writes on a gift card that is bought. Without an e-mail it goes to the buyer.
GREETING = ("recipient_name", "recipient_email", "sender_name", "message")


def greeting_line(greeting: Mapping[str, str]) -> str:
    """Whom a gift card is for, in a line of a cart or an order: "For Bob, bob@example.com"."""
    who = [greeting[name] for name in GREETING[:2] if greeting.get(name)]
    return _("For %(who)s") % {"who": ", ".join(who)} if who else ""


@dataclass(frozen=True, slots=True)
class CardUse:
    """A gift card of a cart and what it pays; `problem` says why it cannot pay anything."""

    card: GiftCard
    used_minor: int
    problem: str = ""

    @property
    def label(self) -> str:
        """How rows of figures call it: "Gift card ·1234"."""
        return card_label(self.card.last4)


def card_label(last4: str) -> str:
    """What a card is called wherever it pays: "Gift card ·1234"; without its digits
    where they are not shown.
    """
    if not last4:
        return _("Gift card")
    return _("Gift card ·%(last4)s") % {"last4": last4}


def card_uses(cart: Cart, coverable_minor: int, *, at: datetime) -> list[CardUse]:
    """What each card pays of `coverable_minor`, in the order they were added: 1
    query, none without cards.
    """
    if not cart.gift_card_ids:
        return []
    cards = GiftCard.objects.in_bulk(cart.gift_card_ids)
    uses = []
    for pk in cart.gift_card_ids:
        card = cards[pk]
        problem = card_problem(card, cart.currency, at=at)
        used = 0 if problem else min(card.balance_minor, coverable_minor)
        coverable_minor -= used
        uses.append(CardUse(card, used, problem))
    return uses


def coverable_minor(quote: Quote, items: Iterable[CartItem]) -> int:
    """What gift cards may pay of a quote: all of it but other gift cards.

    The items are loaded for pricing.
    """
    bought = {str(item.pk) for item in items if item.variant.product.is_gift_card}
    return quote.total_minor - sum(line.total_minor for line in quote.lines if line.key in bought)


def totals_after_cards(uses: Sequence[CardUse], total_minor: int) -> dict[str, Any]:
    """What `components/summary_totals.html` shows below the total: `cards` and `rest`."""
    paid = [(use.label, -use.used_minor) for use in uses if use.used_minor]
    rest = total_minor + sum(minor for _label, minor in paid)
    return {"cards": paid, "rest": (_("Remaining balance"), rest)}


def card_problem(card: GiftCard, currency: str, *, at: datetime) -> str:
    """Why a card cannot pay for a cart in `currency`; empty if it can."""
    if not card.is_active:
        return _("This gift card can't be used.")
    if card.is_expired(at=at):
        return _("This gift card has expired.")
    if card.currency != currency:
        return _("This gift card is in %(card)s, but your cart is in %(cart)s.") % {
            "card": card.currency,
            "cart": currency,
        }
    if not card.balance_minor:
        return _("This gift card has no balance left.")
    return ""
