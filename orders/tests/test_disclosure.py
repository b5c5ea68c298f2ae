"""Somebody who merely knows an order's number and e-mail reads nothing private, on
any page or over the API.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.registration import customer_for
from orders.fulfillment import fulfill_order
from orders.invoices import settle_invoices
from orders.models import Order, OrderItem, Return
from orders.returns import Wanted, request_return
from orders.states import EventKind
from orders.tests.factories import CAROL, GUEST, make_order
from orders.timeline import add_event

pytestmark = pytest.mark.django_db

PRIVATE = {
    "name": "Privatename",
    "company": "Privatecompany",
    "line1": "Privatestreet 1",
    "line2": "Privatefloor",
    "postal_code": "73917",
    "phone": "+4930739173917",
}
WRITTEN = "Privatenote"
CARD = "7391"
SECRETS = [*PRIVATE.values(), WRITTEN, CARD]


@pytest.fixture
def order() -> Order:
    """A sent order with an invoice and a return, and something private wherever
    there is room for it.
    """
    at = timezone.now()
    order = make_order(payment_method="cash", items={"MUG": 3}, note=WRITTEN, at=at)
    greeting = {"recipient_name": PRIVATE["name"], "recipient_email": f"{WRITTEN}@example.com"}
    OrderItem.objects.filter(order=order).update(greeting=greeting)
    fulfill_order(order, actor=CAROL, at=at)
    settle_invoices(order.pk, at=at)
    item = OrderItem.objects.get(order=order)
    request_return(order, items=[Wanted(item.pk, 1)], note=WRITTEN, actor=GUEST, at=at)
    Return.objects.update(answer=WRITTEN)
    address = {**PRIVATE, "city": "Berlin", "country": "DE"}
    Order.objects.filter(pk=order.pk).update(
        shipping_address=address,
        billing_address=address,
        gift_cards=[{"last4": CARD, "amount_minor": 100}],
    )
    add_event(order, EventKind.PAID, actor=GUEST, at=at, message=f"Visa {CARD}", data={})
    return Order.objects.get(pk=order.pk)


def pages(order: Order) -> list[str]:
    claim = Return.objects.get(order=order)
    return [
        f"/orders/{order.number}/",
        f"/orders/{order.number}/thanks/",
        f"/orders/{order.number}/cancel/",
        f"/orders/{order.number}/returns/new/",
        f"/orders/{order.number}/returns/{claim.number}/",
        f"/orders/{order.number}/invoices/",
        f"/orders/{order.number}/pay/",
        f"/withdraw/?order={order.number}",
    ]


def shown(client: Client, order: Order) -> str:
    return "\n".join(client.get(page, follow=True).content.decode() for page in pages(order))


def finder(order: Order) -> Client:
    """A browser that has found the order by number and e-mail."""
    client = Client()
    client.post("/track/", {"number": order.number, "email": order.email})
    return client


def test_the_holder_of_the_link_reads_all_of_it(order: Order):
    client = Client()
    client.get(f"/orders/{order.number}/?token={order.token}")

    html = shown(client, order)

    # Otherwise the tests below would look for what nobody shows.
    expected = {"Privatename", "Privatestreet 1", WRITTEN, CARD}
    assert {secret for secret in expected if secret in html} == expected


def test_no_page_shows_something_private_to_who_knows_number_and_email(order: Order):
    html = shown(finder(order), order)

    assert [secret for secret in SECRETS if secret in html] == []
    assert order.invoices.get().number not in html
    assert "Berlin" in html


def test_the_lookup_shows_no_more_than_the_pages(order: Order):
    body = {"number": order.number, "email": order.email}

    answer = Client().post("/api/orders/lookup", body, content_type="application/json")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert [secret for secret in SECRETS if secret in text] == []
    assert order.invoices.get().number not in text
    assert answer.json()["data"]["shipping_address"] == {"city": "Berlin", "country": "DE"}


def test_the_form_to_withdraw_still_knows_the_number(order: Order):
    html = finder(order).get(f"/withdraw/?order={order.number}").content.decode()

    assert f'value="{order.number}"' in html


def test_looking_at_an_order_stores_nothing(order: Order):
    shown(finder(order), order)

    fresh = Order.objects.get(pk=order.pk)
    assert (fresh.shipping_address, fresh.note) == (order.shipping_address, WRITTEN)
    assert OrderItem.objects.get(order=order).greeting["recipient_name"] == PRIVATE["name"]


def test_its_own_customer_reads_all_of_it_after_looking_it_up(order: Order, alice):
    Order.objects.filter(pk=order.pk).update(customer=customer_for(alice))
    client = finder(order)
    client.force_login(alice)

    html = client.get(f"/account/orders/{order.number}/").content.decode()

    assert "Privatestreet 1" in html
