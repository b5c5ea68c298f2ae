"""Periodic work around orders."""

from __future__ import annotations

from datetime import timedelta

from inventory.services import release_expired
from shop.core.clock import database_now
from shop.runtime.schedule import every


@every(timedelta(seconds=30))
def release_expired_reservations() -> int:
    """Free stock that was held for orders nobody paid; canceling them follows from it."""
    return release_expired(at=database_now())
