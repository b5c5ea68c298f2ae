"""The rows of totals are the same wherever a cart or an order shows what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from cart.services import add_to_cart, apply_coupon, cart_lines, open_cart
from notifications.models import OutgoingMail
from orders.models import Order
from orders.summary import order_rows
from orders.tests.factories import NOON, gift_card_variant, make_cart, make_order, make_shop
from pricing.quotes import quote_for
from pricing.summary import quote_rows
from pricing.tests.factories import CouponFactory
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def told(html: str) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def gift_card_cart() -> Any:
    make_shop()
    cart = open_cart(customer=None, at=NOON)
    add_to_cart(cart, gift_card_variant(), quantity=1, at=NOON)
    return cart


def test_an_order_of_gift_cards_says_by_e_mail_everywhere(client, carol, settings):
    settings.BACKOFFICE_REQUIRE_MFA = False
    cart = gift_card_cart()
    client.cookies["cart"] = cart.token
    shown = [client.get(reverse("cart:detail")), client.get(reverse("orders:checkout"))]
    order = make_order(cart=cart, shipping_method="", payment_method="transfer")
    shown.append(client.get(f"/orders/{order.number}/?token={order.token}", follow=True))
    client.force_login(carol)
    shown.append(client.get(reverse("admin:orders_order_change", args=[order.pk])))
    deliver_due()
    message = OutgoingMail.objects.get(to="alice@example.com")

    pages = [told(page.content.decode()) for page in shown]

    assert [row.note for row in order_rows(order) if row.code == "delivery"] == ["By e-mail"]
    for page in pages:
        assert "Delivery By e-mail" in page
        assert "Delivery Free" not in page
    assert "Delivery: By e-mail" in message.text
    assert "Free" not in message.text


@pytest.mark.parametrize("code", ["TEN", ""])
def test_an_order_has_the_rows_that_its_checkout_had(code):
    make_shop()
    CouponFactory(code="TEN")
    cart = make_cart(MUG=2, BOWL=1)
    if code:
        cart = apply_coupon(cart, code, country="DE", at=NOON)
    quote = quote_for(
        cart_lines(cart, at=NOON), currency="EUR", country="DE", codes=cart.coupon_codes, at=NOON
    )

    order = make_order(cart=cart)

    expected = [
        (row.code, row.label, row.amount_minor)
        for row in quote_rows(quote, units=3, shipping_note="")
    ]
    found = [
        (row.code, row.label, row.amount_minor)
        for row in order_rows(Order.objects.for_page().get(pk=order.pk))
    ]
    assert found == expected
    assert [code for code, _label, _amount in found] == (
        ["goods", "discount", "delivery"] if code else ["goods", "delivery"]
    )
