"""Fixed windows per caller, told in `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

from typing import Any

from rest_framework.throttling import BaseThrottle

from shop.api.clients import caller_of, client_network
from shop.core.rates import Standing, give_back, rate_of, spend


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
        # The HTTP request outlives DRF's wrapper: the middleware sends the tightest standing.
        told = getattr(request._request, "rate_standing", None)
        if told is None or self.standing.remaining < told.remaining:
            request._request.rate_standing = self.standing
        return not self.standing.is_over

    def wait(self) -> float | None:
        """Seconds until the window begins again."""
        return float(self.standing.reset) if self.standing else None


class LoginThrottle(CallerThrottle):
    """For sign-in and its like: by address, and much slower."""

    def rate_name(self, request: Any) -> str:
        return "login"

    def caller(self, request: Any) -> str:
        return f"address:{client_network(request)}"


class CallbackThrottle(CallerThrottle):
    """For signed messages of other companies: few attempts per network with a bad signature.

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
