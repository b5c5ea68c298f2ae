"""The way of a shopper over the pages, without JavaScript: checkout, provider,
thanks, tracking, canceling.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import AddressFactory
from cart.models import Cart
from catalog.models import Page
from catalog.prices import set_price
from orders.models import Order
from orders.tests.factories import CAROL, make_cart, make_order, make_shop, variant
from payments.models import Payment, TestCharge

pytestmark = pytest.mark.django_db


def checkout_fields(page: str, **changes: str) -> dict[str, str]:
    """The form as a browser would send it: hidden fields as the page has them."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {
        "key": hidden["key"],
        "expected_total": hidden["expected_total"],
        "email": "alice@example.com",
        "country": "DE",
        "name": "Alice Lind",
        "line1": "Lindenstraße 7",
        "postal_code": "10969",
        "city": "Berlin",
        "is_same": "on",
        "shipping_method": "standard",
        "payment_method": "card",
        **changes,
    }


@pytest.fixture
def shopper(client: Client) -> Client:
    """A guest with a mug in the cart."""
    make_shop()
    for slug in ("contact", "terms", "returns"):
        Page.objects.get_or_create(slug=slug, defaults={"title": slug.title()})
    cart = make_cart(MUG=1, at=timezone.now())
    client.cookies["cart"] = cart.token
    return client


def open_checkout(client: Client) -> str:
    response = client.get("/checkout/")
    assert response.status_code == 200
    return response.content.decode()


def test_a_guest_checks_out_pays_and_is_thanked(shopper: Client):
    page = open_checkout(shopper)

    placed = shopper.post("/checkout/", checkout_fields(page))
    started = shopper.post(placed.url)
    charge = TestCharge.objects.get()
    paid = shopper.post(started.url, {"number": "4242 4242 4242 4242"})
    returned = shopper.get(paid.url)
    thanks = shopper.get(returned.url)

    order = Order.objects.get()
    assert (placed.status_code, placed.url) == (307, f"/pay/{order.number}/")
    assert started.url == f"/pay/test/{charge.pk}/"
    assert returned.url == f"/orders/{order.number}/thanks/"
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert (
        f'Thank you, Alice. We\'ve received order <span class="nb">{order.number}</span>.'
        in thanks.content.decode()
    )


def test_a_double_click_is_one_order(shopper: Client):
    fields = checkout_fields(open_checkout(shopper))

    first = shopper.post("/checkout/", fields)
    second = shopper.post("/checkout/", fields)

    assert first.url == second.url
    assert Order.objects.count() == 1


def test_a_network_that_has_ordered_too_often_is_told_to_wait(shopper: Client, settings: Any):
    settings.THROTTLES = settings.THROTTLES | {"order": "1/day"}
    fields = checkout_fields(open_checkout(shopper))
    shopper.post("/checkout/", fields)
    shopper.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token

    refused = shopper.post("/checkout/", checkout_fields(open_checkout(shopper)), follow=True)

    assert refused.status_code == 429
    assert "Too many attempts. Wait a moment and try again." in refused.content.decode()
    assert Order.objects.count() == 1


def test_what_is_missing_is_said_on_top_and_beside_its_field(shopper: Client):
    page = open_checkout(shopper)

    response = shopper.post(
        "/checkout/", checkout_fields(page, email="alice@", postal_code="1"), follow=True
    )

    text = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_email"' in text
    assert 'id="id_postal_code_error"' in text
    assert 'value="Lindenstraße 7"' in text
    assert Order.objects.count() == 0


def test_a_price_that_changed_is_shown_before_it_is_charged(shopper: Client):
    page = open_checkout(shopper)
    set_price(variant("MUG"), price_minor=2500, actor=CAROL, at=timezone.now())

    refused = shopper.post("/checkout/", checkout_fields(page), follow=True)
    fields = checkout_fields(refused.content.decode())
    placed = shopper.post("/checkout/", fields)

    assert refused.status_code == 409
    assert fields["expected_total"] == "2990"
    assert placed.status_code == 307
    assert Order.objects.get().total_minor == 2990


def test_the_update_button_recalculates_and_keeps_what_was_typed(shopper: Client):
    page = open_checkout(shopper)

    response = shopper.post(
        "/checkout/", checkout_fields(page, update="country", country="AT"), follow=True
    )

    text = response.content.decode()
    assert response.status_code == 200
    assert '<option value="AT" selected>' in text
    assert 'value="Lindenstraße 7"' in text
    assert Order.objects.count() == 0


def test_htmx_gets_the_desk_only(shopper: Client):
    page = open_checkout(shopper)

    response = shopper.post(
        "/checkout/quote/",
        checkout_fields(page),
        headers={"HX-Request": "true", "HX-Target": "checkout"},
    )

    text = response.content.decode().strip()
    assert text.startswith('<div class="wrap co" id="checkout">')
    assert "<html" not in text


def test_an_empty_cart_leads_back_to_the_cart(client: Client):
    assert client.get("/checkout/").url == "/cart/"


def test_a_transfer_is_told_where_to(shopper: Client):
    page = open_checkout(shopper)

    placed = shopper.post("/checkout/", checkout_fields(page, payment_method="transfer"))
    thanks = shopper.get(placed.url).content.decode()

    assert "Account DE00 0000" in thanks
    assert Order.objects.get().status == "pending"


def test_a_customer_finds_the_form_filled_in(client: Client, alice: User):
    make_shop()
    for slug in ("contact", "terms", "returns"):
        Page.objects.get_or_create(slug=slug, defaults={"title": slug.title()})
    AddressFactory(customer=alice.customer, is_default_shipping=True, line1="Seeweg 3")
    make_cart(customer=alice.customer, MUG=1, at=timezone.now())
    client.force_login(alice)

    page = open_checkout(client)

    assert 'value="Seeweg 3"' in page
    assert 'value="alice@example.com"' in page


def test_a_refused_card_is_explained_and_the_order_kept(shopper: Client):
    placed = shopper.post("/checkout/", checkout_fields(open_checkout(shopper)))
    url = shopper.post(placed.url).url

    refused = shopper.post(url, {"number": "4000 0000 0000 9995"})

    assert refused.status_code == 402
    assert "insufficient funds" in refused.content.decode()
    assert Order.objects.get().status == "pending"


def test_a_card_that_is_no_test_card_is_not_taken(shopper: Client):
    placed = shopper.post("/checkout/", checkout_fields(open_checkout(shopper)))
    url = shopper.post(placed.url).url

    response = shopper.post(url, {"number": "5555 5555 5555 4444"})

    assert response.status_code == 422
    assert TestCharge.objects.get().state == "started"


def test_opening_the_return_address_by_hand_pays_nothing(shopper: Client):
    placed = shopper.post("/checkout/", checkout_fields(open_checkout(shopper)))
    shopper.post(placed.url)

    shopper.get(f"/pay/return/{Payment.objects.get().pk}/")

    assert Order.objects.get().payment_status == "pending"


def test_the_test_provider_is_gone_where_it_is_off(shopper: Client, settings: Any):
    placed = shopper.post("/checkout/", checkout_fields(open_checkout(shopper)))
    url = shopper.post(placed.url).url
    settings.PAYMENT_TEST_PROVIDER = False

    assert shopper.get(url).status_code == 404


def test_an_order_opens_by_its_token_and_then_without(client: Client):
    order = make_order()

    before = client.get(f"/orders/{order.number}/").status_code
    opened = client.get(f"/orders/{order.number}/?token={order.token}")
    page = client.get(opened.url)

    assert before == 404
    assert opened.url == f"/orders/{order.number}/"
    assert "Lindenstraße 7" in page.content.decode()


def test_wrong_pairs_get_one_answer(client: Client):
    order = make_order()
    right = {"number": order.number, "email": "alice@example.com"}

    wrong_email = client.post("/track/", {**right, "email": "bob@example.com"})
    wrong_number = client.post("/track/", {**right, "number": "LN-00000000"})
    found = client.post("/track/", right)

    assert (wrong_email.status_code, wrong_number.status_code) == (404, 404)
    message = "find an order with this number and e-mail address."
    assert message in wrong_email.content.decode()
    assert message in wrong_number.content.decode()
    assert found.url == f"/orders/{order.number}/"


def test_who_knows_number_and_email_sees_town_and_country_until_the_link_is_opened(client: Client):
    order = make_order()
    known = {"number": order.number, "email": order.email}

    tracked = client.post("/track/", known, follow=True).content.decode()
    thanks = client.get(f"/orders/{order.number}/thanks/", follow=True).content.decode()
    linked = client.get(f"/orders/{order.number}/?token={order.token}", follow=True)
    again = client.post("/track/", known, follow=True).content.decode()

    for page in (tracked, thanks):
        assert "Berlin" in page
        assert "Germany" in page
        assert "Lindenstraße" not in page
        assert "Alice" not in page
    assert "Lindenstraße 7" in linked.content.decode()
    assert "Lindenstraße 7" in again


def test_tracking_is_slow_to_guess(client: Client, settings: Any):
    settings.THROTTLES = {**settings.THROTTLES, "login": "2/min"}
    guess = {"number": "LN-00000000", "email": "alice@example.com"}

    codes = [client.post("/track/", guess).status_code for _try in range(3)]

    assert codes == [404, 404, 429]


def test_canceling_asks_first(client: Client):
    order = make_order()
    client.get(f"/orders/{order.number}/?token={order.token}")

    asked = client.get(f"/orders/{order.number}/cancel/")
    before = Order.objects.get().status
    client.post(f"/orders/{order.number}/cancel/", {"reason": "no"})

    assert asked.status_code == 200
    assert (before, Order.objects.get().status) == ("pending", "canceled")


def test_nobody_sees_the_orders_of_another(client: Client, alice: User, mallory: User):
    order = make_order(customer=alice.customer)
    client.force_login(mallory)

    for path in ("", "thanks/", "cancel/"):
        assert client.get(f"/orders/{order.number}/{path}").status_code == 404
    assert client.post(f"/orders/{order.number}/cancel/").status_code == 404
    assert client.get(f"/account/orders/{order.number}/").status_code == 404
    assert client.post(f"/pay/{order.number}/").status_code == 404
    assert Order.objects.get().status == "pending"


@pytest.mark.parametrize("count", [1, 12])
def test_a_customers_list_costs_the_same_for_one_and_for_many(
    client: Client, alice: User, django_assert_max_num_queries: Any, count: int
):
    for number in range(count):
        make_order(customer=alice.customer, items={f"SKU{number}": 1})
    client.force_login(alice)
    client.get("/account/orders/")

    with django_assert_max_num_queries(13):
        response = client.get("/account/orders/")

    assert response.content.decode().count("/account/orders/LN-") >= count


@pytest.mark.parametrize("lines", [1, 12])
def test_a_customers_order_costs_the_same_for_one_line_and_for_many(
    client: Client, alice: User, django_assert_max_num_queries: Any, lines: int
):
    order = make_order(customer=alice.customer, items={f"SKU{n}": 1 for n in range(lines)})
    client.force_login(alice)
    client.get("/account/orders/")

    with django_assert_max_num_queries(11):
        assert client.get(f"/account/orders/{order.number}/").status_code == 200


def test_a_closed_cart_cannot_be_checked_out(shopper: Client):
    page = open_checkout(shopper)
    Cart.objects.update(closed_at=timezone.now())

    assert shopper.post("/checkout/", checkout_fields(page)).url == "/cart/"
    assert Order.objects.count() == 0
