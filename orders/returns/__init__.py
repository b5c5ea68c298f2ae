"""Returns and exchanges."""

from orders.returns.services import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    close_return,
    decline_return,
    receive_return,
    request_return,
)

__all__ = [
    "Arrived",
    "Wanted",
    "approve_return",
    "cancel_return",
    "close_return",
    "decline_return",
    "receive_return",
    "request_return",
]
