"""Where a shopper goes after paying: where the client of the API says, or to a
page of the order that opens.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import make_order
from payments.models import Payment, TestCharge
from payments.providers.test import card_with, pay_with_card

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _allowed(settings: Any) -> None:
    settings.SITE_URL = "https://shop.example"
    settings.PAYMENT_RETURN_ORIGINS = ["https://app.example"]


@pytest.fixture
def order() -> Order:
    """Placed over the API by a guest: no browser knows it."""
    return make_order(at=timezone.now(), channel="api")


def pay(order: Order, key: str = "one", **body: str) -> Any:
    return Client().post(
        f"/api/orders/{order.number}/pay",
        body,
        content_type="application/json",
        headers={"X-Order-Token": order.token, "Idempotency-Key": key},
    )


def return_path(payment: Payment) -> str:
    """What the provider was told, as the browser asks for it."""
    return TestCharge.objects.get(pk=payment.pk).return_url.removeprefix("https://shop.example")


def come_back(payment: Payment, *, browser: Client, card: str = "4242") -> Any:
    found = card_with(card)
    assert found is not None
    pay_with_card(payment.pk, found, at=timezone.now())
    return browser.get(return_path(payment), follow=True)


def test_a_guest_of_the_api_lands_on_a_page_of_the_order(order: Order):
    pay(order)
    browser = Client()

    answer = come_back(Payment.objects.get(), browser=browser)

    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == f"/orders/{order.number}/thanks/"
    assert order.number in answer.content.decode()
    assert "token=" not in str(answer.redirect_chain)


def test_a_payment_that_failed_lands_where_it_can_be_tried_again(order: Order):
    pay(order)

    answer = come_back(Payment.objects.get(), browser=Client(), card="0002")

    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == f"/pay/{order.number}/"


@pytest.mark.parametrize("key", ["", "?key=", "?key=abc"])
def test_the_payment_s_id_alone_opens_nothing(order: Order, key: str):
    pay(order)
    payment = Payment.objects.get()

    answer = Client().get(f"/pay/return/{payment.pk}/{key}", follow=True)

    assert answer.status_code == 404


def test_the_key_of_one_payment_opens_no_other(order: Order):
    other = make_order(at=timezone.now())
    pay(order)
    pay(other)
    mine, theirs = Payment.objects.get(order=order), Payment.objects.get(order=other)
    key = return_path(mine).partition("?")[2]

    answer = Client().get(f"/pay/return/{theirs.pk}/?{key}", follow=True)

    assert answer.status_code == 404


def test_the_client_s_own_page_is_where_the_shopper_goes(order: Order):
    pay(order, return_url="https://app.example/done?cart=7")

    answer = come_back(Payment.objects.get(), browser=Client())

    order.refresh_from_db()
    assert answer.status_code == 200
    assert answer["Refresh"] == "0; url=https://app.example/done?cart=7"
    assert 'href="https://app.example/done?cart=7"' in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert order.payment_status == "paid"


def test_a_page_of_this_shop_is_led_to_at_once(order: Order):
    pay(order, return_url=f"/orders/{order.number}/")

    answer = come_back(Payment.objects.get(), browser=Client())

    assert answer.redirect_chain[0] == (f"/orders/{order.number}/", 302)
    assert answer.status_code == 200


def test_a_later_address_takes_the_place_of_the_first(order: Order):
    pay(order, return_url="https://app.example/first")
    pay(order, key="two", return_url="https://app.example/second")
    pay(order, key="three")

    assert Payment.objects.get().return_url == "https://app.example/second"


def test_a_payment_continued_on_our_own_page_returns_to_the_shop(order: Order):
    pay(order, return_url="https://app.example/done")
    browser = Client()
    browser.get(f"/pay/{order.number}/?token={order.token}")

    started = browser.post(f"/pay/{order.number}/")
    answer = come_back(Payment.objects.get(), browser=browser)

    assert started.status_code == 302
    assert answer.redirect_chain[-1][0] == f"/orders/{order.number}/thanks/"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://app.example:444/",
        "http://app.example/",
        "//evil.example/",
        "https://shop.example//evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://app.example/\\@evil.example",
        "https://app.example/a b",
        "https://[",
        "app.example",
    ],
)
def test_an_address_of_anybody_else_is_refused(order: Order, url: str):
    answer = pay(order, return_url=url)

    problem = answer.json()
    assert answer.status_code == 400
    assert list(problem["errors"]) == ["return_url"]
    assert Payment.objects.count() == 0
