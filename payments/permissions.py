"""What staff may do with payments.

Whoever may refund an order decides about its money, whichever way it moves.
"""

from __future__ import annotations

from shop.core.permissions import acts_on, staff_act

_MOVES_MONEY = ("orders.refund_order",)
PAYMENTS = acts_on("payments.payment", seen_by=_MOVES_MONEY)
REFUNDS = acts_on("payments.refund", seen_by=_MOVES_MONEY)
CAPTURE = staff_act("payments.capture", "orders.refund_order")
VOID = staff_act("payments.void", "orders.refund_order")
RETRY_REFUND = staff_act("payments.retry_refund", "orders.refund_order")
SETTLE_EVENT = staff_act("payments.settle_event", "payments.change_providerevent")
