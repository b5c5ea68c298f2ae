"""A NUL, which PostgreSQL neither stores nor compares, breaks no page: it finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.models import Order
from orders.tests.factories import make_cart, make_order, make_shop
from payments.tests.test_pages import checkout_fields, open_checkout
from pricing.tests.factories import CouponFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders/{number}/?token=a%00", 404),
        ("/pay/{number}/?token=%00", 404),
        ("/withdraw/?order=a%00", 200),
        ("/account/orders/?q=a%00", 200),
        ("/account/orders/?page=%00", 200),
        ("/cart/?undo=%00", 200),
        ("/cart/delivery/?sku=a%00", 200),
    ],
)
def test_a_query_with_a_nul_finds_nothing(client: Client, bob: User, path: str, status: int):
    order = make_order(at=timezone.now())
    client.force_login(bob)

    response = client.get(path.format(number=order.number))

    assert response.status_code == status


@pytest.mark.parametrize("path", ["/checkout/", "/checkout/quote/"])
@pytest.mark.parametrize("name", ["email", "key", "name", "shipping_method"])
def test_a_form_with_a_nul_orders_nothing(client: Client, path: str, name: str):
    make_shop()
    # Whoever uses it is looked up by e-mail.
    CouponFactory(code="TEN", name="Ten", kind="percent_order", percent=10, per_customer_limit=1)
    cart = make_cart(MUG=1, at=timezone.now())
    cart.coupon_codes = ["TEN"]
    cart.save()
    client.cookies["cart"] = cart.token
    fields: dict[str, Any] = checkout_fields(open_checkout(client)) | {name: "a\x00@b.example"}

    response = client.post(path, fields, follow=True)

    assert response.status_code in {200, 422}
    assert not Order.objects.exists()
