"""Facts about gift cards that higher apps react to."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True)
class GiftCardIssued(Event):
    """A card has been issued. Its code is in no event: who may tell it asks the card."""

    card_id: int
