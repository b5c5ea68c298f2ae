"""Periodic work around money."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from payments.providers.test import take_due_callbacks
from payments.services import receive_event, settle_unsettled
from shop.core.schedule import every

logger = logging.getLogger(__name__)


@every(timedelta(seconds=20))
def settle_unsettled_payments() -> int:
    """Ask the providers about payments whose callbacks are late or lost."""
    return settle_unsettled(at=timezone.now())


@every(timedelta(seconds=5))
def play_test_provider() -> int:
    """Play the test provider's own clock: its callbacks come in through the inbox, signed."""
    if not settings.PAYMENT_TEST_PROVIDER:
        return 0
    messages = take_due_callbacks(at=timezone.now())
    for headers, body in messages:
        receive_event("test", headers=headers, body=body, at=timezone.now())
    return len(messages)
