"""Ways into the shop that somebody once found, each shut for good."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import email_addresses, passwords, sign_in
from accounts.errors import LinkInvalid
from accounts.models import User
from accounts.sign_in.services import WRONG_PER_ADDRESS
from accounts.tests.factories import PASSWORD, AdminFactory, StaffFactory
from inventory.models import StockItem
from notifications.models import OutgoingMail
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import CAROL, make_cart, make_shop, variant
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from shop.core.errors import TooManyRequests
from shop.core.integrity import check
from shop.core.models import OutboxEvent
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def deliver() -> None:
    while deliver_due():
        continue


def assert_books_are_clean() -> None:
    assert not [row for row in check(at=timezone.now()) if row[1]]


def test_support_cannot_read_the_link_to_somebody_elses_password(client: Client):
    admin = AdminFactory(email="carol@example.com")
    passwords.request_password_reset(admin.email, at=timezone.now())
    deliver()
    mail = OutgoingMail.objects.get(kind="account_reset_password")
    assert "/password/reset/key/" in mail.text
    client.force_login(StaffFactory(groups=["support"]))

    page = client.get(reverse("admin:notifications_outgoingmail_change", args=[mail.pk]))

    assert page.status_code == 200
    assert "carol@example.com" in page.content.decode()
    assert "/password/reset/key/" not in page.content.decode()


def test_support_still_reads_letters_about_orders(client: Client):
    order = make_paid_order()
    deliver()
    mail = OutgoingMail.objects.get(kind="order_confirmed")
    client.force_login(StaffFactory(groups=["support"]))

    page = client.get(reverse("admin:notifications_outgoingmail_change", args=[mail.pk]))

    assert order.number in page.content.decode()
    assert order.token in mail.text
    assert order.token not in page.content.decode()


@pytest.mark.parametrize("options", [{"amount_minor": 100}, {"items": 1}])
def test_units_come_back_to_the_shelf_once_however_often_money_goes_back(options: dict[str, int]):
    order = make_paid_order(items={"MUG": 3})
    item = order.items.get()
    fulfill_order(order, quantities={item.pk: 1}, actor=CAROL, at=timezone.now())
    if "items" in options:
        options = {"items": {item.pk: 1}}
    for _again in range(3):
        refund_order(order, **options, restock=True, actor=CAROL, at=timezone.now())

    stock = StockItem.objects.get(sku="MUG")
    assert (stock.on_hand, stock.reserved) == (10, 2)
    assert_books_are_clean()


def test_a_form_key_opens_no_order_of_somebody_else(client: Client):
    make_shop()
    fields = {
        "key": "1",
        "email": "alice@example.com",
        "country": "DE",
        "name": "Alice Lind",
        "line1": "Lindenstraße 7",
        "postal_code": "10969",
        "city": "Berlin",
        "is_same": "on",
        "shipping_method": "standard",
        "payment_method": "transfer",
    }
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    client.post("/checkout/", fields)
    order = Order.objects.get()
    mallory = Client()

    without_cart = mallory.post("/checkout/", fields)
    mallory.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    with_cart = mallory.post("/checkout/", {**fields, "email": "mallory@example.com"})

    assert without_cart.url == "/cart/"
    assert order.number not in with_cart.headers.get("Location", "")
    assert mallory.get(f"/orders/{order.number}/thanks/").status_code == 404


def test_a_network_of_many_addresses_is_one_guesser():
    network = "2001:db8:1:2:"
    for last in range(WRONG_PER_ADDRESS):
        sign_in.Attempt(f"user{last}@example.com", f"{network}:{last + 1:x}").begin()

    with pytest.raises(TooManyRequests):
        sign_in.Attempt("another@example.com", f"{network}:ffff").begin()

    sign_in.Attempt("another@example.com", "2001:db8:1:3::1").begin()


def test_a_new_password_ends_a_change_of_address_that_a_thief_began(alice: User):
    email_addresses.start_email_change(
        alice, email="mallory@example.com", current_password=PASSWORD, at=timezone.now()
    )
    link = OutboxEvent.objects.filter(payload__kind="email_confirm_change").latest("pk")
    key = link.payload["context"]["url"].rstrip("/").rpartition("/")[2]
    passwords.set_password(alice, "a walnut tree in july", at=timezone.now())

    with pytest.raises(LinkInvalid):
        email_addresses.verify_email(key, at=timezone.now())

    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_two_guests_behind_one_address_with_one_weak_key_have_a_cart_each():
    variant("MUG")
    first, second = (
        APIClient().post(
            "/api/cart/items",
            {"sku": "MUG"},
            format="json",
            headers={"Idempotency-Key": "1", "User-Agent": f"{name}/1.0"},
        )
        for name in ("alice", "bob")
    )

    assert first.status_code == second.status_code == 201
    assert first["X-Cart-Token"] != second["X-Cart-Token"]
