"""Periodic e-mails."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from notifications.services import remind_of_waiting_orders
from shop.runtime.schedule import every


@every(timedelta(minutes=1))
def remind_of_payments() -> int:
    """Lead shoppers to orders that they have not paid ten minutes after they placed them."""
    return remind_of_waiting_orders(at=timezone.now())
