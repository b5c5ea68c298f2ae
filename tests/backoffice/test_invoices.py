"""Invoices in the back office: the list, the document, the file for the books, and
who may issue one early.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.fulfillment import fulfill_order
from orders.invoices import issue_invoice, settle_invoices
from orders.models import Invoice, Order
from orders.tests.factories import CAROL, address, make_cart, make_order
from orders.tests.test_invoices import credit
from shop.core.clock import shop_day
from shop.core.models import AuditEntry
from shop.web.csv_export import safe_cell
from tests.backoffice.forms import staff

pytestmark = pytest.mark.django_db
LIST = reverse("admin:orders_invoice_changelist")


def sent(**options: Any) -> Order:
    at = timezone.now()
    order = make_order(payment_method="cash", at=at, **options)
    fulfill_order(order, actor=CAROL, at=at)
    settle_invoices(order.pk, at=at)
    return Order.objects.get(pk=order.pk)


def credited(**options: Any) -> Order:
    order = sent(items={"MUG": 3}, **options)
    credit(order, items={order.items.get().pk: 1}, reason="Chipped")
    settle_invoices(order.pk, at=timezone.now())
    return order


def test_an_invoice_is_found_by_its_number_and_by_its_orders():
    order, other = credited(), sent(email="bob@example.com")
    client = staff("finance")

    by_order = client.get(LIST, {"q": order.number}).content.decode()
    by_number = client.get(LIST, {"q": "2026-00002"}).content.decode()
    notes = client.get(LIST, {"kind": "credit_note"}).content.decode()

    assert "2026-00001" in by_order
    assert "C2026-00001" in by_order
    assert "-€20.00" in by_order
    assert other.number not in by_order
    assert other.number in by_number
    assert order.number not in by_number
    assert "C2026-00001" in notes
    assert other.number not in notes


@pytest.mark.parametrize(
    ("first", "last", "is_found"),
    [
        ("2026-12-01", "2026-12-01", True),
        ("2026-12-01", "", True),
        ("", "2026-11-30", False),
        ("2026-12-02", "", False),
        ("9999-12-31", "9999-12-31", True),
        ("0001-01-01", "nonsense", True),
    ],
)
def test_the_list_is_filtered_by_the_shops_own_days(first: str, last: str, is_found: bool):
    order = make_order(payment_method="cash")
    # 23:30 in London is the first of December in Berlin.
    issue_invoice(order, actor=CAROL, at=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))

    html = staff("finance").get(LIST, {"issued_at_from": first, "issued_at_to": last})

    assert (order.number in html.content.decode()) is is_found


def test_the_document_is_shown_as_its_buyer_gets_it():
    order = sent()
    invoice = order.invoices.get()
    client = staff("finance")
    url = reverse("admin:orders_invoice_change", args=[invoice.pk])

    shown = client.get(url).content.decode()
    kept = client.get(reverse("admin:orders_invoice_pdf", args=[invoice.pk]))

    assert '<article class="document"' in shown
    assert shown.count("<h1") == 1
    assert reverse("admin:orders_order_change", args=[order.pk]) in shown
    assert kept["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("key", ["0", "99999", "abc", "9" * 30])
def test_there_is_no_such_invoice(key: str, carol: Client):
    assert carol.get(f"/admin/orders/invoice/{key}/change/").status_code == 404


def test_who_has_no_right_to_invoices_sees_none():
    invoice = sent().invoices.get()
    client = staff("catalog")

    for url in [
        LIST,
        reverse("admin:orders_invoice_change", args=[invoice.pk]),
        reverse("admin:orders_invoice_pdf", args=[invoice.pk]),
    ]:
        assert client.get(url).status_code == 403


def test_nobody_changes_an_invoice(carol):
    invoice = sent().invoices.get()
    url = reverse("admin:orders_invoice_change", args=[invoice.pk])

    carol.post(url, {"number": "X"})

    invoice.refresh_from_db()
    assert invoice.number == "2026-00001"
    assert carol.get(reverse("admin:orders_invoice_add")).status_code == 403


def export(client: Client, *invoices: Invoice) -> list[list[str]]:
    answer = client.post(
        LIST,
        {
            "action": "export_csv",
            ACTION_CHECKBOX_NAME: [invoice.pk for invoice in invoices],
            "select_across": "0",
            "index": "0",
        },
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_the_file_has_a_row_for_each_document_and_rate():
    order = credited()

    head, invoice, note = export(staff("finance"), *order.invoices.all())

    day = shop_day(timezone.now()).isoformat()
    assert head[:3] == ["Number", "Type", "Date"]
    assert invoice == [
        *["2026-00001", "Invoice", day, order.number, "", "Alice Lind", "DE", "EUR"],
        *["19", "54.54", "10.36", "64.90"],
    ]
    assert note == [
        *["C2026-00001", "Credit note", day, order.number, "2026-00001", "Alice Lind", "DE"],
        *["EUR", "19", "-16.81", "-3.19", "-20.00"],
    ]


def test_a_name_is_no_formula_in_a_spreadsheet():
    evil = '=HYPERLINK("https://evil.example","Pay")'
    order = make_order(payment_method="cash", billing_address=address(name=evil))
    fulfill_order(order, actor=CAROL, at=timezone.now())
    settle_invoices(order.pk, at=timezone.now())

    _head, row = export(staff("finance"), order.invoices.get())

    assert row[5] == "'" + evil


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", " =1", "＝1"])
def test_what_a_spreadsheet_would_calculate_is_text(text: str):
    assert safe_cell(text) == "'" + text


def test_figures_stay_figures():
    assert safe_cell(-5) == "-5"
    assert safe_cell("A-1") == "A-1"


def test_finance_issues_an_invoice_before_the_parcel():
    order = make_order(payment_method="cash", at=timezone.now())
    client = staff("finance")
    page = reverse("admin:orders_order_change", args=[order.pk])
    act = reverse("admin:orders_order_invoice", args=[order.pk])

    before = client.get(page).content.decode()
    asked = client.get(act)
    client.post(act, {"_form_submitted": "True"})
    after = client.get(page).content.decode()

    assert act in before
    assert asked.status_code == 200
    assert Invoice.objects.get().order == order
    assert act not in after
    assert reverse("admin:orders_invoice_change", args=[order.invoices.get().pk]) in after
    assert AuditEntry.objects.filter(action="order.invoice").count() == 1


def test_support_does_not_issue_invoices():
    order = make_order(payment_method="cash", at=timezone.now())
    client = staff("support")
    act = reverse("admin:orders_order_invoice", args=[order.pk])

    client.post(act, {"_form_submitted": "True"})

    assert (
        act
        not in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    )
    assert Invoice.objects.count() == 0


def test_the_palette_finds_an_invoice_for_those_who_may_see_it():
    invoice = sent().invoices.get()
    url = reverse("admin:orders_invoice_change", args=[invoice.pk])
    asked = {"s": "2026-0", "extended": "1"}

    assert url in staff("finance").get("/admin/search/", asked).content.decode()
    assert url not in staff("catalog").get("/admin/search/", asked).content.decode()


def test_the_list_costs_the_same_for_one_document_and_for_many(
    django_assert_num_queries: Any, carol: Client
):
    sent()
    carol.get(LIST)
    with django_assert_num_queries(6):
        carol.get(LIST)
    for number in range(5):
        sent(email=f"guest{number}@example.com", cart=make_cart(**{f"SKU{number}": 1}))

    with django_assert_num_queries(6):
        carol.get(LIST)
