"""Facts of the acknowledgment of a notice of withdrawal: its content, date and time, and what
follows.
"""

from __future__ import annotations

from typing import Any

from notifications.contexts.orders import order_url
from notifications.contexts.returns import return_url
from orders.models import Order, Withdrawal
from orders.returns.periods import can_return, return_period
from orders.states import ReturnKind, WithdrawalOutcome
from shop.core.clock import show_day, show_exact

_ABOUT_ITEMS = {
    WithdrawalOutcome.RETURN,
    WithdrawalOutcome.UNSENT,
    WithdrawalOutcome.NOTHING_LEFT,
}


def received(notice: Withdrawal, order: Order | None) -> dict[str, Any]:
    """The notice, and its outcome. Tells nothing of an order to a reader who did not name it."""
    outcome = WithdrawalOutcome(notice.outcome) if order else WithdrawalOutcome.NO_MATCH
    items = list(order.items.all()) if order and outcome in _ABOUT_ITEMS else []
    is_nothing_left = outcome == WithdrawalOutcome.NOTHING_LEFT
    opened = notice.opened_return
    return {
        "outcome": outcome.value,
        "number": notice.number,
        "name": notice.name,
        "email": notice.email,
        "received_at": show_exact(notice.received_at),
        "return_url": return_url(opened) if opened else "",
        "order_url": order_url(order) if order else "",
        "excluded_names": [item.product_name for item in items if not item.is_returnable],
        "has_canceled_items": not is_nothing_left and any(row.canceled_quantity for row in items),
        "cancel_url": "",
        "withdraw_url": "",
        **_period(notice, order if outcome == WithdrawalOutcome.TOO_LATE else None),
    }


def _period(notice: Withdrawal, order: Order | None) -> dict[str, Any]:
    """When the period ended of an order that is withdrawn from too late."""
    if order is None:
        return {"last_day": "", "can_return": False}
    last = return_period(order, ReturnKind.WITHDRAWAL, at=notice.received_at).last_day
    return {
        "last_day": show_day(last) if last else "",
        "can_return": can_return(order, at=notice.received_at),
    }
