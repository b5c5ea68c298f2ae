"""How many orders somebody may place: each holds stock, a bank transfer for days,
before it is paid.
"""

from __future__ import annotations

from typing import Any

from shop.api.clients import caller_of
from shop.core.rates import require


def require_order_allowance(request: Any) -> None:
    """Count one try to order.

    Raises `TooManyRequests` when the caller's `THROTTLE_ORDER` is used up.
    """
    require("order", caller_of(request))
