"""An order keeps the taxes it was sold with, whatever becomes of the rates; what
nobody has taxed is not sold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from cart.services import cart_lines
from catalog.models import TaxClass
from catalog.tests.factories import ProductFactory, VariantFactory
from orders.credits import grant_credit
from orders.credits.services import open_parts
from orders.editing import add_items, edit_order
from orders.editing.changes import OrderChange
from orders.errors import CreditedAlready
from orders.explanation import explain_order
from orders.fulfillment import fulfill_order
from orders.invoices import settle_invoices
from orders.models import CreditDelivery, Order
from orders.states import CreditKind
from orders.tests.factories import (
    CAROL,
    NOON,
    address,
    make_cart,
    make_order,
    make_shop,
    order_input,
    variant,
)
from pricing.errors import TaxRateMissing, TaxRateUsed
from pricing.models import ShippingMethod, ShippingZone, TaxRate
from pricing.promotions import note_tax_rates
from pricing.quotes import quote_for
from shop.core.errors import DomainError
from shop.core.integrity import check
from tests.behind import no_triggers, rows

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
VIENNA = address(country="AT", postal_code="1010", city="Wien")


def reduced(percent: str = "7", *, mode: str = "included", price_minor: int = 1000) -> TaxClass:
    """Tea at a reduced rate."""
    make_shop()
    tax_class = TaxClass.objects.create(code="reduced", name="Reduced")
    TaxRate.objects.create(
        country="DE", tax_class=tax_class, percent=percent, mode=mode, valid_from="2020-01-01"
    )
    VariantFactory(
        product=ProductFactory(name="Tea", tax_class=tax_class),
        sku="TEA",
        price_minor=price_minor,
        on_hand=9,
    )
    return tax_class


def confirmed(**units: int) -> Order:
    return make_order(payment_method="cash", items=units)


def edit(order: Order, change: OrderChange | None = None, **units: int) -> Order:
    return edit_order(order, change or OrderChange(units), actor=CAROL, at=LATER)


def forget_rates() -> None:
    """As if somebody had deleted every rate in the database itself."""
    rows(TaxRate).all()._raw_delete("default")
    TaxRate.objects.bulk_create([])  # raises the version that quotes remember


def credit(order: Order, **options: Any) -> Any:
    with transaction.atomic():
        locked = Order.objects.locked().get(pk=order.pk)
        return grant_credit(locked, kind=CreditKind.REFUND, actor=CAROL, at=LATER, **options)


def taxes(order: Order) -> dict[str, tuple[Decimal, str, int]]:
    return {
        item.product_sku: (item.tax_percent, item.tax_mode, item.tax_minor)
        for item in order.items.order_by("position")
    }


def delivery(order: Order) -> list[tuple[Decimal | None, int, int]]:
    parts = order.adjustments.filter(kind="tax", item=None).order_by("pk")
    return [(part.percent, part.base_minor, part.amount_minor) for part in parts]


def assert_refused(order: Order, error: type[DomainError], act: Callable[[], Any]) -> None:
    def state() -> tuple[Any, ...]:
        return (
            Order.objects.filter(pk=order.pk).values().get(),
            list(order.items.order_by("pk").values()),
            list(order.adjustments.order_by("pk").values()),
        )

    before = state()
    with pytest.raises(error):
        act()
    assert state() == before


def assert_sound() -> None:
    """Every invariant holds but those of the ledger, which these tests have not."""
    assert {promise.code for promise, breach in check(at=LATER) if breach} <= {
        "I13",
        "I13c",
        "I24d",
    }


# Rates that are gone or other
# -----------------------------------------------------------------------


def test_an_order_is_changed_at_its_own_rates_after_they_are_gone():
    reduced()
    order = confirmed(MUG=1, TEA=1)
    forget_rates()

    edit(order, MUG=2)

    order.refresh_from_db()
    assert taxes(order) == {"MUG": (19, "included", 639), "TEA": (7, "included", 65)}
    assert delivery(order) == [(19, 392, 63), (7, 98, 6)]
    assert order.tax_minor == 639 + 65 + 63 + 6
    assert_sound()


def test_an_order_is_changed_at_its_own_rates_after_they_were_corrected():
    order = confirmed(MUG=1)
    TaxRate.objects.update(percent=7, mode="added")

    edit(order, MUG=2)

    order.refresh_from_db()
    assert taxes(order) == {"MUG": (19, "included", 639)}
    assert (order.total_minor, order.tax_added_minor) == (4490, 0)


def test_changed_and_changed_back_an_order_costs_what_it_did():
    reduced("5.5", mode="added", price_minor=333)
    order = confirmed(MUG=1, TEA=2)
    before = (order.total_minor, order.tax_minor, order.tax_added_minor, delivery(order))
    forget_rates()

    edit(order, TEA=5)
    edit(order, TEA=2)

    order.refresh_from_db()
    after = (order.total_minor, order.tax_minor, order.tax_added_minor, delivery(order))
    assert after == before


def test_the_parcel_of_an_order_without_rates_today_is_invoiced_at_its_own():
    order = confirmed(MUG=1)
    forget_rates()
    edit(order, MUG=2)
    fulfill_order(order, actor=CAROL, at=NOON)

    (invoice,) = settle_invoices(order.pk, at=LATER)

    assert [(rate.percent, rate.tax_minor) for rate in invoice.taxes.all()] == [(19, 639 + 78)]


def test_what_is_added_takes_the_rate_of_the_order_s_day_where_there_is_one():
    order = confirmed(MUG=1)
    variant("LAMP")
    TaxRate.objects.update(valid_to="2027-01-01")
    TaxRate.objects.create(
        country="DE",
        tax_class=TaxClass.objects.get(),
        percent=25,
        mode="included",
        valid_from="2027-01-01",
    )

    edit_order(order, OrderChange({"LAMP": 1}), actor=CAROL, at=LATER)

    assert taxes(order)["LAMP"] == (19, "included", 319)


def test_what_is_added_takes_the_order_s_own_rate_where_the_day_has_none():
    order = confirmed(MUG=1)
    variant("LAMP")
    forget_rates()

    edit(order, LAMP=1)

    assert taxes(order)["LAMP"] == (19, "included", 319)


def test_what_has_a_class_that_neither_day_nor_order_knows_is_refused():
    order = confirmed(MUG=1)
    reduced()
    forget_rates()

    assert_refused(order, TaxRateMissing, lambda: edit(order, TEA=1))


def test_a_class_that_was_sold_without_a_rate_is_not_taken_for_0_percent():
    order = confirmed(MUG=1)
    variant("LAMP")
    forget_rates()
    rows(order.adjustments.model).filter(kind="tax").delete()
    rows(order.items.model).update(tax_percent=0, tax_minor=0)
    rows(Order).update(tax_minor=0)

    assert_refused(order, TaxRateMissing, lambda: edit(order, LAMP=1))


def test_an_exchange_is_taxed_as_the_order_it_belongs_to():
    order = confirmed(MUG=1)
    variant("LAMP")
    fulfill_order(order, actor=CAROL, at=NOON)
    forget_rates()

    with transaction.atomic():
        locked = Order.objects.locked().get(pk=order.pk)
        add_items(locked, {"MUG": 1, "LAMP": 1}, actor=CAROL, at=LATER)

    assert taxes(order) == {"MUG": (19, "included", 638), "LAMP": (19, "included", 319)}
    assert_sound()


@pytest.mark.parametrize("is_delivered", [True, False])
def test_an_exchange_for_what_nobody_has_taxed_is_refused(is_delivered: bool):
    order = confirmed(MUG=1)
    reduced()
    fulfill_order(order, actor=CAROL, at=NOON)
    forget_rates()
    ShippingMethod.objects.update(is_active=is_delivered)

    def exchange() -> None:
        with transaction.atomic():
            add_items(Order.objects.locked().get(pk=order.pk), {"TEA": 1}, actor=CAROL, at=LATER)

    assert_refused(order, TaxRateMissing, exchange)


# Another destination
# ----------------------------------------------------------------------------------


def test_an_order_cannot_go_to_a_country_that_had_no_rate_on_its_day():
    order = confirmed(MUG=1)
    TaxRate.objects.create(
        country="AT",
        tax_class=TaxClass.objects.get(),
        percent=20,
        mode="included",
        valid_from=LATER.date() + timedelta(days=1),
    )

    assert_refused(order, TaxRateMissing, lambda: edit(order, OrderChange(shipping_address=VIENNA)))


def test_within_its_country_an_order_keeps_its_taxes_where_no_region_has_its_own():
    order = confirmed(MUG=1)
    forget_rates()
    change = OrderChange(shipping_address=address(city="Potsdam", postal_code="14467", region=""))

    edit(order, change)

    assert taxes(order) == {"MUG": (19, "included", 319)}


def test_an_export_stays_one_when_its_zone_is_taxed_later():
    make_shop()
    ShippingZone.objects.update(is_export=True)
    order = confirmed(MUG=1)
    ShippingZone.objects.update(is_export=False)

    edit(order, MUG=2)
    fulfill_order(order, actor=CAROL, at=NOON)
    (invoice,) = settle_invoices(order.pk, at=LATER)

    order.refresh_from_db()
    assert (order.tax_minor, order.total_minor, order.is_export) == (0, 4490, True)
    assert invoice.is_export is True
    assert not order.adjustments.filter(kind="tax").exists()


def test_an_order_that_was_taxed_is_no_export_because_its_zone_is_one_now():
    reduced("0")
    order = confirmed(TEA=1)
    ShippingZone.objects.update(is_export=True)
    fulfill_order(order, actor=CAROL, at=NOON)

    (invoice,) = settle_invoices(order.pk, at=LATER)

    assert (order.tax_minor, order.is_export, invoice.is_export) == (0, False, False)


# Delivery
# ---------------------------------------------------------------------------------------------


def test_an_order_keeps_the_rule_by_which_its_delivery_was_taxed(settings):
    reduced()
    settings.DELIVERY_TAX = "standard"
    order = confirmed(TEA=1)
    settings.DELIVERY_TAX = "goods"
    forget_rates()

    edit(order, TEA=2)

    order.refresh_from_db()
    assert order.delivery_tax == "standard"
    assert delivery(order) == [(19, 490, 78)]


def test_free_delivery_is_no_row_of_the_invoice():
    reduced(price_minor=12000)
    order = confirmed(TEA=1)
    fulfill_order(order, actor=CAROL, at=NOON)

    (invoice,) = settle_invoices(order.pk, at=LATER)

    assert order.shipping_minor == 0
    assert [line.description for line in invoice.lines.all()] == ["Tea"]
    assert [rate.percent for rate in invoice.taxes.all()] == [7]


def test_credits_and_their_notes_give_back_delivery_at_each_of_its_rates():
    reduced("7", mode="added", price_minor=333)
    order = confirmed(MUG=1, TEA=3)
    assert delivery(order) == [(19, 327, 52), (7, 163, 11)]
    fulfill_order(order, actor=CAROL, at=NOON)
    settle_invoices(order.pk, at=LATER)

    credit(order, amount_minor=1001)
    credit(order, amount_minor=7)
    credit(order)
    notes = settle_invoices(order.pk, at=LATER)

    order.refresh_from_db()
    assert order.credited_minor == order.total_minor == 2000 + 999 + 490 + 70 + 11
    assert {(part.amount_minor, part.tax_minor) for part in open_parts(order)} == {(0, 0)}
    sums: dict[Decimal, tuple[int, int]] = {}
    for line in (line for note in notes for line in note.lines.filter(order_item=None)):
        amount, tax = sums.get(line.tax_percent, (0, 0))
        sums[line.tax_percent] = (amount + line.total_minor, tax + line.tax_minor)
    assert sums == {Decimal(19): (327, 52), Decimal(7): (174, 11)}
    assert_sound()


def test_a_credit_of_an_earlier_release_is_split_when_it_is_read():
    reduced()
    order = confirmed(MUG=1, TEA=1)
    fulfill_order(order, actor=CAROL, at=NOON)
    credit(order, items={}, amount_minor=100, include_shipping=True)
    with no_triggers():
        rows(CreditDelivery)._raw_delete("default")

    issued = settle_invoices(order.pk, at=LATER)
    credit(order)
    issued += settle_invoices(order.pk, at=LATER)

    order.refresh_from_db()
    assert {(part.amount_minor, part.tax_minor) for part in open_parts(order)} == {(0, 0)}
    assert order.credit_noted_minor == order.invoiced_minor == order.total_minor
    assert len(issued) == 3


def test_a_change_leaves_as_much_of_delivery_at_a_rate_as_was_credited_at_it():
    reduced()
    order = confirmed(MUG=1, TEA=2)
    credit(order, items={}, amount_minor=490, include_shipping=True)

    assert_refused(order, CreditedAlready, lambda: edit(order, TEA=0))


# Rates that orders were sold with
# ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "delete",
    [lambda: TaxRate.objects.get().delete(), lambda: TaxRate.objects.all().delete()],
)
def test_a_rate_that_an_order_was_sold_with_is_not_deleted(delete):
    confirmed(MUG=1)

    with pytest.raises(TaxRateUsed):
        delete()

    assert TaxRate.objects.get().was_used is True


def test_a_rate_of_which_nothing_was_sold_can_be_deleted():
    make_shop()

    TaxRate.objects.get().delete()

    assert not TaxRate.objects.exists()


def test_only_the_first_order_with_a_rate_notes_it(django_assert_num_queries):
    confirmed(MUG=1)
    facts = cart_lines(make_cart(MUG=1), at=NOON)

    quote = quote_for(facts, currency="EUR", country="DE", at=NOON)

    assert quote.rates_to_note == ()
    with django_assert_num_queries(0):
        note_tax_rates(quote)


# What nobody has taxed
# --------------------------------------------------------------------------------


def test_an_order_to_a_country_without_a_rate_is_refused_and_nothing_is_written():
    make_shop()
    cart = make_cart(MUG=1)
    client = APIClient()
    sent = order_input(shipping_address=VIENNA.as_dict())

    response = client.post(
        "/api/orders",
        sent,
        format="json",
        headers={"X-Cart-Token": cart.token, "Idempotency-Key": "k1"},
    )

    assert response.status_code == 409
    told = response.json()
    assert (told["code"], told["country"], told["tax_classes"]) == (
        "tax_rate_missing",
        "AT",
        ["standard"],
    )
    assert not Order.objects.exists()
    cart.refresh_from_db()
    assert cart.closed_at is None
    assert variant("MUG").stock_item.reserved == 0


def test_the_quote_for_a_country_without_a_rate_is_refused_and_the_cart_says_why():
    make_shop()
    cart = make_cart(MUG=1)
    client = APIClient(headers={"X-Cart-Token": cart.token})

    quote = client.get("/api/cart/quote?country=AT")
    shown = client.get("/api/cart?country=AT")

    assert (quote.status_code, quote.json()["code"]) == (409, "tax_rate_missing")
    assert shown.status_code == 200
    assert [notice["kind"] for notice in shown.json()["data"]["notices"]] == ["tax"]
    assert client.get("/api/cart/quote?country=DE").status_code == 200


def test_a_country_marked_as_untaxed_is_sold_to_without_tax():
    make_shop()
    ShippingZone.objects.update(is_export=True)

    order = confirmed(MUG=1)

    assert (order.tax_minor, order.is_export) == (0, True)


def test_0_percent_is_a_rate():
    make_shop()
    TaxRate.objects.update(percent=0)

    order = confirmed(MUG=1)

    assert (order.tax_minor, order.is_export, taxes(order)["MUG"][0]) == (0, False, 0)


def test_the_checkout_says_that_a_country_is_not_set_up():
    make_shop()
    cart = make_cart(MUG=1)
    shopper = Client()
    shopper.cookies["cart"] = cart.token
    page = shopper.post(reverse("orders:checkout-quote"), {"country": "AT"})

    text = page.content.decode()

    assert page.status_code == 200
    assert "We can&#x27;t deliver to Austria yet because tax is not set up for it." in text


# Explanations
# -----------------------------------------------------------------------------------------


def test_on_sale_is_said_of_the_choice_that_is_reduced_alone():
    make_shop()
    product = ProductFactory(name="Scarf")
    VariantFactory(product=product, sku="RED", price_minor=2000, compare_at_minor=2500, on_hand=5)
    VariantFactory(product=product, sku="BLUE", price_minor=2000, on_hand=5)

    order = confirmed(BLUE=1, RED=1)

    said = {row.line: row.reason for row in explain_order(order) if row.kind == "line"}
    assert said["BLUE"] == ""
    assert said["RED"].startswith("On sale, was €25 each")


def test_on_sale_is_still_said_after_a_change_of_the_order():
    make_shop()
    product = ProductFactory(name="Scarf")
    VariantFactory(product=product, sku="RED", price_minor=2000, compare_at_minor=2500, on_hand=5)
    order = confirmed(RED=1, MUG=1)

    edit(order, MUG=2)

    order.refresh_from_db()
    said = {row.line: row.reason for row in explain_order(order) if row.kind == "line"}
    assert said["RED"].startswith("On sale, was €25 each")
    assert said["MUG"] == ""
