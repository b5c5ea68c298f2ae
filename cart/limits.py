"""How often somebody may guess codes."""

from __future__ import annotations

from typing import Any

from shop.api.clients import caller_of
from shop.core.errors import TooManyRequests
from shop.core.rates import Rate, spend

WRONG_CODES = Rate("wrong-codes", 20, 600)


def require_code_guesses(request: Any) -> None:
    """Raise `TooManyRequests` after 20 wrong codes of a caller within ten minutes."""
    standing = spend(WRONG_CODES, caller_of(request), cost=0)
    if standing.remaining <= 0:
        raise TooManyRequests(retry_after=standing.reset)


def spend_code_guess(request: Any) -> None:
    """Count a wrong code."""
    spend(WRONG_CODES, caller_of(request))
