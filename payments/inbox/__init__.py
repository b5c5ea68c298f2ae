"""Callbacks of payment providers."""

from payments.inbox.services import receive_event, resolve_event, retry_event, work_on_waiting

__all__ = [
    "receive_event",
    "resolve_event",
    "retry_event",
    "work_on_waiting",
]
