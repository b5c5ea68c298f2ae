"""How often somebody may guess codes."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from shop.core.clients import client_network
from shop.core.errors import TooManyRequests

WRONG_CODES = 20
WINDOW_SECONDS = 600


def _key(request: Any) -> str:
    who = f"user:{request.user.pk}" if request.user.is_authenticated else client_network(request)
    return f"coupon-guesses:{who}"


def require_coupon_guesses(request: Any) -> None:
    """Raise `TooManyRequests` after 20 wrong codes of a caller within ten minutes."""
    if int(cache.get(_key(request), 0)) >= WRONG_CODES:
        raise TooManyRequests(retry_after=WINDOW_SECONDS)


def spend_coupon_guess(request: Any) -> None:
    """Count a wrong code."""
    key = _key(request)
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        cache.incr(key)
    except ValueError:  # it expired between the two calls
        cache.set(key, 1, WINDOW_SECONDS)
