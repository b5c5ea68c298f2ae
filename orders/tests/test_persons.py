"""A person, for limits per customer and first orders: an account with its e-mail
addresses, or one address.
"""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Customer, User
from accounts.people import Person, person_of
from accounts.tests.factories import CustomerFactory
from cart.models import Cart
from cart.services import apply_coupon
from orders.errors import PriceChanged
from orders.models import Order
from orders.tests.factories import make_cart, make_order, make_shop, order_input
from payments.tests.test_pages import checkout_fields
from pricing.models import CouponUse
from pricing.tests.factories import CouponFactory, PromotionFactory

pytestmark = pytest.mark.django_db


def owner(email: str, *more: str) -> Customer:
    """A customer whose account has verified these addresses."""
    customer: Customer = CustomerFactory(user__email=email)
    EmailAddress.objects.get_or_create(
        user=customer.user, email=email, defaults={"verified": True, "primary": True}
    )
    for address in more:
        EmailAddress.objects.create(user=customer.user, email=address, verified=True)
    return customer


def coded_cart(customer: Customer | None = None) -> Cart:
    cart = make_cart(customer=customer, MUG=1, at=timezone.now())
    Cart.objects.filter(pk=cart.pk).update(coupon_codes=["ONCE"])
    cart.refresh_from_db()
    return cart


@pytest.fixture
def once() -> None:
    """A code that each customer may use once, for 10 % off."""
    make_shop()
    CouponFactory(code="ONCE", per_customer_limit=1)


@pytest.mark.parametrize(
    "typed", ["Anna@Example.com", "ａｎｎａ@example.com", " anna@EXAMPLE.com "]
)
def test_a_person_is_known_in_every_spelling(typed: str):
    assert person_of(email=typed) == Person(
        "anna@example.com", frozenset({"anna@example.com"}), None
    )


def test_an_international_domain_is_one_address():
    assert person_of(email="a@müller.de").emails == person_of(email="a@xn--mller-kva.de").emails


def test_an_account_is_its_verified_addresses_and_whatever_is_typed():
    alice = owner("alice@example.com", "al@example.com")
    EmailAddress.objects.create(user=alice.user, email="not-mine@example.com", verified=False)

    person = person_of(email="work@example.com", customer=alice)

    assert person == Person(
        "work@example.com",
        frozenset({"work@example.com", "alice@example.com", "al@example.com"}),
        alice.pk,
    )


def test_a_guest_with_an_address_that_an_account_has_verified_is_that_person():
    alice = owner("alice@example.com", "al@example.com")

    assert person_of(email="AL@example.com").account_id == alice.pk


def test_plus_addresses_stay_two_persons(once: None):
    make_order(cart=coded_cart(), email="anna@example.com", at=timezone.now())

    order = make_order(cart=coded_cart(), email="anna+shop@example.com", at=timezone.now())

    assert order.discount_minor == 200


def test_one_account_uses_a_code_once_whatever_contact_address_it_gives(once: None):
    alice = owner("alice@example.com")
    make_order(cart=coded_cart(alice), email="one@example.com", at=timezone.now())

    with pytest.raises(PriceChanged) as refusal:
        make_order(cart=coded_cart(alice), email="two@example.com", at=timezone.now())

    assert refusal.value.details["coupon"] == {
        "code": "ONCE",
        "reason": "You have already used this code.",
    }
    assert Order.objects.count() == 1
    use = CouponUse.objects.get()
    assert (use.customer_key, use.account_id, use.number) == ("one@example.com", alice.pk, 1)


def test_signing_out_makes_nobody_another_person(once: None):
    alice = owner("alice@example.com")
    make_order(cart=coded_cart(alice), email="one@example.com", at=timezone.now())

    with pytest.raises(PriceChanged):
        make_order(cart=coded_cart(), email="Alice@example.com", at=timezone.now())

    assert Order.objects.count() == 1


def test_the_cart_of_an_account_says_that_its_code_was_used(once: None, alice: User):
    customer = alice.customer
    make_order(cart=coded_cart(customer), email="one@example.com", at=timezone.now())
    cart = make_cart(customer=customer, MUG=1, at=timezone.now())

    with pytest.raises(Exception, match="You have already used this code"):
        apply_coupon(cart, "ONCE", country="DE", at=timezone.now())

    cart.refresh_from_db()
    assert cart.coupon_codes == []


def test_a_first_order_is_the_first_of_the_account(once: None):
    PromotionFactory(kind="percent_order", percent=50, is_automatic=True, is_first_order_only=True)
    alice = owner("alice@example.com")
    first = make_order(customer=alice, email="one@example.com", at=timezone.now())

    second = make_order(customer=alice, email="two@example.com", at=timezone.now())

    assert (first.discount_minor, second.discount_minor) == (1000, 0)


def test_the_checkout_looks_for_the_person_once(client: Client, once: None):
    PromotionFactory(kind="percent_order", percent=50, is_automatic=True, is_first_order_only=True)
    client.cookies["cart"] = coded_cart().token
    typed = {"email": "anna@example.com", "country": "DE", "shipping_method": "no-longer-offered"}

    with CaptureQueriesContext(connection) as queries:
        page = client.post("/checkout/quote/", typed)

    assert page.status_code == 200
    assert len([one for one in queries if "account_emailaddress" in one["sql"]]) == 1


# A code that was accepted and does not apply any more
# -----------------------------------------------


def place(client: Client, cart: Cart, **changes: Any) -> Any:
    return client.post(
        "/api/orders",
        order_input(**changes),
        content_type="application/json",
        headers={"X-Cart-Token": cart.token, "Idempotency-Key": f"key-{len(changes)}"},
    )


def test_a_code_that_no_longer_applies_is_not_dropped_in_silence(client: Client, once: None):
    make_order(cart=coded_cart(), email="alice@example.com", at=timezone.now())
    cart = coded_cart()

    refused = place(client, cart)

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "price_changed")
    assert problem["quote"]["total"] == "24.90"
    assert problem["coupon"] == {"code": "ONCE", "reason": "You have already used this code."}
    cart.refresh_from_db()
    assert (Order.objects.count(), cart.closed_at, cart.coupon_codes) == (1, None, ["ONCE"])


def test_whoever_agrees_to_the_new_total_orders_at_it(client: Client, once: None):
    make_order(cart=coded_cart(), email="alice@example.com", at=timezone.now())

    placed = place(client, coded_cart(), expected_total="24.90")

    assert placed.status_code == 201
    assert placed.json()["data"]["total"] == "24.90"


def test_a_code_that_applies_needs_no_expected_total(client: Client, once: None):
    placed = place(client, coded_cart())

    assert placed.status_code == 201
    assert placed.json()["data"]["total"] == "22.90"


def test_the_page_does_not_drop_a_code_either_where_its_total_got_lost(client: Client, once: None):
    make_order(cart=coded_cart(), email="alice@example.com", at=timezone.now())
    client.cookies["cart"] = coded_cart().token
    fields = checkout_fields(client.get("/checkout/").content.decode(), expected_total="")

    refused = client.post("/checkout/", fields, follow=True)

    assert refused.status_code == 409
    assert "ONCE: You have already used this code." in refused.content.decode()
    assert Order.objects.count() == 1
