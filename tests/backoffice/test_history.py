"""The history of an object: everything that changed, in words, and nothing that did not."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Variant
from catalog.prices import remove_price, set_price
from catalog.products import Value, remove_variant, set_options
from catalog.tests.factories import ExchangeRateFactory, VariantFactory
from orders.tests.factories import CAROL
from pricing.tests.factories import make_gift_card
from shop.core import audit
from shop.core.models import AuditEntry
from shop.core.money import Money
from tests.backoffice import data as make
from tests.backoffice.forms import product_data

pytestmark = pytest.mark.django_db


def history(client: Client, variant: Variant) -> str:
    url = reverse("admin:catalog_product_history", args=[variant.product_id])
    return client.get(url).content.decode()


def test_a_price_change_stands_in_the_history_of_the_product_with_its_currency(carol):
    variant = make.variant("POT")
    ExchangeRateFactory(currency="KWD", rate="0.33")
    set_price(variant, price_minor=1750, compare_at_minor=1900, actor=CAROL, at=timezone.now())
    set_price(variant, price_minor=6125, currency="KWD", actor=CAROL, at=timezone.now())

    page = re.sub(r">\s+<", "><", history(carol, variant))

    assert "<td>€19.00</td><td>€17.50</td>" in page
    assert "<td>–</td><td>€19.00</td>" in page
    assert "<td>–</td><td>KWD6.125</td>" in page
    assert "POT" in page


def test_taking_an_explicit_price_back_says_what_it_was(carol):
    variant = make.variant("POT")
    ExchangeRateFactory(currency="JPY", rate="160")
    set_price(variant, price_minor=3000, currency="JPY", actor=CAROL, at=timezone.now())

    remove_price(variant, currency="JPY", actor=CAROL, at=timezone.now())

    entry = AuditEntry.objects.get(action="price removed")
    assert entry.changes == {"price": [{"amount_minor": 3000, "currency": "JPY"}, None]}


def test_a_removed_variant_stays_in_the_history_of_its_product(carol):
    variant = make.variant("POT")
    other = VariantFactory(product=variant.product, sku="POT-2")

    remove_variant(other, actor=CAROL, at=timezone.now())

    entry = AuditEntry.objects.get(action="variant removed")
    assert (entry.object_type, entry.changes) == ("catalog.product", {"sku": ["POT-2", None]})
    assert "POT-2" in history(carol, variant)


def test_saving_a_product_unchanged_leaves_no_line(carol):
    variant = make.variant("POT")
    product = variant.product
    product.description = "Holds a liter.\n\nPours well."
    product.save(update_fields=["description"])
    at = timezone.now()
    set_options(product, {"Size": [Value("S"), Value("M")]}, actor=CAROL, at=at)
    before = AuditEntry.objects.count()

    # As browsers send what stands in a text field.
    response = carol.post(
        reverse("admin:catalog_product_change", args=[product.pk]),
        product_data(
            variant,
            description="Holds a liter.\r\n\r\nPours well.",
            options_text="Size: S, M",
            **{"variants-0-choices": ""},
        ),
    )

    assert response.status_code in {200, 302}
    assert AuditEntry.objects.count() == before


def test_options_are_logged_when_they_change_and_only_then():
    product = make.variant("POT").product
    at = timezone.now()
    sizes = {"Size": [Value("S"), Value("M", swatch="#aa0000")]}

    set_options(product, sizes, actor=CAROL, at=at)
    set_options(product, sizes, actor=CAROL, at=at)

    entry = AuditEntry.objects.get(action="options set")
    assert entry.changes == {"options": [[], ["Size: S, M #aa0000"]]}


def test_amounts_are_logged_with_their_currency():
    card = make_gift_card(2500)

    audit.record("tried", card, actor=CAROL, changes={"x": [None, Money.from_minor(50, "JPY")]})

    entry = AuditEntry.objects.get(action="tried")
    assert entry.changes == {"x": [None, {"amount_minor": 50, "currency": "JPY"}]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("", "–"),
        (True, "Yes"),
        (0, "0"),
        ([], "–"),
        (["a", "b"], "a, b"),
        ({"amount_minor": 1999, "currency": "EUR"}, "€19.99"),
        ({"MUG": 2, "POT": 1}, "MUG: 2, POT: 1"),
    ],
)
def test_values_of_the_log_are_shown_for_people(value, text):
    assert audit.shown(value) == text
