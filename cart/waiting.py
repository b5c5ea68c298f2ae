"""Orders that wait for their payment, beside the cart they came from: orders, a
layer above, says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """A visitor's order that is not paid yet; `kept` says in words how long it is held."""

    number: str
    amount_minor: int
    currency: str
    kept: str
    pay_url: str
    change_url: str
    restore_url: str


Teller = Callable[[HttpRequest, datetime], Sequence[WaitingOrder]]
_tellers: list[Teller] = []


def tell_waiting(teller: Teller) -> None:
    """Register a function that returns the waiting orders of a request's visitor.

    Called once, at start.
    """
    if teller not in _tellers:
        _tellers.append(teller)


def waiting_orders(request: HttpRequest, *, at: datetime) -> list[WaitingOrder]:
    """Return the visitor's orders that wait for a payment, newest first: at most 1 query."""
    return [order for teller in _tellers for order in teller(request, at)]
