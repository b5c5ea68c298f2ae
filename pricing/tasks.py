"""Periodic work around prices."""

from __future__ import annotations

from datetime import timedelta

from pricing.gift_cards import expire_cards
from shop.core.clock import database_now
from shop.runtime.schedule import every


@every(timedelta(hours=1))
def write_off_expired_cards() -> int:
    """Take off what is on gift cards whose time is over, so that the books hold no
    money nobody can spend.
    """
    return expire_cards(at=database_now())
