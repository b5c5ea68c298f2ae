"""Keeping people's tables tidy."""

from __future__ import annotations

from datetime import timedelta

from accounts.sign_in import forget_ended_families
from shop.core.clock import database_now
from shop.runtime.schedule import every


@every(timedelta(hours=6))
def forget_api_sign_ins() -> int:
    """Delete sign-ins through the API that ended a month ago."""
    return forget_ended_families(at=database_now())
