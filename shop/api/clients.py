"""Which address a request comes from, believing only our own proxies."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings

from shop.core.rates import network_of


def client_address(request: Any) -> str:
    """The client's address: the entry that the outermost of our proxies added, else the socket's.

    Entries further left in X-Forwarded-For come from the client and prove nothing.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    hops = settings.TRUSTED_PROXY_COUNT
    if not hops:
        return remote
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(chain) < hops:
        return remote
    try:
        return str(ipaddress.ip_address(chain[-hops]))
    except ValueError:
        return remote


def client_network(request: Any) -> str:
    """The address that limits count by; see `network_of`."""
    return network_of(client_address(request))


def caller_of(request: Any) -> str:
    """Who limits count a request for: the user who is signed in, else the network it comes from."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{client_network(request)}"
