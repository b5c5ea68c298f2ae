"""Which day is promised: none for what is sold out, a later one for what has to come first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cart.display import view_cart
from cart.models import Cart
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.tests.factories import VariantFactory
from inventory.models import StockItem
from pricing.quotes.context import add_working_days
from pricing.tests.factories import ShippingMethodFactory, TaxRateFactory

pytestmark = pytest.mark.django_db
SOON = timezone.now().date() + timedelta(days=20)


@pytest.fixture(autouse=True)
def _shop():
    TaxRateFactory()
    ShippingMethodFactory(days_min=2, days_max=4)


def stock(sku: str, **facts: object) -> None:
    StockItem.objects.filter(sku=sku).update(**facts)


def arrival_of(cart: Cart) -> date | None:
    shipping = view_cart(cart, country="DE", at=timezone.now()).quote.shipping
    assert shipping is not None
    return shipping.arrives_to


def delivery_line(client, sku: str) -> str:
    return client.get(reverse("cart:delivery"), {"sku": sku}).content.decode()


def test_what_is_in_stock_promises_its_day(client):
    VariantFactory(sku="CUP")

    assert "Arrives by" in delivery_line(client, "CUP")


@pytest.mark.parametrize("back_on", [None, SOON])
def test_what_is_sold_out_promises_no_day(client, back_on):
    VariantFactory(sku="CUP")
    stock("CUP", on_hand=0, backorder_until=back_on)

    line = delivery_line(client, "CUP")

    assert "Arrives by" not in line
    assert "to Germany" in line


def test_what_comes_on_a_known_day_counts_from_it(client):
    VariantFactory(sku="CUP")
    stock("CUP", on_hand=0, backorder_limit=5, backorder_until=SOON)
    cart = CartItemFactory(variant__sku="MUG", variant__on_hand=1, quantity=3).cart
    stock("MUG", backorder_limit=5, backorder_until=SOON)

    promised = add_working_days(SOON, 4)

    assert f"{promised:%B}" in delivery_line(client, "CUP")
    assert arrival_of(cart) == promised


def test_what_is_made_to_order_promises_no_day_for_the_whole_cart(client):
    cart = CartFactory()
    CartItemFactory(cart=cart, variant__sku="CUP")
    assert arrival_of(cart) is not None
    CartItemFactory(cart=cart, variant__sku="CHAIR")
    stock("CHAIR", on_hand=0, backorder_limit=5)
    client.cookies["cart"] = cart.token

    page = client.get(reverse("cart:detail")).content.decode()

    assert arrival_of(cart) is None
    assert "Made to order. We'll e-mail you when it ships." in page
    assert "arrives by" not in page
