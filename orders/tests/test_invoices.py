"""Invoices and credit notes: one for each cause, and together what the order owes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from catalog.models import TaxClass
from catalog.tests.factories import ProductFactory, VariantFactory
from orders.cancellation import cancel_order
from orders.credits import grant_credit
from orders.errors import NothingToInvoice
from orders.fulfillment import fulfill_order
from orders.invoices import issue_invoice, settle_invoices
from orders.models import Credit, Invoice, InvoiceSeries, Order
from orders.states import CreditKind
from orders.tests.factories import CAROL, NOON, make_cart, make_order, make_shop, variant
from pricing.models import ShippingZone, TaxRate
from pricing.tests.factories import CouponFactory
from shop.core.integrity import check
from shop.core.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


def ship(order: Order, **quantities: int) -> None:
    """Send units by SKU, or all that is left."""
    items = {item.product_sku: item.pk for item in order.items.all()}
    fulfill_order(
        order,
        quantities={items[sku]: units for sku, units in quantities.items()} or None,
        actor=CAROL,
        at=NOON,
    )


def settle(order: Order) -> list[Invoice]:
    return settle_invoices(order.pk, at=LATER)


def credit(order: Order, **options: object) -> Credit:
    options.setdefault("kind", CreditKind.REFUND)
    with transaction.atomic():
        locked = Order.objects.locked().get(pk=order.pk)
        return grant_credit(locked, actor=CAROL, at=NOON, **options)


def figures(invoice: Invoice) -> tuple[int, int, int]:
    return invoice.net_minor, invoice.tax_minor, invoice.total_minor


def taxed(country: str, code: str, percent: str, mode: str = "included") -> TaxClass:
    tax_class, _made = TaxClass.objects.get_or_create(code=code, defaults={"name": code})
    TaxRate.objects.create(
        country=country, tax_class=tax_class, percent=percent, mode=mode, valid_from="2020-01-01"
    )
    return tax_class


def test_the_first_parcel_brings_the_invoice_of_the_whole_order():
    order = make_order(items={"MUG": 3}, payment_method="cash")
    ship(order, MUG=1)

    (invoice,) = settle(order)

    assert invoice.number == "2026-00001"
    assert figures(invoice) == (5454, 1036, 6490)
    assert [
        (line.description, line.quantity, line.unit_price_minor, line.unit_net_minor)
        for line in invoice.lines.all()
    ] == [("Mug", 3, 2000, 1681), ("Delivery", 1, 490, 412)]
    assert [
        (rate.percent, rate.net_minor, rate.tax_minor, rate.total_minor)
        for rate in invoice.taxes.all()
    ] == [(Decimal(19), 5454, 1036, 6490)]
    assert invoice.buyer["name"] == "Alice Lind"
    assert invoice.seller["name"] == "Linden Trading GmbH"
    assert str(invoice.supplied_on) == "2026-11-23"
    order.refresh_from_db()
    assert (order.invoiced_minor, order.credit_noted_minor) == (6490, 0)


def test_however_often_it_is_asked_there_is_one_invoice():
    order = make_order(items={"MUG": 3}, payment_method="cash")
    ship(order, MUG=1)
    settle(order)
    ship(order, MUG=2)

    assert settle(order) == []
    assert settle(order) == []
    assert Invoice.objects.count() == 1
    assert OutboxEvent.objects.filter(type="InvoiceIssued").count() == 1


def test_nothing_is_invoiced_before_something_has_left():
    order = make_order(payment_method="cash")

    assert settle(order) == []
    assert Invoice.objects.count() == InvoiceSeries.objects.count() == 0


def test_staff_invoice_before_the_first_parcel_and_the_parcel_brings_no_second_one():
    order = make_order(payment_method="cash")

    invoice = issue_invoice(order, actor=CAROL, at=NOON)

    assert invoice.supplied_on is None
    assert AuditEntry.objects.filter(action="order.invoice").count() == 1
    ship(order)
    assert settle(order) == []


def test_what_is_invoiced_is_not_invoiced_again():
    order = make_order(payment_method="cash")
    issue_invoice(order, actor=CAROL, at=NOON)

    with pytest.raises(NothingToInvoice):
        issue_invoice(order, actor=CAROL, at=NOON)

    assert Invoice.objects.count() == 1
    assert InvoiceSeries.objects.get().next_number == 2


def test_a_canceled_order_is_not_invoiced():
    order = make_order(payment_method="cash")
    cancel_order(order, actor=CAROL, at=NOON)

    with pytest.raises(NothingToInvoice):
        issue_invoice(order, actor=CAROL, at=NOON)

    assert Invoice.objects.count() == 0


def test_what_an_exchange_adds_gets_an_invoice_of_its_own_when_it_leaves():
    order = make_order(items={"MUG": 2}, payment_method="cash")
    ship(order)
    settle(order)
    # What adding a unit to the order does to its books.
    item = order.items.get()
    order.items.update(quantity=3, total_minor=6000, tax_minor=958)
    Order.objects.update(subtotal_minor=6000, total_minor=6490, tax_minor=1036)

    assert settle(order) == []
    order.items.filter(pk=item.pk).update(shipped_quantity=3)
    (invoice,) = settle(order)

    assert invoice.number == "2026-00002"
    assert [(line.quantity, line.total_minor) for line in invoice.lines.all()] == [(1, 2000)]
    order.refresh_from_db()
    assert order.invoiced_minor == order.total_minor == 6490


def test_a_credit_after_the_invoice_gets_its_credit_note_once():
    order = make_order(items={"MUG": 3}, payment_method="cash")
    ship(order)
    (invoice,) = settle(order)
    item = order.items.get()
    given = credit(order, items={item.pk: 1}, reason="Chipped")

    (note,) = settle(order)

    assert settle(order) == []
    assert (note.number, note.kind, note.corrects, note.credit) == (
        "C2026-00001",
        "credit_note",
        invoice,
        given,
    )
    assert figures(note) == (1681, 319, 2000)
    assert [(line.sku, line.quantity, line.total_minor) for line in note.lines.all()] == [
        ("MUG", 1, 2000)
    ]
    assert note.reason == "Chipped"
    order.refresh_from_db()
    assert order.invoiced_minor - order.credit_noted_minor == order.owed_minor == 4490


def test_credits_before_the_invoice_follow_it_in_their_order():
    order = make_order(items={"MUG": 3}, payment_method="cash")
    first = credit(order, amount_minor=490)
    second = credit(order, amount_minor=1000)
    assert settle(order) == []
    ship(order)

    invoice, *notes = settle(order)

    assert invoice.total_minor == 6490
    assert [(note.credit, note.total_minor) for note in notes] == [(first, 490), (second, 1000)]


def test_a_credit_on_something_that_is_not_invoiced_yet_waits_for_its_invoice():
    order = make_order(items={"MUG": 1}, payment_method="cash")
    ship(order)
    settle(order)
    cup = variant("CUP")
    item = order.items.create(
        variant=cup,
        position=2,
        product_name="Cup",
        product_sku="CUP",
        quantity=1,
        unit_price_minor=1000,
        total_minor=1000,
        tax_class="standard",
        tax_percent=19,
        tax_minor=160,
    )
    Order.objects.update(subtotal_minor=3000, total_minor=3490, tax_minor=557)
    credit(order, items={item.pk: 1})

    assert settle(order) == []
    item.shipped_quantity = 1
    item.save()
    invoice, note = settle(order)

    assert (invoice.total_minor, note.total_minor, note.corrects) == (1000, 1000, invoice)


def test_a_credit_of_nothing_has_no_document_and_breaks_no_promise():
    order = make_order(items={"MUG": 3}, payment_method="cash")
    ship(order)
    settle(order)
    # What came back was worth nothing: all of its price is withheld.
    nothing = credit(order, items={order.items.get().pk: 1}, withhold_minor=2000)

    assert nothing.amount_minor == 0
    assert settle(order) == []
    order.refresh_from_db()
    assert order.invoiced_minor - order.credit_noted_minor == order.owed_minor == 6490
    codes = frozenset({"I24", "I24b", "I24c", "I24d"})
    assert [breach for _promise, breach in check(at=LATER, only=codes) if breach] == []


def test_a_canceled_order_that_was_invoiced_gets_one_note_over_all_that_is_left():
    order = make_order(items={"MUG": 3}, payment_method="cash")
    issue_invoice(order, actor=CAROL, at=NOON)
    credit(order, amount_minor=490)
    cancel_order(order, actor=CAROL, at=LATER)

    first, rest = settle(order)

    assert settle(order) == []
    assert (first.total_minor, rest.total_minor, rest.credit) == (490, 6000, None)
    order.refresh_from_db()
    assert order.invoiced_minor == order.credit_noted_minor == 6490
    assert order.invoiced_minor - order.credit_noted_minor == order.owed_minor


def test_several_rates_stand_in_a_table_that_sums_to_the_order():
    make_shop()
    reduced = taxed("DE", "reduced", "7")
    VariantFactory(
        product=ProductFactory(name="Tea", tax_class=reduced), sku="TEA", price_minor=333, on_hand=9
    )
    order = make_order(cart=make_cart(MUG=1, TEA=3), payment_method="cash")
    ship(order)

    (invoice,) = settle(order)

    assert [
        (rate.percent, rate.net_minor, rate.tax_minor, rate.total_minor)
        for rate in invoice.taxes.all()
    ] == [(Decimal(19), 1956, 371, 2327), (Decimal(7), 1086, 76, 1162)]
    assert invoice.tax_minor == order.tax_minor == 447
    # Delivery follows the goods: 20.00 and 9.99 EUR of them.
    assert [
        (line.description, line.tax_percent, line.unit_price_minor, line.total_minor)
        for line in invoice.lines.filter(order_item=None)
    ] == [("Delivery", Decimal(19), 327, 327), ("Delivery", Decimal(7), 163, 163)]


def test_a_discount_stands_on_its_line_with_its_reason():
    CouponFactory(code="TEN")
    cart = make_cart(MUG=2)
    cart.coupon_codes = ["TEN"]
    cart.save()
    order = make_order(cart=cart, payment_method="cash")
    ship(order)

    (invoice,) = settle(order)

    line = invoice.lines.first()
    assert line.discount_minor == order.discount_minor > 0
    assert sum(part["amount_minor"] for part in line.discounts) == line.discount_minor
    assert line.total_minor == line.unit_price_minor * 2 - line.discount_minor


def test_an_export_says_so_and_has_no_tax():
    make_shop()
    ShippingZone.objects.update(is_export=True)
    order = make_order(payment_method="cash")
    ship(order)

    (invoice,) = settle(order)

    assert invoice.is_export is True
    assert figures(invoice) == (2490, 0, 2490)


def test_numbers_start_again_with_the_year_of_the_shop_s_own_calendar():
    first, second = make_order(payment_method="cash"), make_order(payment_method="cash")
    # 23:30 in London is the new year in Berlin.
    eve = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)

    before = issue_invoice(first, actor=CAROL, at=eve)
    after = issue_invoice(second, actor=CAROL, at=eve + timedelta(hours=1))

    assert (before.number, after.number) == ("2026-00001", "2027-00001")


def test_a_transaction_that_ends_in_nothing_gives_its_number_back():
    first, second = make_order(payment_method="cash"), make_order(payment_method="cash")

    with transaction.atomic():
        assert issue_invoice(first, actor=CAROL, at=NOON).number == "2026-00001"
        transaction.set_rollback(True)

    assert issue_invoice(second, actor=CAROL, at=NOON).number == "2026-00001"


def test_the_database_has_one_cancellation_an_order():
    order = make_order(payment_method="cash")
    issue_invoice(order, actor=CAROL, at=NOON)
    cancel_order(order, actor=CAROL, at=NOON)
    (note,) = settle(order)

    note.pk, note.sequence, note.number, note.ordinal = None, 9, "X", 9
    note._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        note.save()
    assert Invoice.objects.count() == 2


def test_issuing_costs_the_same_for_one_line_and_for_nine(django_assert_max_num_queries):
    order = make_order(
        cart=make_cart(**{f"SKU{number}": 1 for number in range(9)}), payment_method="cash"
    )
    ship(order)

    with django_assert_max_num_queries(28):
        settle(order)
