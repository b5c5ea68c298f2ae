"""Payment providers as pricing knows them: payments, a layer above, says which are switched on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from django.utils.functional import Promise

from pricing.states import Settlement


class Taker(Protocol):
    """What pricing asks of a provider: its name for staff, how it settles, and what it can take."""

    settlements: frozenset[Settlement]

    @property
    def name(self) -> str | Promise:
        """What staff read where they choose it."""
        ...

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        """Return whether it can take this amount for an order that goes to `country`."""
        ...


Teller = Callable[[], Mapping[str, Taker]]
_tellers: list[Teller] = []


def tell_providers(teller: Teller) -> None:
    """Register a function that returns, by code, the providers that can take money now."""
    if teller not in _tellers:
        _tellers.append(teller)


def providers_on() -> dict[str, Taker]:
    """Return, by code, all providers that a payment method may name now."""
    return {code: taker for teller in _tellers for code, taker in teller().items()}


def can_take(provider: str, amount_minor: int, *, currency: str, country: str) -> bool:
    """Return whether a provider is switched on and takes this amount."""
    taker = providers_on().get(provider)
    return taker is not None and taker.accepts(amount_minor, currency, country)
