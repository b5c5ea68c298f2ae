"""Facts about money that others react to."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True)
class RefundRequested(Event):
    """A refund is written and has to be sent to its provider."""

    refund_id: str


@dataclass(frozen=True)
class RefundSucceeded(Event):
    """The provider has paid a refund out."""

    refund_id: str
    order_id: int


@dataclass(frozen=True)
class RefundFailed(Event):
    """The provider refused a refund; staff must look at it."""

    refund_id: str
    order_id: int


@dataclass(frozen=True)
class EventQuarantined(Event):
    """A provider's answer does not fit our books and waits for a person."""

    provider_event_id: int
