"""Periodic work around money."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from payments.inbox import receive_event, work_on_waiting
from payments.providers.test import take_due_callbacks
from payments.reconciliation import reconcile
from payments.settlement import settle_unsettled
from shop.runtime.schedule import every

logger = logging.getLogger(__name__)


@every(timedelta(seconds=20), outside=True)
def settle_unsettled_payments() -> int:
    """Ask the providers about payments whose callbacks are late or lost."""
    return settle_unsettled(at=timezone.now())


@every(timedelta(seconds=20))
def work_on_waiting_events() -> int:
    """Work on callbacks that overtook what they build on."""
    return work_on_waiting(at=timezone.now())


@every(timedelta(minutes=5), outside=True)
def reconcile_open_payments() -> int:
    """Settle what callbacks lost: payments that are not through, and refunds on their way."""
    now = timezone.now()
    return len(reconcile(since=now - timedelta(days=2), at=now, open_only=True))


@every(timedelta(days=1), outside=True)
def reconcile_all_payments() -> int:
    """Compare a week of our books with the providers' line by line."""
    now = timezone.now()
    return len(reconcile(since=now - timedelta(days=7), at=now))


@every(timedelta(seconds=5))
def play_test_provider() -> int:
    """Play the test provider's own clock: its callbacks come in through the inbox, signed."""
    if not settings.PAYMENT_TEST_PROVIDER:
        return 0
    messages = take_due_callbacks(at=timezone.now())
    for headers, body in messages:
        receive_event("test", headers=headers, body=body, at=timezone.now())
    return len(messages)
