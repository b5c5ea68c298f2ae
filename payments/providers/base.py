"""What a payment provider must be able to do. One file a provider, one that works offline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.functional import Promise

from payments.models import Payment
from payments.states import PaymentState, RefundState
from pricing.states import Settlement


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where the shopper goes to pay. An empty `url` means that there is nothing to do online."""

    url: str
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider says about one payment. Amounts are minor units of `currency`.

    `entry_id` is the provider's id of what happened (a charge, a refusal); the ledger
    takes each once. `faults` names what the provider's side of the answer is wrong about,
    such as its mode or account.
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
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundNews:
    """What a provider says about one refund, ours or one made on the provider's own pages.

    `key` is the id of our refund, empty if we did not ask for it; `capture_id` is the provider's id
    of what is paid back, as the ledger has it.
    """

    state: RefundState
    amount_minor: int
    currency: str
    external_id: str
    key: str = ""
    capture_id: str = ""
    failure_message: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a person has to deal with at the provider. `text` says what happened."""

    text: str


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """What a provider says about a dispute, up to now. `is_returned`: what was
    withdrawn has come back.

    `key` tells one dispute from another, `capture_id` is the provider's id of what is disputed, as
    the ledger has it. `text` is for people; with `is_alarm` somebody has to act.
    """

    key: str
    capture_id: str
    amount_minor: int
    currency: str
    text: str
    is_withdrawn: bool = False
    is_returned: bool = False
    is_lost: bool = False
    is_alarm: bool = False
    fee_minor: int = 0
    faults: tuple[str, ...] = ()


News = Outcome | RefundNews | DisputeNews | Alarm


def news_to_data(news: News | None) -> dict[str, Any]:
    """What a provider told, as JSON-safe data; empty for nothing."""
    return {} if news is None else {"kind": type(news).__name__, **asdict(news)}


def news_from_data(data: Mapping[str, Any]) -> News | None:
    """The reverse of `news_to_data`."""
    fields = {name: value for name, value in data.items() if name != "kind"}
    if "faults" in fields:
        fields["faults"] = tuple(fields["faults"])
    match data.get("kind"):
        case "Outcome":
            return Outcome(**{**fields, "state": PaymentState(fields["state"])})
        case "RefundNews":
            return RefundNews(**{**fields, "state": RefundState(fields["state"])})
        case "DisputeNews":
            return DisputeNews(**fields)
        case "Alarm":
            return Alarm(**fields)
    return None


@dataclass(frozen=True, slots=True)
class Callback:
    """A verified message of a provider: its event id, and what it tells of, if
    that is any of our business.
    """

    event_id: str
    type: str
    outcome: News | None
    payload: dict[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """A company that moves money. Calls may raise `ProviderUnavailable` (outcome not known) or
    `ProviderRefused` (a definite no); they are made outside transactions and may be repeated.
    """

    code: str
    # How a payment method with it may settle.
    settlements: frozenset[Settlement]

    @property
    def name(self) -> str | Promise:
        """What staff read where they choose it."""
        ...

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        """Return whether it can take this amount for an order that goes to `country`.

        Asked with each quote: no query, no call.
        """
        ...

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
        """Close a payment that was not captured.

        If it was captured after all, the outcome says so.
        """
        ...

    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> RefundNews:
        """Pay back. `key` makes a second call harmless."""
        ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Verify and read a callback. Raises `SignatureInvalid` or `CallbackInvalid`."""
        ...

    def statement(
        self, payments: Sequence[Payment], *, since: datetime
    ) -> Iterable[Outcome | RefundNews | DisputeNews]:
        """The provider's books from `since` on, to compare with ours; at least
        what it has on `payments`.
        """
        ...
