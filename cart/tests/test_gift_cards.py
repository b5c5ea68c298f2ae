"""Gift cards in a cart, by API: what they pay, and what guessing gives away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from cart.models import Cart
from cart.services import apply_gift_card, change_currency
from cart.tests.factories import CartItemFactory
from catalog.tests.factories import ExchangeRateFactory
from pricing.gift_cards import switch_card
from pricing.models import GiftCard
from pricing.tests.factories import (
    CAROL,
    CouponFactory,
    ShippingMethodFactory,
    TaxRateFactory,
    make_gift_card,
)

pytestmark = pytest.mark.django_db
URL = "/api/cart/gift-cards"


@pytest.fixture
def cart() -> Cart:
    """A guest's cart with a cup of 20.00 EUR and 4.90 EUR for delivery."""
    TaxRateFactory()
    ShippingMethodFactory()
    item = CartItemFactory(variant__sku="CUP", variant__price_minor=2000, variant__on_hand=9)
    return item.cart


@pytest.fixture
def guest(guest_api, cart) -> APIClient:
    """Whoever holds the cart's token."""
    return guest_api(cart.token)


def apply(api, code: str):
    return api.post(URL, {"code": code}, format="json")


def ids(cart: Cart) -> list[int]:
    return Cart.objects.get(pk=cart.pk).gift_card_ids


def test_a_card_pays_without_changing_the_total(guest, cart):
    card = make_gift_card(1000)

    response = apply(guest, f" {card.code.lower().replace('-', ' ')} ")

    assert response.status_code == 200
    body = response.json()["data"]
    assert body["gift_cards"] == [
        {
            "last4": card.last4,
            "currency": "EUR",
            "balance": "10.00",
            "used": "10.00",
            "problem": "",
        }
    ]
    assert (body["quote"]["total"], body["quote"]["due"]) == ("24.90", "14.90")
    assert card.code.replace("-", "") not in response.content.decode()
    quote = guest.get("/api/cart/quote").json()["data"]
    assert (quote["due"], quote["gift_cards"]) == ("14.90", body["gift_cards"])


def test_the_same_card_pays_once(guest, cart):
    card = make_gift_card(1000)

    apply(guest, card.code)
    response = apply(guest, card.code)

    assert response.json()["data"]["quote"]["due"] == "14.90"
    assert ids(cart) == [card.pk]


def test_one_card_is_taken_out_or_all(guest, cart):
    cards = [make_gift_card(100) for _number in range(3)]
    for card in cards:
        apply(guest, card.code)

    guest.delete(f"{URL}?last4={cards[1].last4}")

    assert ids(cart) == [cards[0].pk, cards[2].pk]
    body = guest.delete(URL).json()["data"]
    assert (body["gift_cards"], body["quote"]["due"]) == ([], "24.90")


def test_unknown_and_switched_off_cards_get_the_same_answer(guest, cart):
    card = switch_card(make_gift_card(), is_active=False, reason="lost", actor=CAROL)

    answers = [apply(guest, code).json() for code in (card.code, "0" * 20, "WELCOME")]

    assert [answer["code"] for answer in answers] == ["gift_card_not_usable"] * 3
    assert len({answer["error"] for answer in answers}) == 1
    assert ids(cart) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"currency": "USD"}, "This gift card is in USD, but your cart is in EUR."),
        ({"expires_at": timezone.now()}, "This gift card has expired."),
    ],
)
def test_a_card_that_cannot_pay_says_why(guest, cart, options, message):
    card = make_gift_card(at=timezone.now() - timedelta(days=2), **options)

    response = apply(guest, card.code)

    assert (response.status_code, response.json()["error"]) == (409, message)
    assert ids(cart) == []


def test_an_empty_card_says_so(guest, cart):
    card = make_gift_card()
    GiftCard.objects.update(balance_minor=0)

    assert apply(guest, card.code).json()["error"] == "This gift card has no balance left."


def test_five_cards_are_the_most(guest, cart):
    for _number in range(5):
        apply(guest, make_gift_card(100).code)

    response = apply(guest, make_gift_card(100).code)

    assert response.status_code == 409
    assert len(ids(cart)) == 5


def test_guessing_ends_after_twenty_wrong_codes(guest, cart):
    card = make_gift_card()

    statuses = [apply(guest, f"{number:020}").status_code for number in range(21)]

    assert statuses == [409] * 20 + [429]
    assert apply(guest, card.code).status_code == 429
    assert ids(cart) == []


@pytest.mark.parametrize("code", ["", None, 1, ["x"], "x" * 41, "\0"])
def test_what_is_no_code_is_refused(guest, cart, code):
    assert apply(guest, code).status_code == 400
    assert ids(cart) == []


def test_a_cart_in_another_currency_tells_that_its_card_waits(guest, cart):
    ExchangeRateFactory(currency="USD")
    card = make_gift_card(1000)
    apply(guest, card.code)

    change_currency(cart, "USD", at=timezone.now())

    body = guest.get("/api/cart").json()["data"]
    assert body["gift_cards"][0]["used"] == "0.00"
    assert body["quote"]["due"] == body["quote"]["total"]
    assert {
        "kind": "gift_card",
        "text": f"Gift card ·{card.last4}: This gift card is in EUR, but your cart is in USD.",
        "item_id": None,
    } in body["notices"]


def test_a_cart_with_five_cards_asks_once_for_them(guest, cart, django_assert_num_queries):
    guest.get("/api/cart")  # what a process asks once
    with django_assert_num_queries(3):
        guest.get("/api/cart")
    for _number in range(5):
        apply(guest, make_gift_card(100).code)

    with django_assert_num_queries(4):
        guest.get("/api/cart")


# Pages
# ---------------------------------------------------------------------------------------------

OURS = {"sec-fetch-site": "same-origin"}
BALANCE = "/cart/gift-cards/balance/"


@pytest.fixture
def visitor(cart) -> Client:
    """Whoever holds the cart's cookie."""
    client = Client()
    client.cookies["cart"] = cart.token
    return client


def use(visitor: Client, code: str, **headers: str):
    return visitor.post("/cart/coupon/", {"code": code}, headers={**OURS, **headers})


def test_the_code_field_takes_a_gift_card(visitor, cart):
    card = make_gift_card(1000)

    response = use(visitor, card.code.lower())

    assert (response.status_code, response.url) == (302, "/cart/")
    page = visitor.get("/cart/").content.decode()
    assert f"Gift card ·{card.last4}" in page
    assert "-€10</bdi>" in page
    assert "Remaining balance" in page
    assert "€14.90" in page
    assert card.code not in page


def test_the_code_field_still_takes_a_coupon_of_twenty_letters(visitor, cart):
    CouponFactory(code="BLACKFRIDAYTEN2026XX")

    use(visitor, "blackfridayten2026xx")

    assert Cart.objects.get(pk=cart.pk).coupon_codes == ["BLACKFRIDAYTEN2026XX"]


def test_a_wrong_code_is_said_beside_the_field_and_counted(visitor, cart):
    answers = [
        use(visitor, f"{number:020}", **{"hx-request": "true", "hx-target": "cart"})
        for number in range(21)
    ]

    assert [answer.status_code for answer in answers] == [422] * 21
    assert 'id="code-problem"' in answers[0].content.decode()
    assert "Gift card not found. Check the code and try again." in answers[0].content.decode()
    assert "Too many" in answers[20].content.decode()
    assert ids(cart) == []


def test_a_card_is_taken_out_on_the_page(visitor, cart):
    card = make_gift_card(1000)
    use(visitor, card.code)

    visitor.post("/cart/gift-cards/remove/", {"last4": card.last4}, headers=OURS)

    assert ids(cart) == []


def test_another_site_can_take_no_card_out_of_a_cart(cart):
    card = make_gift_card(1000)
    apply_gift_card(cart, card.code, at=timezone.now())
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["cart"] = cart.token
    theirs = {"sec-fetch-site": "cross-site"}

    out = strict.post("/cart/gift-cards/remove/", {"last4": card.last4}, headers=theirs)

    assert out.status_code == 403
    assert ids(cart) == [card.pk]


def test_the_balance_of_a_card_is_told_to_whoever_has_the_code(client):
    card = make_gift_card(1234)

    response = client.post(BALANCE, {"code": card.code.replace("-", " ")})

    text = response.content.decode()
    assert response.status_code == 200
    assert "€12.34" in text
    assert response["Cache-Control"] == "private, no-store"


def test_the_balance_page_tells_unknown_and_switched_off_cards_alike(client):
    card = switch_card(make_gift_card(), is_active=False, reason="lost", actor=CAROL)

    answers = [client.post(BALANCE, {"code": code}) for code in (card.code, "0" * 20, "hello")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert all(
        "Gift card not found. Check the code and try again." in answer.content.decode()
        for answer in answers
    )


def test_the_balance_page_ends_guessing(client):
    card = make_gift_card()

    statuses = [client.post(BALANCE, {"code": f"{n:020}"}).status_code for n in range(21)]

    assert statuses == [404] * 20 + [429]
    assert client.post(BALANCE, {"code": card.code}).status_code == 429


def test_the_balance_page_asks_for_a_token(cart):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(BALANCE, {"code": make_gift_card().code}).status_code == 403


@pytest.mark.parametrize("code", ["", "x" * 41, "\0"])
def test_the_balance_page_refuses_what_is_no_code(client, code):
    assert client.post(BALANCE, {"code": code}).status_code == 422
