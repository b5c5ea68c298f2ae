"""One order of locks for money: an order's payments by key, then the order, then its stock."""

from __future__ import annotations

from payments.models import Payment


def lock_payments(order_id: int) -> dict[object, Payment]:
    """All payments of an order by key, locked. Payments are only made under the order's own lock,
    so who may meet a new one reads them again after taking that.
    """
    return {payment.pk: payment for payment in Payment.objects.locked().filter(order_id=order_id)}
