"""How often somebody may do something: a number of requests in a window, written `300/min`."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import time
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from shop.core.errors import TooManyRequests

WINDOWS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
_RATE = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(WINDOWS)})")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    name: str
    quota: int
    window: int


def parse_rate(name: str, text: str) -> Rate | None:
    """Return the rate that `text` says; None if it is `off`.

    Raises `ValueError` for anything else.
    """
    if text == "off":
        return None
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Rate(name, int(found[1]), WINDOWS[found[2]])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands within a rate: requests left, and seconds until the next window."""

    rate: Rate
    remaining: int
    reset: int
    window_number: int

    @property
    def is_over(self) -> bool:
        """Whether this request was one too many."""
        return self.remaining < 0


def rate_of(name: str) -> Rate | None:
    """Return the rate `name` of the settings (`anon`, `login`, …); None if it is off."""
    return parse_rate(name, settings.THROTTLES[name])


def spend(rate: Rate, caller: str, *, cost: int = 1) -> Standing:
    """Count `cost` requests of `caller` and say where it stands."""
    now = time.time()
    start = int(now // rate.window)
    key = _key_of(rate, caller, start)
    cache.add(key, 0, rate.window + 5)
    try:
        used = cache.incr(key, cost)
    except ValueError:  # it expired between the two calls
        used = cost
    reset = max(int((start + 1) * rate.window - now + 0.999), 1)
    return Standing(rate, rate.quota - used, reset, start)


def give_back(standing: Standing, caller: str) -> None:
    """Take back one count of `spend`, made by the same caller."""
    with suppress(ValueError):  # the window has ended
        cache.decr(_key_of(standing.rate, caller, standing.window_number))


def _key_of(rate: Rate, caller: str, window_number: int) -> str:
    digest = hashlib.sha256(caller.encode()).hexdigest()[:32]
    return f"throttle:{rate.name}:{rate.quota}:{digest}:{window_number}"


def require(name: str, caller: str) -> None:
    """Count one try of `caller` against the rate `name`. Raises `TooManyRequests` when used up."""
    rate = rate_of(name)
    if rate is None:
        return
    standing = spend(rate, caller)
    if standing.is_over:
        raise TooManyRequests(retry_after=standing.reset)


def network_of(address: str) -> str:
    """The network an address stands for: an IPv6 client has its whole /64 to itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
