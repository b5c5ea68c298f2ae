"""Who may do what with orders: the acts of staff and their permissions, and what
an order's state allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.states import (
    EXPECTED_RETURNS,
    LIVE_RETURNS,
    Act,
    FulfillmentStatus,
    OrderStatus,
)
from shop.core.permissions import StaffAct, acts_on, may, staff_act

if TYPE_CHECKING:
    from orders.models import Order

_ON_RETURNS = ("orders.answer_return", "orders.receive_return")
# Whoever does something with orders sees them, and whoever ships writes the packers' note.
ORDERS = acts_on(
    "orders.order",
    seen_by=(
        "orders.cancel_order",
        "orders.edit_order",
        "orders.mark_paid_order",
        "orders.refund_order",
        "orders.note_order",
        "orders.issue_invoice",
        *_ON_RETURNS,
    ),
    changed_by=("orders.ship_order",),
)
RETURNS = acts_on("orders.return", seen_by=_ON_RETURNS)
INVOICES = acts_on("orders.invoice", seen_by=("orders.issue_invoice",))

STAFF_ACTS: dict[Act, StaffAct] = {
    Act.FULFILL: staff_act("orders.fulfill", "orders.ship_order"),
    Act.CANCEL: staff_act("orders.cancel", "orders.cancel_order"),
    Act.EDIT: staff_act("orders.edit", "orders.edit_order"),
    Act.MARK_PAID: staff_act("orders.mark_paid", "orders.mark_paid_order"),
    Act.REFUND: staff_act("orders.refund", "orders.refund_order"),
    Act.INVOICE: staff_act("orders.invoice", "orders.issue_invoice"),
    Act.REQUEST_RETURN: staff_act("orders.request_return", "orders.answer_return"),
    Act.ANSWER_RETURN: staff_act("orders.answer_return", "orders.answer_return"),
    Act.RECEIVE_RETURN: staff_act("orders.receive_return", "orders.receive_return"),
    Act.NOTE: staff_act("orders.note", "orders.note_order"),
}
# Canceling pays back what was paid, and a change that makes the order cheaper what
# is paid too much.
CANCEL_PAID = staff_act("orders.cancel_paid", "orders.cancel_order", "orders.refund_order")
EDIT_PAYING_BACK = staff_act("orders.edit_paying_back", "orders.edit_order", "orders.refund_order")
# What customers, and whoever holds an order's token, do with their own.
OWNER_ACTS = frozenset({Act.PAY, Act.CANCEL, Act.REQUEST_RETURN})

_CLOSED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELED})
_SOLD = frozenset({OrderStatus.CONFIRMED, OrderStatus.COMPLETED})
_SENT = frozenset({FulfillmentStatus.PARTIAL, FulfillmentStatus.FULFILLED})


def possible_acts(order: Order) -> frozenset[Act]:
    """What the state of an order allows, whoever asks."""
    acts = {Act.NOTE}
    if order.status == OrderStatus.PENDING and order.to_pay_minor:
        acts.add(Act.PAY)
    # What a change or an exchange added. Cash and transfers are counted by people, as ever.
    if order.status == OrderStatus.CONFIRMED and order.to_pay_minor and order.pays_online:
        acts.add(Act.PAY)
    if order.status not in _CLOSED and order.fulfillment_status == FulfillmentStatus.UNFULFILLED:
        acts.add(Act.CANCEL)
        if not order.has_payment_under_way and order.invoiced_at is None:
            acts.add(Act.EDIT)
    if order.status != OrderStatus.CANCELED and order.due_minor:
        acts.add(Act.MARK_PAID)
    if (
        order.status == OrderStatus.CONFIRMED
        and order.fulfillment_status != FulfillmentStatus.FULFILLED
    ):
        acts.add(Act.FULFILL)
    if order.refundable_minor > 0:
        acts.add(Act.REFUND)
    if order.status in _SOLD and (
        order.invoiced_at is None or order.invoiced_minor != order.total_minor
    ):
        acts.add(Act.INVOICE)
    if order.status != OrderStatus.CANCELED and order.fulfillment_status in _SENT:
        acts |= _return_acts(order)
    return frozenset(acts)


def _return_acts(order: Order) -> frozenset[Act]:
    """What the returns of an order that was shipped, in whole or in part, allow."""
    statuses = {each.status for each in order.returns.all()}
    acts = {Act.REQUEST_RETURN}
    if statuses & LIVE_RETURNS:
        acts.add(Act.ANSWER_RETURN)
    if statuses & EXPECTED_RETURNS:
        acts.add(Act.RECEIVE_RETURN)
    return frozenset(acts)


def act_on(order: Order, act: Act) -> StaffAct:
    """The staff act that `act` is with this order: canceling releases money that
    is paid or authorized.

    Services ask it of an order that they have locked; pages may ask it to show what is allowed.
    """
    if act == Act.CANCEL and (order.refundable_minor or order.amount_authorized_minor):
        return CANCEL_PAID
    return STAFF_ACTS[act]


def edit_act(order: Order, *, total_minor: int) -> StaffAct:
    """The staff act that a change to this total is: what was paid beyond it goes back.

    Ask as `act_on` says.
    """
    owed = max(total_minor - order.credited_minor, 0)
    return EDIT_PAYING_BACK if order.refundable_minor > owed else STAFF_ACTS[Act.EDIT]


def allowed_acts(order: Order, *, user: Any = None, is_owner: bool = False) -> frozenset[Act]:
    """What `user` may do with the order now; `is_owner` for its customer or the
    holder of its token.
    """
    return frozenset(
        act
        for act in possible_acts(order)
        if (is_owner and act in OWNER_ACTS) or (act in STAFF_ACTS and may(user, act_on(order, act)))
    )
