"""A shopper with a gift card on the pages: checkout, thanks, order, e-mails."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from cart.models import Cart
from cart.services import apply_gift_card
from catalog.models import Page
from orders.models import Order
from orders.tests.factories import CAROL, make_cart, make_shop, order_input
from payments.models import Payment, TestCharge
from payments.tests.test_pages import checkout_fields, open_checkout
from pricing.gift_cards import adjust_card, switch_card
from pricing.models import GiftCard
from pricing.tests.factories import make_gift_card

pytestmark = pytest.mark.django_db


def fields(page: str, **changes: str) -> dict[str, str]:
    """The form as a browser would send it, with what gift cards leave to pay."""
    due = page.split('name="expected_due" value="')[1].split('"', maxsplit=1)[0]
    return checkout_fields(page, **{"expected_due": due, **changes})


def shopper_with(*cards: GiftCard) -> Client:
    """A guest with a mug of 20.00 EUR, 4.90 EUR for delivery, and gift cards in the cart."""
    make_shop()
    for slug in ("contact", "terms", "returns"):
        Page.objects.get_or_create(slug=slug, defaults={"title": slug.title()})
    cart = make_cart(MUG=1, at=timezone.now())
    for card in cards:
        apply_gift_card(cart, card.code, at=timezone.now())
    client = Client()
    client.cookies["cart"] = cart.token
    return client


def test_a_card_that_covers_all_leaves_no_way_to_pay_to_choose():
    card = make_gift_card(5000)
    client = shopper_with(card)
    page = open_checkout(client)

    assert 'name="payment_method"' not in page
    assert "Place order and pay €24.90 with gift card" in page
    sent = fields(page)
    del sent["payment_method"]
    placed = client.post("/checkout/", sent)

    order = Order.objects.get()
    assert placed.url == f"/orders/{order.number}/thanks/"
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    thanks = client.get(placed.url).content.decode()
    assert f"Gift card ·{card.last4}" in thanks
    assert "-€24.90" in thanks


def test_what_a_card_leaves_is_paid_by_card_and_shown_on_every_page():
    card = make_gift_card(1000)
    client = shopper_with(card)
    page = open_checkout(client)
    assert "Pay €14.90" in page

    placed = client.post("/checkout/", fields(page))
    pay = client.get(placed.url).content.decode()
    started = client.post(placed.url)
    client.post(started.url, {"number": "4242 4242 4242 4242"})
    charge = TestCharge.objects.get()
    client.get(charge.return_url)

    order = Order.objects.get()
    assert f"Gift card ·{card.last4}" in pay
    assert charge.amount_minor == 1490
    assert (order.status, order.payment_status, order.due_minor) == ("confirmed", "paid", 0)
    for path in (f"/orders/{order.number}/thanks/", f"/orders/{order.number}/"):
        shown = client.get(path).content.decode()
        assert f"Gift card ·{card.last4}" in shown
        assert "-€10</bdi>" in shown
        assert "€14.90" in shown
        assert card.code not in shown


def test_a_card_that_holds_less_meanwhile_is_shown_before_anything_is_charged():
    card = make_gift_card(5000)
    client = shopper_with(card)
    page = open_checkout(client)
    adjust_card(card, amount_minor=-4000, reason="x", reference="x", actor=CAROL, at=timezone.now())

    refused = client.post("/checkout/", fields(page, payment_method="card"), follow=True)
    text = refused.content.decode()

    assert refused.status_code == 409
    assert "The gift card amount has changed." in text
    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    placed = client.post("/checkout/", fields(text))
    assert placed.status_code == 307
    assert Order.objects.get().due_minor == 1490


def test_a_card_that_is_switched_off_is_named_with_the_way_to_the_cart():
    card = make_gift_card(5000)
    client = shopper_with(card)
    page = open_checkout(client)
    switch_card(card, is_active=False, reason="stolen", actor=CAROL)

    refused = client.post("/checkout/", fields(page, expected_due="2490"), follow=True)

    text = refused.content.decode()
    assert refused.status_code == 409
    assert f"<b>Gift card ·{card.last4}</b> This gift card can&#x27;t be used." in text
    assert not Order.objects.exists()


def test_the_checkout_asks_once_for_five_cards(django_assert_num_queries):
    client = shopper_with()
    open_checkout(client)
    with django_assert_num_queries(5):
        client.get("/checkout/")
    cart = Cart.objects.get()
    for _number in range(5):
        apply_gift_card(cart, make_gift_card(100).code, at=timezone.now())

    with django_assert_num_queries(6):
        client.get("/checkout/")


# The API
# -------------------------------------------------------------------------------------------


def place(client: Client, **changes: object):
    token = client.cookies["cart"].value
    return client.post(
        "/api/orders",
        order_input(**changes),
        content_type="application/json",
        headers={"Idempotency-Key": "k1", "X-Cart-Token": token},
    )


def test_an_order_by_api_says_what_cards_paid():
    card = make_gift_card(1000)

    response = place(shopper_with(card), expected_total="24.90", expected_due="14.90")

    body = response.json()["data"]
    assert response.status_code == 201
    assert body["gift_cards"] == [{"last4": card.last4, "amount": "10.00"}]
    assert (body["total"], body["due"], body["amount_paid"]) == ("24.90", "14.90", "10.00")
    assert (body["status"], body["payment_status"]) == ("pending", "partially_paid")
    assert body["payment"]["next_url"]


def test_an_order_by_api_that_cards_cover_needs_no_way_to_pay():
    body = order_input()
    del body["payment_method"]
    client = shopper_with(make_gift_card(5000))

    response = client.post(
        "/api/orders",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": "k1", "X-Cart-Token": client.cookies["cart"].value},
    )

    data = response.json()["data"]
    assert (response.status_code, data["status"], data["due"]) == (201, "confirmed", "0.00")
    assert data["payment"] == {"provider": "gift_card", "method": "gift_card", "status": "paid"}


def test_another_rest_than_the_client_saw_is_refused_with_the_new_one():
    client = shopper_with(make_gift_card(1000))

    response = place(client, expected_due="0.00")

    body = response.json()
    assert (response.status_code, body["code"]) == (409, "gift_card_short")
    assert body["quote"]["due"] == "14.90"
    assert not Order.objects.exists()


@pytest.mark.parametrize("due", [14.9, "1e1", "14.901", "-0", None])
def test_an_expected_rest_that_is_no_amount_is_refused(due):
    client = shopper_with(make_gift_card(1000))

    assert place(client, expected_due=due).status_code == 400
    assert not Order.objects.exists()


def test_the_same_order_sent_twice_takes_the_money_once():
    card = make_gift_card(5000)
    client = shopper_with(card)

    answers = [place(client, payment_method="card").json()["data"]["number"] for _try in "12"]

    assert len(set(answers)) == 1
    assert GiftCard.objects.get().balance_minor == 2510
    assert Payment.objects.count() == 1
