"""One order of locks: who places an order and who cancels one never wait for
each other in a ring.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from cart.models import Cart
from orders.cancellation import cancel_order
from orders.checkout import place_order
from orders.tests.factories import (
    checkout_data,
    make_cart,
    make_shop,
    variant,
)
from pricing.models import Coupon
from pricing.tests.factories import CouponFactory
from shop.core.actors import GUEST
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.races.storm import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_orders_with_a_coupon_are_placed_and_canceled_at_once_without_a_deadlock():
    make_shop()
    variant("CUP", on_hand=500)
    variant("MUG", on_hand=500)
    CouponFactory(code="TEN", name="Ten", kind="percent_order", percent=10)
    carts = [make_cart(MUG=1, CUP=1, at=timezone.now()) for _each in range(80)]
    Cart.objects.update(coupon_codes=["TEN"])

    def place_and_cancel(number: int) -> None:
        order = place_order(
            Cart.objects.get(pk=carts[number].pk),
            checkout_data(email=f"guest{number}@example.com"),
            actor=GUEST,
            at=timezone.now(),
        )
        cancel_order(order, actor=GUEST, at=timezone.now())

    at_once(80, place_and_cancel)

    deliver_due()
    assert Coupon.objects.get().used_count == 0
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []
