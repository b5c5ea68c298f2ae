"""The page that changes an order: look, save once, conflicts told kindly."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import CAROL, address, make_order, variant

pytestmark = pytest.mark.django_db
KEY = "3f1c6e2a-8d7b-4c55-9a3e-0b1d2c3e4f50"


@pytest.fixture
def order() -> Order:
    return make_order(payment_method="cash", at=timezone.now(), items={"MUG": 1, "BOWL": 1})


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_edit", args=[order.pk])


def typed(order: Order, **changes: Any) -> dict[str, Any]:
    """The form as it is sent when nothing but `changes` was typed."""
    units = {f"quantity_{item.pk}": item.quantity for item in order.items.all()}
    return {
        **units,
        **address().as_dict(),
        "shipping_method": order.shipping_method_code,
        "reason": "",
        "search": "",
        "key": KEY,
        "version": order.version,
        "do": "preview",
        **changes,
    }


def units_of(order: Order, sku: str) -> str:
    return f"quantity_{order.items.get(product_sku=sku).pk}"


def test_the_preview_shows_before_and_after_and_writes_nothing(carol: Client, order: Order):
    response = carol.post(page_of(order), typed(order, **{units_of(order, "MUG"): 3}))

    html = response.content.decode()
    assert response.status_code == 200
    assert "€44.90" in html
    assert "€84.90" in html
    assert 'name="expected" value="8490"' in html
    assert "Kept as originally sold." in html
    assert Order.objects.get().total_minor == 4490


def test_a_change_is_saved_once_however_often_it_is_sent(carol: Client, order: Order):
    data = typed(order, **{units_of(order, "MUG"): 3}, expected=8490, do="save", reason="By phone")

    first = carol.post(page_of(order), data)
    again = carol.post(page_of(order), data)

    assert (first.status_code, again.status_code) == (302, 302)
    order.refresh_from_db()
    assert order.total_minor == 8490
    event = order.events.get(kind="edited")
    assert "By phone" in event.message


def test_a_product_is_found_and_added(carol: Client, order: Order):
    vase = variant("VASE", price_minor=3500)

    found = carol.post(page_of(order), typed(order, search="vas", do="search"))
    data = typed(order, **{f"added_{vase.pk}": 2})
    seen = carol.post(page_of(order), data)
    carol.post(page_of(order), data | {"expected": 11490, "do": "save"})

    assert f'name="added_{vase.pk}"' in found.content.decode()
    assert "€35.00" in found.content.decode()
    assert 'value="11490"' in seen.content.decode()
    order.refresh_from_db()
    assert order.items.get(product_sku="VASE").quantity == 2


def test_nothing_found_is_said(carol: Client, order: Order):
    response = carol.post(page_of(order), typed(order, search="zzz", do="search"))

    assert (
        "No products for sale match your search. Check the SKU or try another name."
        in response.content.decode()
    )


def test_saving_without_having_looked_only_looks(carol: Client, order: Order):
    carol.post(page_of(order), typed(order, **{units_of(order, "MUG"): 3}, do="save"))

    assert Order.objects.get().total_minor == 4490


def test_who_comes_second_is_told_and_changes_nothing(carol: Client, order: Order):
    data = typed(order, **{units_of(order, "MUG"): 3}, expected=8490, do="save")
    edit_order(order, OrderChange({"BOWL": 2}), actor=CAROL, at=timezone.now())

    response = carol.post(page_of(order), data)

    html = response.content.decode()
    assert response.status_code == 422
    assert "Someone else changed this order." in html
    assert "Start over from the current order" in html
    assert Order.objects.get().total_minor == 6490


def test_what_is_short_stands_in_the_preview_without_a_way_to_save(carol: Client, order: Order):
    response = carol.post(page_of(order), typed(order, **{units_of(order, "MUG"): 99}))

    html = response.content.decode()
    assert "Mug: 9 more available." in html
    assert 'value="save"' not in html


def test_an_address_is_checked_by_its_country(carol: Client, order: Order):
    response = carol.post(page_of(order), typed(order, postal_code="1"))

    assert response.status_code == 422
    assert "This postal code is not valid for the country." in response.content.decode()


def test_an_order_that_left_meanwhile_leads_back_to_its_page(carol: Client, order: Order):
    fulfill_order(order, actor=CAROL, at=timezone.now())

    response = carol.post(page_of(order), typed(order, **{units_of(order, "MUG"): 3}))

    assert response.status_code in {302, 403}
    assert Order.objects.get().total_minor == 4490


@pytest.mark.parametrize(
    ("group", "expected"), [("support", 200), ("fulfillment", 403), ("finance", 403)]
)
def test_support_changes_orders(order: Order, group: str, expected: int):
    client = Client()
    client.force_login(StaffFactory(groups=[group]))

    assert client.get(page_of(order)).status_code == expected


def test_shipping_warns_of_what_is_not_paid(carol: Client, order: Order):
    html = carol.get(reverse("admin:orders_order_ship", args=[order.pk])).content.decode()

    assert "€44.90 of this order is not paid yet." in html
