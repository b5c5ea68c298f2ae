"""The cart on pages: with and without script, for guests and at sign-in."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertInHTML

from accounts.registration import customer_for
from accounts.tests.factories import PASSWORD
from cart.models import Cart, CartItem
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.models import ExchangeRate, Variant
from catalog.search import reindex
from catalog.tests.factories import ExchangeRateFactory, VariantFactory
from pricing.tests.factories import CouponFactory, ShippingMethodFactory, TaxRateFactory
from shop.core.caching import bump_catalog_version

pytestmark = pytest.mark.django_db

OURS = {"sec-fetch-site": "same-origin"}
HTMX = {**OURS, "hx-request": "true"}
ON_PAGE = {**HTMX, "hx-target": "cart"}


def browser_of(cart):
    client = Client()
    client.cookies["cart"] = cart.token
    return client


def post(client, name, *args, headers=OURS, **fields):
    return client.post(reverse(name, args=args), fields, headers=headers)


def text_of(client, name="cart:detail", **query):
    response = client.get(reverse(name), query)
    assert response.status_code == 200
    return response.content.decode()


# Adding
# ---------------------------------------------------------------------------------------------


def test_without_script_a_thing_is_put_in_and_the_cart_is_shown(client):
    VariantFactory(sku="CUP", product__name="Cup & Saucer 🫖", price_minor=2000)

    response = post(client, "cart:add", sku="CUP", quantity="2")

    assert (response.status_code, response["Location"]) == (302, "/cart/")
    cookie = response.cookies["cart"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == (
        Cart.objects.get().token,
        True,
        "Lax",
    )
    page = text_of(client)
    assert "Cup &amp; Saucer 🫖" in page
    assert 'value="2"' in page
    assert "€40" in page


def test_with_htmx_the_drawer_and_the_number_come_back_and_the_change_is_said(client):
    VariantFactory(sku="CUP", product__name="Cup", price_minor=2000)

    response = post(client, "cart:add", sku="CUP", quantity="2", headers=HTMX)

    content = response.content.decode()
    assert response.status_code == 200
    assert '<div class="dialog-head">' in content
    assert 'id="me-cart" hx-swap-oob="true"' in " ".join(content.split())
    assert json.loads(response["HX-Trigger"]) == {
        "announce": {"value": "Added to cart. 2 items, €40"}
    }


def test_a_refusal_shows_the_cart_as_it_was_with_the_reason(client):
    VariantFactory(sku="CUP", product__name="Cup", on_hand=1)

    with_script = post(client, "cart:add", sku="CUP", quantity="2", headers=HTMX)
    without = client.post(
        reverse("cart:add"), {"sku": "CUP", "quantity": "2"}, headers=OURS, follow=True
    )

    assert with_script.status_code == 422
    assert "Only 1 of Cup left." in with_script.content.decode()
    assert "Only 1 of Cup left." in without.content.decode()
    assert not CartItem.objects.exists()


@pytest.mark.parametrize("quantity", ["0", "-1", "1000", "1.5", "x", "٣"])
def test_a_malformed_quantity_puts_nothing_in(client, quantity):
    VariantFactory(sku="CUP")

    assert post(client, "cart:add", sku="CUP", quantity=quantity, headers=HTMX).status_code == 422
    assert not Cart.objects.exists()


@pytest.mark.parametrize(
    "origin", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
)
@pytest.mark.parametrize("name", ["add", "coupon"])
def test_mallory_s_page_cannot_post_into_a_shopper_s_cart(client, origin, name):
    cart = CartItemFactory(variant__sku="CUP").cart
    CouponFactory(code="TEN")

    strict = Client(enforce_csrf_checks=True)
    strict.cookies["cart"] = cart.token
    response = post(strict, f"cart:{name}", sku="CUP", code="TEN", headers=origin)

    assert response.status_code == 403
    cart.refresh_from_db()
    assert (cart.coupon_codes, cart.items.get().quantity) == ([], 1)


# Changing
# -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "quantity"),
    [
        ({"quantity": "5"}, 5),
        ({"quantity": "2", "step": "1"}, 3),
        ({"quantity": "2", "step": "-1"}, 1),
    ],
)
def test_a_quantity_changes_by_field_and_by_step(fields, quantity):
    item = CartItemFactory(quantity=2)

    fields = {f"{name}-{item.pk}": value for name, value in fields.items()}
    response = post(browser_of(item.cart), "cart:update", headers=ON_PAGE, **fields)

    assert response.status_code == 200
    item.refresh_from_db()
    assert item.quantity == quantity


def test_one_less_than_one_removes():
    item = CartItemFactory()

    fields = {f"quantity-{item.pk}": "1", f"step-{item.pk}": "-1"}
    post(browser_of(item.cart), "cart:update", **fields)

    assert not CartItem.objects.exists()


def two_items():
    cup = CartItemFactory(variant__sku="CUP", quantity=1)
    pot = CartItemFactory(variant__sku="POT", cart=cup.cart, quantity=1)
    return cup, pot


def quantities_of(*items):
    for item in items:
        item.refresh_from_db()
    return [item.quantity for item in items]


def test_check_out_takes_along_every_quantity_that_was_typed():
    cup, pot = two_items()
    fields = {f"quantity-{cup.pk}": "3", f"quantity-{pot.pk}": "2", "checkout": "1"}

    response = post(browser_of(cup.cart), "cart:update", **fields)

    assert (response.status_code, response.url) == (302, "/checkout/")
    assert quantities_of(cup, pot) == [3, 2]


def test_htmx_is_led_to_the_checkout_by_a_header():
    cup, pot = two_items()
    fields = {f"quantity-{cup.pk}": "3", f"quantity-{pot.pk}": "1", "checkout": "1"}

    response = post(browser_of(cup.cart), "cart:update", headers=ON_PAGE, **fields)

    assert (response.status_code, response["HX-Redirect"]) == (204, "/checkout/")
    assert quantities_of(cup, pot) == [3, 1]


@pytest.mark.parametrize("typed", ["1000", "-1", "two", "", "9999"])
def test_check_out_goes_nowhere_with_a_quantity_that_cannot_be(typed):
    cup, pot = two_items()
    fields = {f"quantity-{cup.pk}": typed, f"quantity-{pot.pk}": "2", "checkout": "1"}

    response = post(browser_of(cup.cart), "cart:update", **fields)

    assert response.url == "/cart/"
    assert quantities_of(cup, pot) == [1, 1]


def test_the_quantities_of_another_cart_stay_as_they_are():
    cup, _pot = two_items()
    mine = CartItemFactory()

    post(browser_of(mine.cart), "cart:update", **{f"quantity-{cup.pk}": "3"})

    assert quantities_of(cup) == [1]


def test_the_page_holds_all_quantities_and_check_out_in_one_form():
    cup, pot = two_items()

    html = " ".join(text_of(browser_of(cup.cart)).split())

    for item in (cup, pot):
        assert f'name="quantity-{item.pk}" form="cart-form"' in html
    assert 'form="cart-form" name="checkout"' in html


@pytest.mark.parametrize("headers", [OURS, ON_PAGE])
def test_what_was_removed_can_be_put_back(headers):
    item = CartItemFactory(variant__sku="CUP", variant__product__name="Cup", quantity=3)
    client = browser_of(item.cart)

    response = post(client, "cart:remove", item.pk, headers=headers)
    if response.status_code == 302:
        assert response["Location"] == "/cart/?undo=CUP:3"
        response = client.get(response["Location"])
    assert "Cup was removed from your cart." in response.content.decode()

    post(client, "cart:add", sku="CUP", quantity="3")
    assert item.cart.items.get().quantity == 3


def test_the_undo_row_names_nothing_that_is_hidden(client):
    VariantFactory(sku="NEXT", product__name="Secret of next year", is_active=False)

    assert "Secret" not in text_of(client, undo="NEXT:1")
    assert "Secret" not in text_of(client, undo="<script>:1")


def test_a_thing_is_saved_for_later_and_taken_back():
    item = CartItemFactory(variant__product__name="Cup")
    client = browser_of(item.cart)

    post(client, "cart:save", item.pk, saved="1")
    page = text_of(client)
    assert "Saved for later" in page
    assert "Move to cart: Cup" in page

    post(client, "cart:save", item.pk)
    assert "Move to cart: Cup" not in text_of(client)


def test_mallory_cannot_change_an_item_of_another_cart():
    item = CartItemFactory(quantity=2)
    client = browser_of(CartFactory())

    for name in ("remove", "save"):
        post(client, f"cart:{name}", item.pk, saved="1")
    post(client, "cart:update", **{f"quantity-{item.pk}": "9"})

    item.refresh_from_db()
    assert (item.quantity, item.is_saved) == (2, False)


# Codes
# ----------------------------------------------------------------------------------------------


def test_a_code_is_used_and_removed():
    client = browser_of(CartItemFactory(variant__price_minor=2000).cart)
    CouponFactory(code="TEN", name="Ten off")

    used = post(client, "cart:coupon", code="ten", headers=ON_PAGE)
    assertInHTML("<dt>TEN<small>10 % off</small></dt>", used.content.decode())
    assert "€18" in used.content.decode()

    post(client, "cart:coupon", remove="TEN")
    assert "TEN" not in text_of(client)


def test_a_wrong_code_is_told_at_its_field():
    client = browser_of(CartItemFactory().cart)

    response = post(client, "cart:coupon", code="NOPE", headers=ON_PAGE)

    content = response.content.decode()
    assert response.status_code == 422
    assert 'id="code-problem" role="alert"' in content
    assert "This code is not valid, or it is not available for this account." in content
    assert 'value="NOPE"' in content


@pytest.mark.parametrize("name", ["cart:detail", "cart:drawer"])
def test_page_and_drawer_say_why_a_price_is_what_it_is_and_why_a_code_rests(name):
    TaxRateFactory()
    ShippingMethodFactory()
    cart = CartItemFactory(variant__price_minor=2000, variant__product__name="Cup", quantity=2).cart
    CouponFactory(code="TEN")
    CouponFactory(code="MORE", minimum_minor=9000)
    Cart.objects.filter(pk=cart.pk).update(coupon_codes=["TEN", "MORE"])

    text = " ".join(re.sub(r"<[^>]+>", " ", text_of(browser_of(cart), name)).split())

    assert (
        "Price details 2 × Cup €20 each €40 TEN 10 % off, of €40 -€4"
        " Tax 19 % included in prices, of €36 (€5.75)"
        " Standard €4.90 Tax 19 % included in prices, of €4.90 (€0.78) Total €40.90" in text
    )
    assert "Why doesn't MORE apply? This code requires a minimum of €90. Add €50 more." in text


# Looking
# --------------------------------------------------------------------------------------------


def test_an_empty_cart_says_so_and_writes_nothing(client):
    assert "Your cart is empty" in text_of(client)
    assert "cart" not in client.cookies
    assert not Cart.objects.exists()


def test_a_changed_price_is_told_once():
    item = CartItemFactory(variant__price_minor=2000)
    client = browser_of(item.cart)
    Variant.objects.update(price_minor=1500)

    assert "The price dropped from €20 to €15." in text_of(client)
    assert "The price dropped" not in text_of(client)


def test_a_new_currency_of_the_pages_is_the_cart_s_too():
    ExchangeRateFactory(currency="USD", rate="1.10")
    item = CartItemFactory(variant__price_minor=2000)
    client = browser_of(item.cart)
    client.cookies["currency"] = "USD"

    assert "$22" in text_of(client, "cart:drawer")
    item.cart.refresh_from_db()
    assert item.cart.currency == "USD"


@pytest.mark.parametrize("had_rate", [False, True])
def test_a_currency_without_a_rate_falls_back_to_the_shops_own_on_every_page(
    client, had_rate, django_capture_on_commit_callbacks
):
    """A cookie outlives the rate it was set by, and a new shop never had one."""
    if had_rate:
        ExchangeRateFactory(currency="USD", rate="1.10")
    cup = VariantFactory(sku="CUP", product__name="Cup", price_minor=2000).product
    reindex([cup.pk])
    client.cookies["currency"] = "USD"
    post(client, "cart:add", sku="CUP", quantity="1")
    held = Cart.objects.get().currency
    with django_capture_on_commit_callbacks(execute=True):
        ExchangeRate.objects.all().delete()
        bump_catalog_version()

    pages = [
        client.get(path).status_code
        for path in [
            "/",
            f"/c/{cup.category.slug}/",
            f"/p/{cup.slug}/",
            "/search/?q=cup",
            "/search/suggest/?q=cup",
            "/cart/",
            "/me/",
            "/checkout/",
            "/preferences/",
            "/api/products",
            "/api/cart",
        ]
    ]

    assert held == ("USD" if had_rate else "EUR")
    assert pages == [200] * 11
    assert client.get("/nowhere/").status_code == 404
    assert client.get("/p/nowhere/").status_code == 404
    assert "€20" in text_of(client)
    assert Cart.objects.get().currency == "EUR"


def test_a_cart_that_is_priced_again_says_so_once_and_can_be_ordered():
    cart = CartItemFactory(
        cart__currency="USD", variant__price_minor=2000, seen_currency="USD", seen_price_minor=2200
    ).cart
    client = browser_of(cart)
    client.cookies["currency"] = "USD"
    told = "The shop no longer sells in USD. Prices are now in EUR."

    assert client.get("/checkout/").status_code == 200
    assert told in text_of(client)
    assert told not in text_of(client)
    cart.refresh_from_db()
    assert cart.currency == "EUR"


def test_a_cart_of_the_api_is_priced_again_too(guest_api):
    cart = CartItemFactory(
        cart__currency="USD", variant__price_minor=2000, seen_currency="USD"
    ).cart

    data = guest_api(cart.token).get("/api/cart").json()["data"]

    assert (data["currency"], data["items"][0]["unit_price"]) == ("EUR", "20.00")
    assert [notice["kind"] for notice in data["notices"]] == ["currency"]


def test_what_is_personal_is_one_private_part_of_public_pages(client, alice):
    item = CartItemFactory(cart__customer=customer_for(alice), quantity=3)
    CartItemFactory(cart=item.cart, quantity=5, is_saved=True)

    stranger = client.get(reverse("me"))
    client.force_login(alice)
    own = client.get(reverse("me"))

    assert "Alice" not in stranger.content.decode()
    assert "Alice Lind" in own.content.decode()
    assert "Cart, 3 items" in own.content.decode()
    assert own["Cache-Control"] == "private, no-store"


def test_a_page_of_fifty_lines_costs_as_many_queries_as_one(django_assert_num_queries):
    TaxRateFactory()
    ShippingMethodFactory()
    small = CartItemFactory().cart
    large = CartFactory()
    CartItemFactory.create_batch(50, cart=large)
    text_of(browser_of(small))

    for cart in (small, large):
        client = browser_of(cart)
        with django_assert_num_queries(4):
            text_of(client)


# Signing in
# -----------------------------------------------------------------------------------------


def test_a_guest_s_cart_comes_along_at_sign_in_and_what_could_not_is_told(alice):
    cup = VariantFactory(sku="CUP", product__name="Cup", on_hand=4)
    CartItemFactory(cart__customer=customer_for(alice), variant=cup, quantity=2)
    guest = CartItemFactory(variant=cup, quantity=3).cart
    client = browser_of(guest)

    response = client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})

    assert response.status_code == 302
    page = text_of(client)
    assert "Not enough stock of Cup for both carts. Your cart now has 4." in page
    assert CartItem.objects.get().quantity == 4


# Delivery of one item, for product pages
# ------------------------------------------------------------


def test_a_product_page_is_told_what_delivery_costs_and_until_when_it_comes(client):
    TaxRateFactory()
    VariantFactory(sku="CUP", price_minor=2000)
    ShippingMethodFactory(rate__free_from_minor=5000)

    response = client.get(reverse("cart:delivery"), {"sku": "CUP"})

    content = " ".join(response.content.decode().split())
    assert "€4.90 to Germany, free from €50. Arrives by" in content
    assert response["Cache-Control"].startswith("public")
    assert response.cookies == {}


def test_what_is_dear_enough_is_delivered_free(client):
    TaxRateFactory()
    VariantFactory(sku="SOFA", price_minor=90000)
    ShippingMethodFactory(rate__free_from_minor=5000)

    assert "Free to Germany." in text_of(client, "cart:delivery", sku="SOFA")


def test_what_cannot_be_sent_says_where_to_look(client):
    assert "shown in the cart" in text_of(client, "cart:delivery", sku="NO-SUCH-THING")


def test_no_delivery_is_promised_to_a_country_whose_tax_is_not_set_up(client):
    VariantFactory(sku="SOFA", price_minor=90000)
    ShippingMethodFactory(rate__free_from_minor=5000)

    assert "Delivery date and cost are shown in the cart." in text_of(
        client, "cart:delivery", sku="SOFA"
    )


# Little in the cart
# -----------------------------------------------------------------------------------


def test_a_cart_with_nothing_to_buy_has_no_summary(client):
    cart = CartFactory()
    CartItemFactory(cart=cart, is_saved=True, variant__product__name="Brass compass")
    client.cookies["cart"] = cart.token

    page = text_of(client)

    assert "Brass compass" in page
    assert 'id="summary"' not in page


@pytest.mark.parametrize(
    ("days", "by_country", "said"),
    [(60, {}, "60-day returns."), (14, {"DE": 30}, "30-day returns."), (0, {}, "")],
)
def test_the_summary_promises_the_days_of_the_settings(client, settings, days, by_country, said):
    settings.RETURN_DAYS, settings.RETURN_DAYS_BY_COUNTRY = days, by_country
    client.cookies["cart"] = CartItemFactory().cart.token

    page = text_of(client)

    assert ("-day returns." in page) is bool(said)
    assert said in page


def test_without_script_a_picture_says_how_much_is_in_the_cart(client):
    picture = reverse("me-count")
    assert f'<noscript><img class="count-picture" src="{picture}"' in text_of(
        client, "catalog:home"
    )
    assert "<text" not in client.get(picture).content.decode()
    client.cookies["cart"] = CartItemFactory(quantity=3).cart.token

    response = client.get(picture)

    assert response["Content-Type"] == "image/svg+xml"
    assert ">3</text>" in response.content.decode()
    assert "private" in response["Cache-Control"] or "no-store" in response["Cache-Control"]
