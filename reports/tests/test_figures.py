"""The dashboard's figures follow what an order owes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from orders.cancellation import cancel_order
from orders.credits import grant_credit
from orders.models import Order
from orders.states import CreditKind
from orders.tests.factories import CAROL, make_order
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from reports.figures import unpaid
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def is_unpaid(order: Order) -> bool:
    """Whether the dashboard counts it; the order's own figure must agree."""
    found = Order.objects.filter(unpaid(), pk=order.pk).exists()
    order.refresh_from_db()
    assert found == (order.due_minor > 0)
    return found


def test_an_order_nobody_paid_is_unpaid():
    assert is_unpaid(make_order(payment_method="cash", at=timezone.now()))


def test_an_unpaid_order_that_was_credited_whole_owes_nothing():
    order = make_order(payment_method="cash", at=timezone.now())

    grant_credit(order, kind=CreditKind.RETURN, actor=CAROL, at=timezone.now())

    assert not is_unpaid(order)


def test_a_refund_makes_no_order_unpaid():
    order = make_paid_order()

    refund_order(order, amount_minor=500, actor=CAROL, at=timezone.now())
    deliver_due()

    assert not is_unpaid(order)


def test_a_canceled_order_is_not_unpaid():
    order = make_order(at=timezone.now())

    cancel_order(order, actor=CAROL, at=timezone.now())

    assert not is_unpaid(order)
