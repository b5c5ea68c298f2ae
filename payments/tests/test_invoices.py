"""Invoices of what gift cards pay: a card is money, so it pays the invoice and
does not lower it.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from cart.services import apply_gift_card
from orders.fulfillment import fulfill_order
from orders.invoices.document import document_html
from orders.models import Invoice, Order
from orders.tests.factories import make_cart, make_order, make_shop
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from pricing.models import TaxRate
from pricing.tests.factories import CAROL, make_gift_card
from shop.core.integrity import check
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def sent_with_card(amount_minor: int) -> Order:
    """Two mugs, 44.90 EUR with delivery, paid by a gift card and, where it falls short, by card."""
    at = timezone.now()
    cart = make_cart(MUG=2)
    apply_gift_card(cart, make_gift_card(amount_minor, at=at).code, at=at)
    if amount_minor < 4490:
        order = make_paid_order(at=at, cart=cart)
    else:
        order = make_order(at=at, cart=cart, payment_method="")
    fulfill_order(order, actor=CAROL, at=at)
    work()
    return Order.objects.get(pk=order.pk)


def work() -> None:
    while deliver_due():
        pass


def document(order: Order, kind: str = "invoice") -> Invoice:
    return Invoice.objects.for_document().get(order=order, kind=kind)


@pytest.mark.parametrize("mode", ["included", "added"])
@pytest.mark.parametrize("amount_minor", [1000, 9000])
def test_a_gift_card_pays_the_invoice_and_does_not_lower_it(amount_minor: int, mode: str):
    make_shop()
    TaxRate.objects.update(mode=mode)
    order = sent_with_card(amount_minor)

    invoice = document(order)

    assert (invoice.total_minor, invoice.tax_minor) == (order.total_minor, order.tax_minor)
    assert invoice.due_minor == 0
    assert sum(entry["amount_minor"] for entry in invoice.payments) == order.total_minor
    assert "Paid in full." in document_html(invoice)


@pytest.mark.parametrize("amount_minor", [1000, 9000])
def test_what_goes_back_to_a_gift_card_is_on_a_credit_note(amount_minor: int):
    order = sent_with_card(amount_minor)

    refund_order(order, items={order.items.get().pk: 1}, actor=CAROL, at=timezone.now())
    work()

    order.refresh_from_db()
    note = document(order, "credit_note")
    assert note.total_minor == order.credited_minor == 2000
    assert document(order).total_minor - note.total_minor == order.owed_minor
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []
