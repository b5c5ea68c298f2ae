"""Fixed windows per caller, told in `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from shop.api.clients import caller_of, client_network
from shop.core.errors import TooManyRequests
from shop.core.rates import Rate, parse_rate


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands within a rate: what remains, and seconds until the
    next window begins.
    """

    rate: Rate
    remaining: int
    reset: int
    window_number: int

    @property
    def is_over(self) -> bool:
        """Whether this request was one too many."""
        return self.remaining < 0


def rate_of(name: str) -> Rate | None:
    """The rate `name` of the settings (`anon`, `user`, `login`, `order`,
    `callback`); None if it is off.
    """
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


class CallerThrottle(BaseThrottle):
    """The default: signed-in callers by user, all others by address."""

    standing: Standing | None = None

    def rate_name(self, request: Any) -> str:
        """Which rate of the settings applies."""
        return "user" if request.user.is_authenticated else "anon"

    def caller(self, request: Any) -> str:
        """Who is counted."""
        return caller_of(request)

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count the request; the headers are added by `RequestLogMiddleware`."""
        rate = rate_of(self.rate_name(request))
        if rate is None:
            return True
        self.standing = spend(rate, self.caller(request))
        # The HTTP request outlives DRF's wrapper and reaches the middleware, which
        # tells the tightest.
        told = getattr(request._request, "rate_standing", None)
        if told is None or self.standing.remaining < told.remaining:
            request._request.rate_standing = self.standing
        return not self.standing.is_over

    def wait(self) -> float | None:
        """Seconds until the window begins anew."""
        return float(self.standing.reset) if self.standing else None


class LoginThrottle(CallerThrottle):
    """For sign-in and its like: by address, and much slower."""

    def rate_name(self, request: Any) -> str:
        return "login"

    def caller(self, request: Any) -> str:
        return f"address:{client_network(request)}"


class CallbackThrottle(CallerThrottle):
    """For signed messages of other companies: each network has few attempts whose
    signature does not hold.

    Every message counts until its view calls `forgive`, so that many at the same time cannot pass
    the limit, and a company that sends many good ones after an outage is not held up.
    """

    def rate_name(self, request: Any) -> str:
        return "callback"

    def caller(self, request: Any) -> str:
        return f"address:{client_network(request)}"

    def allow_request(self, request: Any, view: Any) -> bool:
        allowed = super().allow_request(request, view)
        view.callback_throttle = self
        return allowed

    def forgive(self, request: Any) -> None:
        """Do not count this message: its signature holds."""
        if self.standing is not None:
            give_back(self.standing, self.caller(request))


def add_headers(response: Any, standing: Standing) -> None:
    """Tell the caller where it stands."""
    rate = standing.rate
    response["RateLimit-Policy"] = f'"{rate.name}";q={rate.quota};w={rate.window}'
    response["RateLimit"] = f'"{rate.name}";r={max(standing.remaining, 0)};t={standing.reset}'
