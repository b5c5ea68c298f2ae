"""Exchanges: what comes back is credited, what is wanted instead is added, and
only the difference moves.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertInHTML

from catalog.models import Variant
from catalog.tests.factories import VariantFactory
from inventory.models import StockItem
from inventory.services import adjust_stock
from notifications.models import OutgoingMail
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Order, Return
from orders.returns import Arrived, Wanted, approve_return, receive_return, request_return
from orders.states import Act, ReturnKind
from orders.tests.factories import CAROL
from payments.models import Refund
from payments.tests.factories import make_paid_order
from shop.core.actors import GUEST, SYSTEM
from shop.core.errors import Invalid
from shop.core.integrity import check
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def now() -> Any:
    return timezone.now()


def sent(units: int = 2) -> Order:
    """Mugs at 20.00 EUR, paid by card and delivered."""
    order = make_paid_order(items={"MUG": units})
    fulfill_order(order, actor=CAROL, at=now())
    mark_delivered(order, actor=CAROL, at=now())
    return Order.objects.get(pk=order.pk)


def sibling(sku: str = "MUG-L", *, price_minor: int = 2000, on_hand: int = 5) -> Variant:
    """Another choice of the mug."""
    product = Variant.objects.get(sku="MUG").product
    return VariantFactory(product=product, sku=sku, price_minor=price_minor, on_hand=on_hand)


def exchange(order: Order, sku: str, units: int = 1) -> Return:
    item = order.items.get(product_sku="MUG")
    claim = request_return(
        order, items=[Wanted(item.pk, units, replacement_sku=sku)], actor=GUEST, at=now()
    )
    return approve_return(claim, actor=CAROL, at=now())


def receive(claim: Return, units: int = 1, **options: Any) -> None:
    row = claim.items.get()
    receive_return(claim, units={row.pk: Arrived(units)}, actor=CAROL, at=now(), **options)
    while deliver_due():
        continue


def assert_sound() -> None:
    assert [str(row) for row in check(at=now()) if row[1]] == []


def test_the_page_says_what_was_paid_and_what_it_costs_since():
    order = sent()
    sibling()
    receive(exchange(order, "MUG-L"))

    page = reverse("orders:status", args=[order.number])
    text = Client().get(page, {"token": order.token}, follow=True).content.decode()

    assert "€44.90, Card" in text
    assertInHTML("<dt>Total after credits</dt><dd>€44.90</dd>", text)


def test_another_size_moves_no_money():
    order = sent()
    sibling()

    claim = exchange(order, "MUG-L")
    receive(claim)

    order.refresh_from_db()
    assert claim.kind == "exchange"
    assert [(item.product_sku, item.quantity) for item in order.items.all()] == [
        ("MUG", 2),
        ("MUG-L", 1),
    ]
    assert (order.due_minor, order.excess_minor, Refund.objects.count()) == (0, 0, 0)
    assert (order.status, order.fulfillment_status) == ("confirmed", "partial")
    assert StockItem.objects.get(sku="MUG-L").reserved == 1
    assert_sound()


def test_a_more_expensive_choice_is_due_and_the_email_links_to_the_payment():
    order = sent()
    sibling(price_minor=2600)

    receive(exchange(order, "MUG-L"))

    order.refresh_from_db()
    assert (order.due_minor, Refund.objects.count()) == (600, 0)
    mail = OutgoingMail.objects.get(kind="order_edited")
    assert reverse("payments:pay", args=[order.number]) + f"?token={order.token}" in mail.text
    assert_sound()


def test_a_cheaper_choice_goes_back_by_itself():
    order = sent()
    sibling(price_minor=1500)

    receive(exchange(order, "MUG-L"))

    order.refresh_from_db()
    assert Refund.objects.get().amount_minor == 500
    assert (order.due_minor, order.excess_minor) == (0, 0)
    assert_sound()


def test_what_was_bought_in_a_sale_is_exchanged_without_a_difference():
    order = sent()
    order.items.update(unit_price_minor=2000, discount_minor=1000, total_minor=3000)
    Order.objects.filter(pk=order.pk).update(discount_minor=1000, total_minor=3490)
    sibling()

    receive(exchange(order, "MUG-L"))

    order.refresh_from_db()
    new = order.items.get(product_sku="MUG-L")
    assert new.total_minor == 1500
    assert order.owed_minor == 3490


def test_the_same_thing_again_for_a_faulty_one():
    order = sent()

    receive(exchange(order, "MUG"))

    order.refresh_from_db()
    item = order.items.get()
    assert (item.quantity, item.shipped_quantity, item.returned_quantity) == (3, 2, 1)
    assert (order.due_minor, Refund.objects.count()) == (0, 0)
    assert_sound()


def test_what_is_sold_out_by_then_is_paid_back():
    order = sent()
    sibling(on_hand=1)
    claim = exchange(order, "MUG-L", units=2)
    adjust_stock("MUG-L", set_to=0, reason="Broken", actor=SYSTEM, at=now())

    receive(claim, 2)

    order.refresh_from_db()
    assert order.items.count() == 1
    assert Refund.objects.get().amount_minor == 4000
    assert "sold out" in claim.receipts.get().message
    assert_sound()


def test_a_deduction_is_due():
    order = sent()
    sibling()

    receive(exchange(order, "MUG-L"), deduction_minor=300)

    order.refresh_from_db()
    assert order.due_minor == 300


def test_support_changes_what_goes_out_instead():
    order = sent()
    sibling()
    item = order.items.get()
    claim = request_return(order, items=[Wanted(item.pk, 1)], actor=GUEST, at=now())

    claim = approve_return(claim, instead={claim.items.get().pk: "MUG-L"}, actor=CAROL, at=now())

    assert (claim.kind, claim.items.get().replacement.sku) == ("exchange", "MUG-L")


@pytest.mark.parametrize("sku", ["NOTHING", "OFF"])
def test_only_what_is_sold_can_be_chosen(sku):
    order = sent()
    Variant.objects.filter(pk=sibling("OFF").pk).update(is_active=False)

    with pytest.raises(Invalid):
        exchange(order, sku)

    assert Return.objects.count() == 0
    assert order.items.get().returning_quantity == 0


def test_who_withdraws_gets_the_money():
    order = sent()
    sibling()
    items = [Wanted(order.items.get().pk, 1, replacement_sku="MUG-L")]

    with pytest.raises(Invalid):
        request_return(order, items=items, kind=ReturnKind.WITHDRAWAL, actor=GUEST, at=now())

    assert Return.objects.count() == 0


def test_the_form_offers_the_other_choices():
    order = sent()
    sibling()
    item = order.items.get()
    client = Client()
    client.get(f"/orders/{order.number}/?token={order.token}")
    url = f"/orders/{order.number}/returns/new/"

    page = client.get(url).content.decode()
    client.post(
        url,
        {
            "key": str(uuid.uuid4()),
            f"quantity_{item.pk}": 1,
            f"instead_{item.pk}": "MUG-L",
        },
    )

    assert 'value="MUG-L"' in page
    claim = Return.objects.get()
    assert (claim.kind, claim.items.get().replacement.sku) == ("exchange", "MUG-L")


def test_the_order_may_be_paid_again_for_the_difference():
    from orders.permissions import possible_acts

    order = sent()
    sibling(price_minor=2600)
    receive(exchange(order, "MUG-L"))

    order.refresh_from_db()
    assert Act.PAY in possible_acts(order)
