"""How an order tells its own progress."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from catalog.models import Variant
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.presentation import badges, progress
from orders.tests.factories import CAROL, NOON, make_cart, make_order, make_shop
from pricing.models import ShippingMethod

pytestmark = pytest.mark.django_db


def placed(**facts: object) -> Order:
    """A cash order of three boards, so that it can be sent at once."""
    order = make_order(payment_method="cash", items={"BOARD": 3}, **facts)
    return Order.objects.for_page().get(pk=order.pk)


def send(order: Order, units: int) -> Order:
    item = order.items.get()
    fulfill_order(
        order,
        quantities={item.pk: units},
        carrier="",
        tracking_number="",
        actor=CAROL,
        at=NOON + timedelta(hours=1),
    )
    return Order.objects.for_page().get(pk=order.pk)


def test_an_order_sent_in_part_says_how_much_of_it():
    order = send(placed(), 2)

    steps = progress(order, at=NOON)

    title, note, state = steps[3]
    assert (title, state) == ("Partially shipped", "now")
    assert note.startswith("2 of 3, last shipped ")
    assert [step[2] for step in steps] == ["done", "done", "done", "now", ""]


def test_an_order_sent_in_whole_is_on_its_way():
    order = send(placed(), 3)

    steps = progress(order, at=NOON)

    assert steps[3][0] == "Shipped"
    assert [step[2] for step in steps] == ["done", "done", "done", "now", ""]


def test_a_promised_day_that_has_passed_is_called_late():
    order = placed()
    assert order.arrives_to is not None
    due, after = NOON, NOON + timedelta(days=30)

    assert progress(order, at=due)[-1][1].count("Delayed") == 0
    assert [badge.label for badge in badges(order, at=due)][-1] == "Being packed"
    assert progress(order, at=after)[-1][1].startswith("Delayed: delivery was expected by ")
    assert [badge.label for badge in badges(order, at=after)][-1] == "Delayed"


def test_a_sent_order_that_nobody_reported_as_delivered_is_not_accused():
    order = send(placed(), 3)

    note = progress(order, at=NOON + timedelta(days=30))[-1][1]

    assert note.startswith("Delivery was expected by ")
    assert "Delayed" not in [badge.label for badge in badges(order, at=NOON + timedelta(days=30))]


def test_the_checkout_lists_only_what_can_be_chosen(client):
    make_shop()
    zone = ShippingMethod.objects.get(code="standard").zone
    flat = ShippingMethod.objects.create(zone=zone, code="flat", name="Flat mail", max_weight_g=1)
    flat.rates.create(currency="EUR", price_minor=250)
    client.cookies["cart"] = make_cart(BOARD=1).token
    Variant.objects.update(weight_g=500)

    page = client.get(reverse("orders:checkout")).content.decode()

    assert 'value="standard"' in page
    assert "Flat mail" not in page


def test_the_checkout_says_why_nothing_can_be_chosen_and_names_no_price(client):
    make_shop()
    ShippingMethod.objects.update(max_weight_g=1)
    client.cookies["cart"] = make_cart(BOARD=1).token
    Variant.objects.update(weight_g=500)

    page = client.get(reverse("orders:checkout")).content.decode()

    choice = page.split('value="standard"')[1].split("</label>")[0]
    assert "Too heavy: 0.5 kg. The limit is 0.001 kg." in choice
    assert 'class="cost"' not in choice


@pytest.fixture
def checkout(client):
    """The checkout of a cart with a board in it."""
    make_shop()
    client.cookies["cart"] = make_cart(BOARD=1).token
    return client


@pytest.mark.parametrize(
    ("country", "is_numeric"),
    [("DE", True), ("US", True), ("FR", True), ("GB", False), ("NL", False), ("PT", False)],
)
def test_a_postal_code_of_digits_asks_for_their_keyboard(checkout, country, is_numeric):
    fields = {"update": "country", "country": country, "is_same": "on"}
    page = checkout.post(reverse("orders:checkout"), fields, follow=True).content.decode()

    (field,) = re.findall(r'<input[^>]* name="postal_code"[^>]*>', page)
    assert ('inputmode="numeric"' in field) is is_numeric
    assert 'inputmode="text"' not in field


def test_the_countries_that_the_shop_names_come_first(checkout, settings):
    settings.SHOP_COUNTRY = "DE"

    page = checkout.get(reverse("orders:checkout")).content.decode()

    select = page.split('name="country"')[1].split("</select>")[0]
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', select, re.DOTALL)
    assert [name for name, _options in groups] == ["Suggested", "All other countries"]
    assert re.findall(r'value="(\w\w)"', groups[0][1]) == ["AT", "FR", "DE"]
    assert re.findall(r'value="(\w\w)"', groups[1][1])[0] == "AF"


def test_every_error_of_the_checkout_is_a_sentence(checkout):
    response = checkout.post(
        reverse("orders:checkout"), {"country": "DE", "is_same": "on"}, follow=True
    )

    errors = [text for texts in response.context["form"].errors.values() for text in texts]
    assert len(errors) >= 6
    assert [text for text in errors if not text.endswith(".")] == []
