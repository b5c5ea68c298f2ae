"""What a payment provider must be able to do. One file a provider, one that works offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from payments.models import Payment
from payments.states import PaymentState


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where the shopper goes to pay. An empty `url` means that there is nothing to do online."""

    url: str
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider says about one payment. Amounts are minor units of `currency`.

    `entry_id` is the provider's id of what happened (a charge, a refusal); the ledger takes each once.
    """

    state: PaymentState
    amount_minor: int
    currency: str
    reference: str
    external_id: str = ""
    entry_id: str = ""
    instrument: str = ""
    failure_code: str = ""
    failure_message: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """A verified message of a provider: its event id, and the outcome it tells of, if it is about one."""

    event_id: str
    type: str
    outcome: Outcome | None
    payload: dict[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """A company that moves money. Calls may raise `ProviderUnavailable` (outcome not known) or
    `ProviderRefused` (a definite no); they are made outside transactions and may be repeated.
    """

    code: str

    def start(self, payment: Payment, *, return_url: str) -> NextStep:
        """Open the payment at the provider, or find it again, and tell where the shopper pays."""
        ...

    def fetch(self, payment: Payment) -> Outcome | None:
        """What the provider's books say now; None if it has no books to ask."""
        ...

    def capture(self, payment: Payment, *, amount_minor: int, key: str) -> Outcome:
        """Take an authorized amount. `key` makes a second call harmless."""
        ...

    def void(self, payment: Payment) -> Outcome | None:
        """Close a payment that was not captured. If it was captured after all, the outcome says so."""
        ...

    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> str:
        """Pay back. `key` makes a second call harmless. Returns the provider's id of the refund."""
        ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Verify and read a callback. Raises `SignatureInvalid` or `CallbackInvalid`."""
        ...
