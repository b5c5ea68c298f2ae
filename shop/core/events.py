"""Events: facts in the past tense, written to the outbox inside the transaction
that made them true.

    @dataclass(frozen=True)
    class OrderPlaced(Event):
        order_id: int

    publish(OrderPlaced(order_id=order.pk))            # in a service

    @on(OrderPlaced)                                   # in a higher app's handlers.py
    def thank_the_shopper(event: OrderPlaced) -> None: ...

A handler runs in the worker, after commit, in a transaction together with its own "done" mark; it
may be tried again after a failure. `@on(..., outside=True)` is for handlers that call the outside
world: they run without a transaction and must bear running twice. `@on(..., lane=Lane.MONEY)` says
what it may hold up (`shop.core.lanes`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

from django.db import transaction

from shop.core.lanes import Lane
from shop.core.models import OutboxDelivery, OutboxEvent


@dataclass(frozen=True)
class Event:
    """Base of all events. Fields are JSON-safe: ids, codes, texts, whole numbers."""

    registry: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Event.registry[cls.__name__] = cls


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that reacts to one type of event."""

    name: str
    function: Callable[[Any], None]
    outside: bool
    max_attempts: int
    lane: Lane


_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


def on(
    event_type: type[E],
    *,
    outside: bool = False,
    max_attempts: int = 5,
    lane: Lane = Lane.REST,
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register the decorated function as a handler of `event_type`."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        _handlers[event_type.__name__][name] = Handler(name, function, outside, max_attempts, lane)
        return function

    return register


def handlers_of(event_type: str) -> dict[str, Handler]:
    """Handlers by name for a type of event."""
    return _handlers[event_type]


@contextmanager
def without_handlers(prefix: str) -> Iterator[None]:
    """In this process, let what is published meanwhile reach no handler whose name
    begins with `prefix`.
    """
    kept = dict(_handlers)
    for event_type, handlers in kept.items():
        _handlers[event_type] = {
            name: handler for name, handler in handlers.items() if not name.startswith(prefix)
        }
    try:
        yield
    finally:
        _handlers.update(kept)


def publish(event: Event) -> None:
    """Write the event and its handlers' duties to the outbox, in the caller's transaction.

    Raises `RuntimeError` outside a transaction, where an event could outlive the
    change it tells of.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish() belongs inside the transaction that made the event true.")
    event_type = type(event).__name__
    row = OutboxEvent.objects.create(type=event_type, payload=asdict(event))
    OutboxDelivery.objects.bulk_create(
        OutboxDelivery(event=row, handler=name, lane=handler.lane)
        for name, handler in _handlers[event_type].items()
    )
