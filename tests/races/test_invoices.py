"""Numbers of invoices under fire: twenty at once, some of which come to nothing,
and no gap in the end.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.fulfillment import fulfill_order
from orders.invoices import issue_invoice, settle_invoices
from orders.invoices import services as service
from orders.models import Invoice, InvoiceSeries, Order
from orders.tests.factories import CAROL, make_order, variant
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from shop.core.querysets import LockingQuerySet
from tests.races.storm import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ORDERS = 20


class Failed(Exception):
    """What comes after the invoice in the same transaction does not work."""


@pytest.fixture(autouse=True)
def _enough_mugs() -> None:
    variant("MUG", on_hand=50)


def make_orders() -> list[Order]:
    return [make_order(payment_method="cash", at=timezone.now()) for _number in range(ORDERS)]


def issue(order: Order, *, fails: bool = False) -> str:
    with transaction.atomic():
        invoice = issue_invoice(order, actor=CAROL, at=timezone.now())
        if fails:
            raise Failed
    return invoice.number


def sequences() -> list[int]:
    return sorted(Invoice.objects.values_list("sequence", flat=True))


def assert_books_are_clean() -> None:
    while deliver_due():
        pass
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_twenty_at_once_of_which_seven_fail_leave_no_gap():
    orders = make_orders()

    results = at_once(
        ORDERS, lambda number: issue(orders[number], fails=number % 3 == 0), refusals=(Failed,)
    )

    assert sum(isinstance(result, Failed) for result in results) == 7
    assert sequences() == list(range(1, 14))
    assert InvoiceSeries.objects.get().next_number == 14
    assert_books_are_clean()


def test_twenty_handlers_of_one_parcel_issue_one_invoice():
    order = make_order(payment_method="cash", at=timezone.now())
    fulfill_order(order, actor=CAROL, at=timezone.now())

    at_once(ORDERS, lambda _number: settle_invoices(order.pk, at=timezone.now()))

    assert Invoice.objects.count() == 1
    assert_books_are_clean()


def unlocked(rows: LockingQuerySet[Any]) -> LockingQuerySet[Any]:
    return rows.order_by("pk")


@pytest.mark.postgres  # On SQLite the transaction itself is the lock.
def test_without_the_lock_two_documents_want_the_same_number():
    """The control: only the constraint is left, and it throws documents away that the
    lock would have let through.
    """
    issue(make_order(payment_method="cash", at=timezone.now()))
    orders = make_orders()

    with patch.object(LockingQuerySet, "locked", unlocked):
        results = at_once(ORDERS, lambda number: issue(orders[number]), refusals=(IntegrityError,))

    assert any(isinstance(result, IntegrityError) for result in results)


def test_a_number_taken_in_a_transaction_of_its_own_leaves_gaps():
    """The control of the other half: a number that is not rolled back with its document is lost."""
    orders = make_orders()
    take = service.take_number
    ahead: dict[int, tuple[Any, int, str]] = {}
    for order in orders:
        invoice = Invoice(kind="invoice", order=order, issued_at=timezone.now())
        with transaction.atomic():
            take(invoice)
        ahead[order.pk] = (invoice.series, invoice.sequence, invoice.number)

    def careless(invoice: Invoice) -> None:
        invoice.series, invoice.sequence, invoice.number = ahead[invoice.order_id]

    with patch.object(service, "take_number", careless):
        at_once(
            ORDERS, lambda number: issue(orders[number], fails=number % 3 == 0), refusals=(Failed,)
        )

    assert len(sequences()) == 13
    assert sequences() != list(range(1, 14))
    assert "I24" in {breach.code for _promise, breach in check(at=timezone.now()) if breach}
