"""Gift cards that pay within the order's own transaction.

Orders decide what each card pays. The payments app, a layer above, registers here how the money is
taken from a card and written to the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cart.gift_cards import CardUse
from orders.models import Order
from shop.core.actors import Actor

# The provider that an order names whose gift cards pay all of it, and one that costs nothing.
GIFT_CARD = "gift_card"
FREE = "free"
# Payment methods that nobody chose: if such an order comes to cost more, it needs another one.
UNCHOSEN = frozenset({GIFT_CARD, FREE})


class Tender(Protocol):
    """Takes what each card pays and lets the order follow its ledger, inside the
    caller's transaction.
    """

    def __call__(
        self, order: Order, uses: Sequence[CardUse], *, actor: Actor, at: datetime
    ) -> object: ...


_tenders: list[Tender] = []


def accept_cards(tender: Tender) -> None:
    """Register how gift cards are taken. Called once, when the shop starts."""
    if tender not in _tenders:
        _tenders.append(tender)


def take_cards(order: Order, uses: Sequence[CardUse], *, actor: Actor, at: datetime) -> None:
    """Have the cards pay for an order that has just been written. Raises `GiftCardShort`."""
    for tender in _tenders:
        tender(order, uses, actor=actor, at=at)
