"""`manage.py issue_invoices`, and what `manage.py check` says of the settings of invoices."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from orders.cancellation import cancel_order
from orders.checks import seller_is_known, series_are_told_apart
from orders.fulfillment import fulfill_order
from orders.models import Invoice, Order
from orders.tests.factories import CAROL, NOON, make_order
from orders.tests.test_invoices import credit
from shop.core.integrity import check
from shop.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


def run(*options: str) -> str:
    out = StringIO()
    call_command("issue_invoices", *options, stdout=out)
    return out.getvalue()


def sent(*, days: int = 0, **options: Any) -> Order:
    order = make_order(payment_method="cash", at=NOON, **options)
    fulfill_order(order, actor=CAROL, at=NOON + timedelta(days=days))
    return order


def old_shop() -> tuple[Order, Order]:
    """Two orders that left before there were invoices, the later one first; one
    credited, one never sent.
    """
    late, early = sent(days=2), sent(days=1, items={"MUG": 3})
    credit(early, items={early.items.get().pk: 1}, reason="Chipped")
    make_order(payment_method="cash")
    cancel_order(make_order(payment_method="cash"), actor=CAROL, at=NOON)
    # What the handlers of that time did with the events.
    OutboxEvent.objects.all().delete()
    return early, late


def breaches() -> list[str]:
    return [breach.code for _promise, breach in check(at=NOON, only=frozenset({"I24d"})) if breach]


def test_a_dry_run_names_the_orders_and_writes_nothing():
    early, late = old_shop()

    said = run("--dry-run")

    assert said.splitlines() == [
        early.number,
        late.number,
        "2 orders are missing an invoice or a credit note.",
    ]
    assert Invoice.objects.count() == 0
    assert breaches() == ["I24d"]


def test_what_left_first_is_invoiced_first_and_credited():
    early, late = old_shop()

    said = run()

    assert said.splitlines()[-1] == "3 invoices and credit notes issued."
    assert [
        (document.kind, document.sequence, document.order)
        for document in Invoice.objects.order_by("pk")
    ] == [
        ("invoice", 1, early),
        ("credit_note", 1, early),
        ("invoice", 2, late),
    ]
    assert breaches() == []


def test_it_may_run_again():
    old_shop()
    run()

    said = run()

    assert said.splitlines()[-1] == "0 invoices and credit notes issued."
    assert Invoice.objects.count() == 3


def test_invoices_name_their_seller_or_the_check_says_so(settings: Any):
    settings.SHOP_LEGAL_NAME = settings.SHOP_VAT_ID = ""
    settings.SHOP_ADDRESS = " | "

    assert [found.id for found in seller_is_known(None)] == [
        "orders.W001",
        "orders.W002",
        "orders.W003",
    ]


def test_with_a_seller_the_check_is_silent():
    assert seller_is_known(None) == series_are_told_apart(None) == []


@pytest.mark.parametrize(
    ("invoices", "notes", "codes"),
    [
        ("RE-", "C{year}-", ["orders.E001"]),
        ("{year}-", "{year}-", ["orders.E003"]),
        ("A very long prefix {year}-", "C{year}-", ["orders.E002"]),
        ("R\n{year}-", "C{year}-", ["orders.E002"]),
    ],
)
def test_numbers_that_could_not_be_told_apart_are_refused(
    settings: Any, invoices: str, notes: str, codes: list[str]
):
    settings.INVOICE_PREFIX, settings.CREDIT_NOTE_PREFIX = invoices, notes

    assert [found.id for found in series_are_told_apart(None)] == codes
