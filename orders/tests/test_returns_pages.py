"""The pages of returns: for an account, and for a guest with the order's token."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.registration import customer_for
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Order, OrderItem, Return
from orders.returns import Wanted, request_return
from orders.tests.factories import CAROL, make_order
from shop.core.actors import GUEST

pytestmark = pytest.mark.django_db


def sent(**options: Any) -> Order:
    options.setdefault("items", {"MUG": 3, "LAMP": 1})
    order = make_order(payment_method="cash", at=timezone.now(), **options)
    fulfill_order(order, actor=CAROL, at=timezone.now())
    mark_delivered(order, actor=CAROL, at=timezone.now())
    return Order.objects.get(pk=order.pk)


def guest(order: Order) -> Client:
    """A browser that has come by the link in an e-mail."""
    client = Client()
    client.get(f"/orders/{order.number}/?token={order.token}")
    return client


def sku(order: Order, name: str) -> OrderItem:
    return order.items.get(product_sku=name)


def form(order: Order, **units: int) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        **{f"quantity_{sku(order, name).pk}": count for name, count in units.items()},
    }


def test_a_guest_sends_something_back():
    order = sent()
    client = guest(order)
    data = form(order, MUG=2) | {f"reason_{sku(order, 'MUG').pk}": "damaged", "note": "Two\ncracks"}

    shown = client.get(f"/orders/{order.number}/returns/new/")
    answer = client.post(f"/orders/{order.number}/returns/new/", data)

    claim = Return.objects.get()
    assert shown.status_code == 200
    assert answer.url == f"/orders/{order.number}/returns/{claim.number}/"
    assert (claim.note, claim.items.get().quantity, claim.items.get().reason) == (
        "Two cracks",
        2,
        "damaged",
    )
    page = client.get(answer.url).content.decode()
    assert claim.number in page
    assert "Requested" in page


def test_the_form_sent_twice_asks_once():
    order = sent()
    client, data = guest(order), form(order, MUG=1)

    answers = [client.post(f"/orders/{order.number}/returns/new/", data) for _try in range(2)]

    assert answers[0].url == answers[1].url
    assert Return.objects.count() == 1


@pytest.mark.parametrize("units", [{}, {"MUG": 0}, {"MUG": 4}, {"MUG": -1}])
def test_a_form_without_sound_units_stays(units):
    order = sent()

    answer = guest(order).post(f"/orders/{order.number}/returns/new/", form(order, **units))

    assert answer.status_code == 422
    assert Return.objects.count() == 0


def test_what_is_not_taken_back_is_told_and_not_offered():
    order = sent()
    OrderItem.objects.filter(product_sku="LAMP").update(is_returnable=False)

    page = guest(order).get(f"/orders/{order.number}/returns/new/").content.decode()

    assert f"quantity_{sku(order, 'MUG').pk}" in page
    assert f"quantity_{sku(order, 'LAMP').pk}" not in page
    assert "Can't be returned" in page


def test_after_the_period_the_page_says_so(settings):
    settings.RETURN_DAYS = 0
    order = sent()
    order.fulfillments.update(delivered_at=timezone.now() - timedelta(days=2))

    client = guest(order)
    answer = client.post(f"/orders/{order.number}/returns/new/", form(order, MUG=1))

    assert answer.status_code == 422
    assert Return.objects.count() == 0
    assert "The return period for this order ended on" in answer.content.decode()
    assert "Return items" not in client.get(f"/orders/{order.number}/").content.decode()


def test_a_stranger_sees_none_of_it(client: Client, bob: User):
    order = sent()
    claim = request_return(
        order, items=[Wanted(sku(order, "MUG").pk, 1)], actor=GUEST, at=timezone.now()
    )
    client.force_login(bob)

    answers = [
        client.get(f"/orders/{order.number}/returns/new/"),
        client.post(f"/orders/{order.number}/returns/new/", form(order, MUG=1)),
        client.get(f"/orders/{order.number}/returns/{claim.number}/"),
        client.post(f"/orders/{order.number}/returns/{claim.number}/cancel/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert Return.objects.get().status == "requested"


def test_an_account_sees_its_returns_and_cancels_one(client: Client, alice: User):
    order = sent(customer=customer_for(alice))
    client.force_login(alice)
    claim = request_return(
        order, items=[Wanted(sku(order, "MUG").pk, 1)], actor=GUEST, at=timezone.now()
    )

    page = client.get(f"/account/orders/{order.number}/").content.decode()
    answer = client.post(f"/orders/{order.number}/returns/{claim.number}/cancel/")

    claim.refresh_from_db()
    assert claim.number in page
    assert "Return items" in page
    assert answer.url == f"/orders/{order.number}/returns/{claim.number}/"
    assert claim.status == "canceled"


def test_a_return_of_another_order_is_not_there():
    order, other = sent(), sent(email="bob@example.com")
    claim = request_return(
        other, items=[Wanted(sku(other, "MUG").pk, 1)], actor=GUEST, at=timezone.now()
    )

    answer = guest(order).get(f"/orders/{order.number}/returns/{claim.number}/")

    assert answer.status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_a_return_costs_the_same_for_one_thing_and_for_many(
    count: int, django_assert_num_queries: Any
):
    order = sent(items={f"SKU{number}": 1 for number in range(count)})
    items = [Wanted(item.pk, 1) for item in order.items.all()]
    claim = request_return(order, items=items, actor=GUEST, at=timezone.now())
    client = guest(order)
    url = f"/orders/{order.number}/returns/{claim.number}/"
    client.get(url)

    with django_assert_num_queries(12):
        client.get(url)
