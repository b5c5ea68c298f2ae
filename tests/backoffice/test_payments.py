"""The back office's payments: take a part, let go, refund a chosen one, and who may not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from payments.models import Payment, Refund
from payments.tests.factories import make_paid_order
from payments.tests.test_taking import authorized, paid_twice
from tests.backoffice.forms import staff

pytestmark = pytest.mark.django_db

SENT = {"_form_submitted": "True"}


@pytest.fixture
def finance() -> Client:
    return staff("finance")


def page_of(payment: Payment, name: str = "change") -> str:
    return reverse(f"admin:payments_payment_{name}", args=[payment.pk])


def refund_page(order: Order) -> str:
    return reverse("admin:orders_order_refund", args=[order.pk])


def test_the_dialog_says_what_follows_and_takes_what_is_typed(finance):
    payment = authorized()

    dialog = finance.get(page_of(payment, "capture")).content.decode()
    answer = finance.post(page_of(payment, "capture"), {**SENT, "amount": "10.00"})

    payment.refresh_from_db()
    assert "Authorized: €24.90." in dialog
    assert 'value="24.90"' in dialog
    assert "cannot be captured later" in dialog
    assert (answer.status_code, answer["Location"]) == (302, page_of(payment))
    assert (payment.state, payment.taken_minor) == ("captured", 1000)


@pytest.mark.parametrize("amount", ["", "0", "24.91", "1.001", "ten"])
def test_an_amount_that_cannot_be_takes_nothing(finance, amount):
    payment = authorized()

    finance.post(page_of(payment, "capture"), {**SENT, "amount": amount})

    payment.refresh_from_db()
    assert (payment.state, payment.capture_minor) == ("authorized", None)


def test_letting_go_asks_first(finance):
    payment = authorized()

    dialog = finance.get(page_of(payment, "let_go")).content.decode()
    payment.refresh_from_db()
    before = payment.state
    finance.post(page_of(payment, "let_go"), SENT)

    payment.refresh_from_db()
    assert "Nothing was charged." in dialog
    assert (before, payment.state) == ("authorized", "voided")


def test_each_payment_of_an_order_stands_with_its_own_state(finance):
    order, payments = paid_twice()

    html = finance.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    table = html[html.index('id="payments-title"') :]
    table = table[: table.index("</table>")]
    assert table.count("</span>Captured</span>") == 2
    assert all(page_of(payment) in table for payment in payments)
    assert "€10.00" in table
    assert "€14.90" in table


def test_the_refund_of_a_payment_begins_with_it_chosen(finance):
    order, (_first, second) = paid_twice()

    way = finance.get(page_of(second, "pay_back"))
    html = finance.get(way["Location"]).content.decode()

    assert way["Location"] == f"{refund_page(order)}?payment={second.pk}"
    assert f'value="{second.pk}" selected' in html


def refund(order: Order, **changes: str) -> dict[str, str]:
    key = "3f1c6e2a-8d7b-4c55-9a3e-0b1d2c3e4f50"
    return {"amount": "", "reason": "arrived late", "key": key, **changes}


def test_the_chosen_payment_is_refunded(finance):
    order, (_first, second) = paid_twice()

    finance.post(refund_page(order), refund(order, amount="12.00", payment=str(second.pk)))

    assert list(Refund.objects.values_list("payment", "amount_minor")) == [(second.pk, 1200)]


@pytest.mark.parametrize("chosen", ["other", "x", "0b1d2c3e-0000-4000-8000-000000000000"])
def test_a_payment_that_is_none_of_the_order_is_refused(finance, chosen):
    order, _payments = paid_twice()
    if chosen == "other":
        chosen = str(make_paid_order(email="bob@example.com").payments.get().pk)

    answer = finance.post(refund_page(order), refund(order, amount="1.00", payment=chosen))

    assert answer.status_code == 422
    assert Refund.objects.count() == 0


def test_more_than_the_chosen_payment_has_is_refused(finance):
    order, (first, _second) = paid_twice()

    answer = finance.post(refund_page(order), refund(order, amount="10.01", payment=str(first.pk)))

    assert answer.status_code == 422
    assert Refund.objects.count() == 0


def test_one_payment_leaves_nothing_to_choose(finance):
    html = finance.get(refund_page(make_paid_order())).content.decode()

    assert 'name="payment"' not in html


@pytest.mark.parametrize("act", ["capture", "let_go", "pay_back"])
@pytest.mark.parametrize("group", ["fulfillment", "catalog"])
def test_who_may_not_refund_may_not_touch_a_payment(group, act):
    payment = authorized()

    answer = staff(group).post(page_of(payment, act), {**SENT, "amount": "10.00"})

    payment.refresh_from_db()
    assert answer.status_code == 403
    assert payment.state == "authorized"


@pytest.mark.parametrize("act", ["capture", "let_go"])
def test_an_act_that_the_state_forbids_is_refused(finance, act):
    order = make_paid_order()

    answer = finance.post(page_of(order.payments.get(), act), {**SENT, "amount": "10.00"})

    assert answer.status_code == 403
    assert Order.objects.get().amount_paid_minor == 2490
