"""The cart's routes, for guests, customers and those who mean harm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.registration import customer_for
from cart.models import Cart, CartItem
from cart.services import open_cart
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.models import Variant
from catalog.tests.factories import ExchangeRateFactory, VariantFactory
from pricing.tests.factories import (
    CouponFactory,
    PaymentMethodFactory,
    ShippingMethodFactory,
    TaxRateFactory,
)

pytestmark = pytest.mark.django_db

QUOTE = {"currency", "subtotal", "discount", "shipping", "tax", "tax_added", "total"}


def put_in(client, **body):
    return client.post("/api/cart/items", {"quantity": 1, **body}, format="json")


def data_of(response):
    return response.json()["data"]


def skus(client):
    return [(item["sku"], item["quantity"]) for item in data_of(client.get("/api/cart"))["items"]]


# Guests
# ---------------------------------------------------------------------------------------------


def test_a_guest_gets_a_token_with_the_first_item_and_carries_it(api, guest_api):
    TaxRateFactory()
    ShippingMethodFactory()
    cup = VariantFactory(sku="CUP", product__name="Cup", price_minor=1999, on_hand=7)

    response = put_in(api, sku="CUP", quantity=2)

    assert response.status_code == 201
    token = response["X-Cart-Token"]
    cart = Cart.objects.get(token=token)
    body = data_of(response)
    assert (body["id"], body["currency"], body["coupon"], body["notices"]) == (
        cart.pk,
        "EUR",
        None,
        [],
    )
    assert body["items"] == [
        {
            "id": cart.items.get().pk,
            "sku": "CUP",
            "variant_id": cup.pk,
            "product_id": cup.product_id,
            "name": "Cup",
            "label": "",
            "quantity": 2,
            "unit_price": "19.99",
            "total": "39.98",
            "available": 7,
            "is_sold": True,
            "gift_card": None,
        }
    ]
    figures = {name: value for name, value in body["quote"].items() if name in QUOTE}
    assert figures == {
        "currency": "EUR",
        "subtotal": "39.98",
        "discount": "0.00",
        "shipping": "4.90",
        "tax": "7.16",
        "tax_added": "0.00",
        "total": "44.88",
    }
    assert skus(guest_api(token)) == [("CUP", 2)]


def test_looking_at_no_cart_makes_none(api):
    response = api.get("/api/cart")

    assert response.status_code == 200
    assert (data_of(response)["items"], data_of(response)["quote"]["total"]) == ([], "0.00")
    assert "X-Cart-Token" not in response
    assert not Cart.objects.exists()


@pytest.mark.parametrize("name", ["variant_id", "product_id"])
def test_a_thing_is_named_by_variant_or_product_as_well(api, name):
    cup = VariantFactory(sku="CUP")

    response = put_in(api, **{name: cup.pk if name == "variant_id" else cup.product_id})

    assert (response.status_code, data_of(response)["items"][0]["sku"]) == (201, "CUP")


def test_items_are_changed_and_removed(guest_api):
    item = CartItemFactory(variant__sku="CUP")
    client = guest_api(item.cart.token)

    changed = client.patch(f"/api/cart/items/{item.pk}", {"quantity": 3}, format="json")
    assert (changed.status_code, data_of(changed)["items"][0]["quantity"]) == (200, 3)

    removed = client.delete(f"/api/cart/items/{item.pk}")
    assert (removed.status_code, data_of(removed)["items"]) == (200, [])


def test_a_cart_is_emptied(guest_api):
    item = CartItemFactory()

    response = guest_api(item.cart.token).delete("/api/cart")

    assert (response.status_code, data_of(response)["items"]) == (200, [])
    assert not CartItem.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sku"),
        ({"sku": "CUP", "variant_id": 1}, "sku"),
        ({"sku": "CUP", "quantity": 0}, "quantity"),
        ({"sku": "CUP", "quantity": 1000}, "quantity"),
        ({"sku": "CUP", "quantity": "1e2"}, "quantity"),
        ({"sku": "CUP", "quantity": 1.5}, None),
        ({"sku": "CUP", "quantity": True}, "quantity"),
        ({"sku": "CUP", "quantity": "٣"}, "quantity"),
        ({"sku": "CUP", "price": "0.01"}, "price"),
        ({"variant_id": 2**70}, None),
        ({"sku": "C\x00P"}, "sku"),
    ],
)
def test_malformed_items_are_refused_and_make_no_cart(api, body, field):
    VariantFactory(sku="CUP")

    response = api.post("/api/cart/items", body, format="json")

    assert response.status_code == 400
    # Fractions and giants are refused before fields are read.
    assert list(response.json()["errors"]) == ([field] if field else [])
    assert not Cart.objects.exists()


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"sku": "POT"}, 404, "variant_not_found"),
        ({"sku": "CUP", "is_active": False}, 404, "variant_not_found"),
        ({"sku": "CUP", "on_hand": 0}, 409, "insufficient_stock"),
    ],
)
def test_what_cannot_be_sold_is_refused_and_changes_nothing(api, facts, status, code):
    VariantFactory(**facts)

    response = put_in(api, sku="CUP")

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["error"]
    assert not CartItem.objects.exists()


def test_the_same_idempotency_key_puts_a_thing_in_once(guest_api):
    VariantFactory(sku="CUP")
    client = guest_api(CartFactory().token)

    first = client.post(
        "/api/cart/items", {"sku": "CUP"}, format="json", headers={"Idempotency-Key": "one-click"}
    )
    again = client.post(
        "/api/cart/items", {"sku": "CUP"}, format="json", headers={"Idempotency-Key": "one-click"}
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert skus(client) == [("CUP", 1)]


# Strangers
# ------------------------------------------------------------------------------------------


def test_a_token_that_opens_no_cart_is_not_found(guest_api):
    assert guest_api("x" * 43).get("/api/cart").status_code == 404
    assert guest_api("'; DROP TABLE").get("/api/cart/quote").status_code == 404
    closed = CartFactory(closed_at=timezone.now())
    assert guest_api(closed.token).get("/api/cart").status_code == 404


def test_a_customer_s_cart_has_no_token_that_opens_it(guest_api, alice):
    item = CartItemFactory(cart__customer=customer_for(alice))
    client = guest_api(item.cart.token)

    assert client.get("/api/cart").status_code == 404
    assert client.delete("/api/cart").status_code == 404
    assert CartItem.objects.filter(pk=item.pk).exists()


def test_mallory_cannot_reach_alice_s_items(api_of, alice, mallory):
    item = CartItemFactory(cart__customer=customer_for(alice))
    CartItemFactory(cart__customer=customer_for(mallory))
    client = api_of(mallory)

    changed = client.patch(f"/api/cart/items/{item.pk}", {"quantity": 9}, format="json")
    removed = client.delete(f"/api/cart/items/{item.pk}")

    assert (changed.status_code, removed.status_code) == (404, 404)
    item.refresh_from_db()
    assert item.quantity == 1


def test_the_cookie_of_a_page_opens_nothing_on_the_api(api):
    item = CartItemFactory()
    api.cookies["cart"] = item.cart.token

    assert data_of(api.get("/api/cart"))["items"] == []


# Customers
# ------------------------------------------------------------------------------------------


def test_a_customer_s_cart_needs_no_token(api_of, alice):
    VariantFactory(sku="CUP")

    response = put_in(api_of(alice), sku="CUP")

    assert (response.status_code, "X-Cart-Token" in response) == (201, False)
    assert skus(api_of(alice)) == [("CUP", 1)]


def test_a_guest_s_cart_is_merged_once_and_the_rest_told(api_of, alice):
    cup = VariantFactory(sku="CUP", product__name="Cup", on_hand=4)
    CartItemFactory(cart__customer=customer_for(alice), variant=cup, quantity=2)
    guest = CartItemFactory(variant=cup, quantity=3).cart
    client = api_of(alice)

    first = client.post("/api/cart/merge", {"cart_token": guest.token}, format="json")
    again = client.post("/api/cart/merge", {}, format="json", headers={"X-Cart-Token": guest.token})

    assert (first.status_code, again.status_code) == (200, 200)
    assert data_of(first)["notices"] == [
        {
            "kind": "merge",
            "text": "Not enough stock of Cup for both carts. Your cart now has 4.",
            "item_id": None,
        }
    ]
    assert data_of(again)["notices"] == []
    assert skus(client) == [("CUP", 4)]


def test_merging_is_for_those_who_signed_in(api):
    item = CartItemFactory()

    response = api.post("/api/cart/merge", {"cart_token": item.cart.token}, format="json")

    assert response.status_code == 401
    assert Cart.objects.filter(pk=item.cart_id).exists()


def test_mallory_cannot_take_alice_s_cart_by_its_token(api_of, alice, mallory):
    item = CartItemFactory(cart__customer=customer_for(alice), variant__sku="CUP")

    response = api_of(mallory).post(
        "/api/cart/merge", {"cart_token": item.cart.token}, format="json"
    )

    assert data_of(response)["items"] == []
    assert skus(api_of(alice)) == [("CUP", 1)]


# Codes
# ----------------------------------------------------------------------------------------------


def test_a_code_lowers_the_total_until_it_is_removed(guest_api):
    client = guest_api(CartItemFactory(variant__price_minor=2000).cart.token)
    CouponFactory(code="TEN", name="Ten off")

    used = client.post("/api/cart/coupon", {"code": "ten"}, format="json")
    assert (used.status_code, data_of(used)["quote"]["total"]) == (200, "18.00")
    assert data_of(used)["coupon"] == {
        "code": "TEN",
        "name": "Ten off",
        "applied": True,
        "reason": "10 % off",
    }

    removed = client.delete("/api/cart/coupon")
    assert (data_of(removed)["coupon"], data_of(removed)["quote"]["total"]) == (None, "20.00")


def test_several_codes_are_told_in_their_order_and_removed_one_by_one(guest_api):
    TaxRateFactory()
    ShippingMethodFactory()
    client = guest_api(CartItemFactory(variant__price_minor=2000).cart.token)
    CouponFactory(code="TEN", combination="stacks")
    CouponFactory(code="FREE", kind="free_shipping", percent=None)
    CouponFactory(code="FIVE", percent=5)
    Cart.objects.update(coupon_codes=["FIVE", "TEN"])

    used = data_of(client.post("/api/cart/coupon", {"code": "free"}, format="json"))

    assert [(one["code"], one["applied"]) for one in used["coupons"]] == [
        ("FIVE", False),
        ("TEN", True),
        ("FREE", True),
    ]
    assert used["coupon"] == used["coupons"][1]
    assert data_of(client.get("/api/cart/quote"))["coupons"] == used["coupons"]
    assert (used["quote"]["discount"], used["quote"]["shipping"]) == ("2.00", "0.00")

    without = data_of(client.delete("/api/cart/coupon?code=ten"))
    assert [(one["code"], one["applied"]) for one in without["coupons"]] == [
        ("FIVE", True),
        ("FREE", True),
    ]
    same = data_of(client.delete("/api/cart/coupon?code=TEN"))
    assert same["coupons"] == without["coupons"]

    bare = data_of(client.delete("/api/cart/coupon"))
    assert (bare["coupon"], bare["coupons"]) == (None, [])


def test_a_sixth_code_is_refused_and_the_five_stay(guest_api):
    client = guest_api(CartItemFactory().cart.token)
    for number in range(6):
        CouponFactory(code=f"CODE-{number}")
    Cart.objects.update(coupon_codes=[f"CODE-{number}" for number in range(5)])

    response = client.post("/api/cart/coupon", {"code": "CODE-5"}, format="json")

    assert (response.status_code, response.json()["code"]) == (409, "coupon_not_applicable")
    assert Cart.objects.get().coupon_codes == [f"CODE-{number}" for number in range(5)]


@pytest.mark.parametrize("query", ["?code=", "?codes=TEN", f"?code={'X' * 41}"])
def test_a_malformed_name_of_a_code_removes_nothing(guest_api, query):
    client = guest_api(CartItemFactory().cart.token)
    Cart.objects.update(coupon_codes=["TEN"])

    assert client.delete(f"/api/cart/coupon{query}").status_code == 400
    assert Cart.objects.get().coupon_codes == ["TEN"]


def test_a_code_that_does_not_work_says_why(guest_api):
    client = guest_api(CartItemFactory().cart.token)
    CouponFactory(code="OLD", ends_at=timezone.now() - timedelta(days=1))

    response = client.post("/api/cart/coupon", {"code": "OLD"}, format="json")

    assert (response.status_code, response.json()["code"]) == (409, "coupon_not_applicable")
    assert response.json()["error"] == "This code has expired."


def test_whoever_guesses_twenty_codes_waits_even_with_another_cart(guest_api):
    CouponFactory(code="SECRET")
    client = guest_api(CartItemFactory().cart.token)
    for number in range(20):
        guess = client.post("/api/cart/coupon", {"code": f"GUESS{number}"}, format="json")
        assert guess.status_code == 409

    other = guest_api(CartItemFactory().cart.token)
    response = other.post("/api/cart/coupon", {"code": "SECRET"}, format="json")

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 600
    assert not Cart.objects.exclude(coupon_codes=[]).exists()


# Quotes
# ---------------------------------------------------------------------------------------------


def test_the_quote_tells_ways_to_deliver_and_to_pay(guest_api):
    TaxRateFactory(country="AT", percent=20)
    TaxRateFactory(country="FR", percent=20)
    ShippingMethodFactory(max_weight_g=30_000)
    ShippingMethodFactory(
        zone__countries=["FR"], code="letter", name="Letter", max_weight_g=1000, days_max=0
    )
    PaymentMethodFactory(code="transfer", name="Bank transfer", line="Within a week.")
    client = guest_api(CartItemFactory(variant__weight_g=1500).cart.token)

    austria = data_of(client.get("/api/cart/quote?country=at&postal_code=1010"))
    france = data_of(client.get("/api/cart/quote?country=FR"))

    assert (austria["shipping"], austria["tax"], austria["total"]) == ("4.90", "4.15", "24.90")
    [method] = austria["shipping_methods"]
    assert (method["code"], method["name"], method["price"]) == ("standard", "Standard", "4.90")
    assert method["arrives_on"] >= timezone.now().date().isoformat()
    assert austria["payment_methods"] == [
        {"code": "transfer", "name": "Bank transfer", "line": "Within a week."}
    ]
    assert (france["shipping_methods"], france["impossible_methods"]) == (
        [],
        [
            {
                "code": "letter",
                "name": "Letter",
                "problem": "Too heavy: 1.5 kg. The limit is 1 kg.",
            }
        ],
    )


@pytest.mark.parametrize(
    "query", ["country=Germany", "country=D%C3%96", "country=1A", "where=DE", "country=D%00"]
)
def test_a_malformed_place_is_refused(guest_api, query):
    client = guest_api(CartItemFactory().cart.token)

    assert client.get(f"/api/cart/quote?{query}").status_code == 400


def test_a_changed_price_is_told_in_words(guest_api):
    item = CartItemFactory(variant__product__name="Cup", variant__price_minor=2000)
    Variant.objects.update(price_minor=2500)

    body = data_of(guest_api(item.cart.token).get("/api/cart"))

    assert body["notices"] == [
        {
            "kind": "price",
            "text": "Cup: The price increased from €20 to €25.",
            "item_id": item.pk,
        }
    ]
    assert body["items"][0]["unit_price"] == "25.00"


def test_the_cart_costs_the_same_queries_for_one_line_and_for_fifty(
    guest_api, django_assert_num_queries
):
    TaxRateFactory()
    ShippingMethodFactory()
    small = CartItemFactory().cart
    large = CartFactory()
    CartItemFactory.create_batch(50, cart=large)
    guest_api(small.token).get("/api/cart")

    for cart in (small, large):
        client = guest_api(cart.token)
        with django_assert_num_queries(3):
            assert client.get("/api/cart").status_code == 200


def test_a_cart_in_yen_has_no_decimals(api):
    VariantFactory(sku="CUP", price_minor=1999, currency="EUR")
    ExchangeRateFactory(currency="JPY", rate="160")
    cart = open_cart(customer=None, currency="JPY", at=timezone.now())
    api.credentials(HTTP_X_CART_TOKEN=cart.token)

    body = data_of(put_in(api, sku="CUP"))

    assert (body["items"][0]["unit_price"], body["quote"]["total"]) == ("3198", "3198")


# Currency
# -------------------------------------------------------------------------------------------


def test_a_cart_is_priced_in_the_currency_its_caller_names(api):
    ExchangeRateFactory(currency="USD", rate="2")
    VariantFactory(sku="CUP", price_minor=1000, on_hand=7)
    api.cookies["currency"] = "USD"

    added = put_in(api, sku="CUP")
    api.credentials(HTTP_X_CART_TOKEN=added["X-Cart-Token"])
    changed = api.patch("/api/cart", {"currency": "USD"}, format="json")
    refused = api.patch("/api/cart", {"currency": "XXX"}, format="json")

    assert data_of(added)["currency"] == "EUR"
    assert (data_of(changed)["currency"], data_of(changed)["items"][0]["total"]) == ("USD", "20.00")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["currency"])
    assert data_of(api.get("/api/cart"))["currency"] == "USD"


def test_a_new_cart_may_begin_in_another_currency(api):
    ExchangeRateFactory(currency="USD", rate="2")
    VariantFactory(sku="CUP", price_minor=1000, on_hand=7)

    added = put_in(api, sku="CUP", currency="USD")

    assert (data_of(added)["currency"], data_of(added)["items"][0]["unit_price"]) == (
        "USD",
        "20.00",
    )
    assert Cart.objects.get().currency == "USD"
