"""Finding: what the list of orders and the palette find, and that a list asks for
its headers once.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from unfold.templatetags import unfold_list

from accounts.tests.factories import StaffFactory
from orders.models import Fulfillment, Order
from orders.tests.factories import make_order
from pricing.models import ShippingMethod, ShippingRate, ShippingZone
from shop.admin.headers import built_once
from tests.backoffice import data as make

pytestmark = pytest.mark.django_db


def two_orders() -> tuple[Order, Order]:
    """One to look for, and one that nothing below may find."""
    wanted = make.order("LN-POT-RED", quantity=1)
    Order.objects.filter(pk=wanted.pk).update(
        email="zoe.quist@mail.example",
        shipping_address={
            **wanted.shipping_address,
            "name": "Zoë Quist",
            "postal_code": "98127",
            "city": "Göteborg",
        },
    )
    Fulfillment.objects.create(order=wanted, number=1, tracking_number="00340434161094042557")
    return wanted, make.order("CUP")


@pytest.mark.parametrize(
    "text",
    ["Quist", "zoë quist", "quist@mail", "98127", "teborg", "LN-POT-RED", "pot-red", "094042557"],
)
def test_the_list_of_orders_finds_what_an_order_shows(text):
    wanted, _other = two_orders()

    assert list(Order.objects.found_by(text)) == [wanted]


def test_each_word_must_be_found_and_no_order_is_found_twice():
    wanted = make_order(items={"MUG": 1, "MUG-2": 1}, at=timezone.now())

    assert list(Order.objects.found_by("mug")) == [wanted]
    assert list(Order.objects.found_by("mug 10969")) == [wanted]
    assert list(Order.objects.found_by("mug 99999")) == []


def test_the_search_of_the_list_uses_it(carol):
    wanted, other = two_orders()

    page = carol.get("/admin/orders/order/", {"q": "quist"}).content.decode()

    assert wanted.number in page
    assert other.number not in page


def palette(client: Client, text: str) -> str:
    return client.get("/admin/search/", {"s": text, "extended": "1"}).content.decode()


def test_the_palette_finds_pages_by_the_words_of_the_side_bar(carol):
    assert reverse("admin:inventory_stockitem_changelist") in palette(carol, "Stock")
    assert reverse("admin:pricing_taxrate_changelist") in palette(carol, "tax")


def test_the_palette_shows_nobody_a_page_that_is_not_theirs():
    client = Client()
    client.force_login(StaffFactory())

    assert reverse("admin:inventory_stockitem_changelist") not in palette(client, "stock")


def test_the_palette_says_so_where_nothing_is_found_and_leads_on(carol):
    page = palette(carol, "zzzz&q")

    assert "Nothing found for “zzzz&amp;q”" in page
    assert "/admin/orders/order/?q=zzzz%26q" in page


def test_a_list_asks_for_its_headers_once(carol, monkeypatch):
    for index in range(3):
        make.order(f"POT-{index}")
    asked = []

    def headers(cl: Any) -> Any:
        asked.append(cl)
        yield from original(cl)

    original = unfold_list.result_headers.__closure__[0].cell_contents
    monkeypatch.setattr(unfold_list, "result_headers", built_once(headers))

    page = carol.get("/admin/orders/order/").content.decode()

    assert page.count('class="data-row"') == 3
    assert len(asked) == 1


def test_delivery_methods_are_named_as_staff_know_them():
    zone = ShippingZone.objects.create(code="eu", name="Europe", countries=["DE"])
    method = ShippingMethod.objects.create(zone=zone, code="standard", name="Standard")
    rate = ShippingRate.objects.create(method=method, currency="JPY", price_minor=490)

    assert (str(method), str(rate)) == ("Standard", "¥490")
