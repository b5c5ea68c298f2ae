"""An order explains its figures as the cart did that it came from."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from cart.display import view_cart
from cart.services import apply_coupon
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.explanation import explain_order
from orders.models import Order
from orders.tests.factories import CAROL, NOON, make_cart, make_order, make_shop, order_input
from pricing.explanation import explain_quote, sum_of
from pricing.models import TaxRate
from pricing.states import BenefitKind, Combination, TaxMode
from pricing.tests.factories import CouponFactory, PromotionFactory

pytestmark = pytest.mark.django_db


def promotions():
    """A code off the order, 3 for 2 by itself, and half the delivery by itself."""
    PromotionFactory(
        name="Three for two",
        kind=BenefitKind.N_FOR_M,
        percent=None,
        take_quantity=3,
        pay_quantity=2,
        is_automatic=True,
    )
    PromotionFactory(name="Half the way", kind=BenefitKind.PERCENT_SHIPPING, is_automatic=True)
    CouponFactory(code="TEN", combination=Combination.STACKS)


def cart_with_all():
    make_shop()
    promotions()
    cart = make_cart(MUG=3, BOWL=1)
    return apply_coupon(cart, "TEN", country="DE", at=NOON)


@pytest.mark.parametrize("mode", TaxMode.values)
def test_an_order_says_what_its_cart_said(mode):
    cart = cart_with_all()
    TaxRate.objects.update(mode=mode, percent=Decimal("8.875"))
    said = explain_quote(view_cart(cart, country="DE", shipping_method="standard", at=NOON).quote)
    order = make_order(cart=cart)

    rows = explain_order(Order.objects.get(pk=order.pk))

    assert rows == said
    assert sum_of(rows) == order.total_minor
    assert {row.kind for row in rows} == {"line", "discount", "shipping", "tax", "total"}
    # Of equal things the lower SKU counts as the cheapest: the bowl is free, the
    # code lowers the mugs.
    assert [(row.label, row.line) for row in rows if row.kind == "discount"] == [
        ("TEN", "MUG"),
        ("Three for two", "BOWL"),
    ]


def test_by_api_cart_and_order_tell_the_same_rows_where_they_are_asked(
    django_assert_num_queries,
):
    cart = cart_with_all()
    client = APIClient()
    client.credentials(HTTP_X_CART_TOKEN=cart.token)
    place = "?country=DE&shipping_method=standard"
    plain = client.get(f"/api/cart{place}").json()["data"]
    told = client.get(f"/api/cart{place}&explain=1").json()["data"]
    quoted = client.get(f"/api/cart/quote{place}&explain=true").json()["data"]

    placed = client.post(
        "/api/orders?explain=1",
        order_input(),
        format="json",
        headers={"Idempotency-Key": "explain"},
    ).json()["data"]
    client.credentials(HTTP_X_ORDER_TOKEN=placed["token"])
    url = f"/api/orders/{placed['number']}"
    with django_assert_num_queries(5):
        without = client.get(url).json()["data"]
    with django_assert_num_queries(6):
        order = client.get(f"{url}?explain=1").json()["data"]

    assert order["coupons"] == [{"code": "TEN", "discount": "6.00"}]
    assert "explanation" not in plain
    assert "explanation" not in without
    assert told["explanation"] == quoted["explanation"]
    assert order["explanation"] == placed["explanation"] == told["explanation"]
    assert order["explanation"][-1]["amount"] == order["total"]
    assert [row for row in told["explanation"] if row["label"] == "TEN"] == [
        {
            "kind": "discount",
            "label": "TEN",
            "amount": "-6.00",
            "base": "60.00",
            "percent": "10",
            "reason": "10 % off",
            "line": "MUG",
            "is_included": False,
        }
    ]


@pytest.mark.parametrize("query", ["?explain=yes", "?explain=", "?explian=1"])
def test_another_answer_than_yes_or_no_is_refused(query):
    order = make_order()
    client = APIClient()
    client.credentials(HTTP_X_ORDER_TOKEN=order.token)

    response = client.get(f"/api/orders/{order.number}{query}")

    assert response.status_code == 400


def test_a_code_that_frees_delivery_is_told_with_what_it_took_off():
    CouponFactory(code="TEN")
    CouponFactory(code="FREE", kind=BenefitKind.FREE_SHIPPING, percent=None)
    make_shop()
    cart = make_cart(MUG=1)
    for code in ("TEN", "FREE"):
        cart = apply_coupon(cart, code, country="DE", at=NOON)

    order = make_order(cart=cart)

    assert order.coupons == [("TEN", 200), ("FREE", 490)]


def test_what_a_change_of_an_order_adds_is_noted_as_what_it_was_sold_with():
    promotion = PromotionFactory(is_automatic=True, minimum_minor=3000)
    order = make_order()
    promotion.refresh_from_db()
    assert promotion.was_used is False

    order = edit_order(order, OrderChange(quantities={"MUG": 2}), actor=CAROL, at=NOON)

    promotion.refresh_from_db()
    assert (order.discount_minor, promotion.was_used) == (400, True)


def test_a_changed_order_explains_its_new_figures():
    order = make_order(cart=cart_with_all())

    order = edit_order(order, OrderChange(quantities={"MUG": 1, "BOWL": 1}), actor=CAROL, at=NOON)

    rows = explain_order(Order.objects.get(pk=order.pk))
    assert sum_of(rows) == rows[-1].amount_minor == order.total_minor
    assert [row.label for row in rows if row.kind == "discount"] == ["TEN", "TEN"]
    assert [row.label for row in rows if row.kind == "line"] == ["1 × Mug", "1 × Bowl"]
