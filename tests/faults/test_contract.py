"""What every provider must do, whoever it is: the built-in one, the fake Stripe, the fake PayPal."""

from __future__ import annotations

import pytest
from django.utils import timezone

from orders.models import Order
from orders.services import cancel_order
from orders.tests.factories import CAROL
from payments.errors import SignatureInvalid
from payments.models import Payment, ProviderEvent, Refund
from payments.services import (
    ask_provider,
    reconcile,
    refund_order,
    start_payment,
)
from shop.core.actors import GUEST
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.faults.companies import House

pytestmark = pytest.mark.django_db


def entries(payment: Payment) -> list[tuple[str, int]]:
    return list(payment.entries.values_list("kind", "amount_minor"))


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_a_shopper_pays_and_comes_back(house: House):
    payment = house.started()
    house.pay(payment)

    payment = ask_provider(payment, at=timezone.now())

    order = Order.objects.get()
    assert (payment.state, entries(payment)) == ("captured", [("captured", 2490)])
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert house.charged_minor() == 2490
    assert_books_are_clean()


def test_starting_twice_opens_one_payment(house: House):
    order = house.order()

    first = start_payment(order, at=timezone.now())
    second = start_payment(order, at=timezone.now())

    assert first.url == second.url != ""
    assert Payment.objects.get().external_id == first.external_id != ""


def test_coming_back_without_paying_changes_nothing(house: House):
    payment = ask_provider(house.started(), at=timezone.now())

    assert (payment.state, entries(payment)) == ("started", [])
    assert Order.objects.get().status == "pending"


def test_a_refusal_is_told_and_another_try_pays(house: House):
    payment = house.started()
    house.pay(payment, "declined")
    payment = ask_provider(payment, at=timezone.now())
    refused = (payment.state, bool(payment.failure_message))
    start_payment(payment.order, at=timezone.now())

    house.pay(payment)
    payment = ask_provider(payment, at=timezone.now())

    assert refused == ("failed", True)
    assert entries(payment) == [("failed", 2490), ("captured", 2490)]
    assert house.charged_minor() == 2490
    assert_books_are_clean()


def test_callbacks_alone_settle_a_payment(house: House):
    payment = house.started()
    house.pay(payment)
    if house.code == "paypal":  # PayPal takes money only when we ask for it
        ask_provider(payment, at=timezone.now())

    for callback in house.callbacks():
        house.receive(callback)

    payment.refresh_from_db()
    assert (payment.state, entries(payment)) == ("captured", [("captured", 2490)])


def test_a_callback_told_twice_counts_once(house: House):
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    callback = house.callbacks()[-1]

    first, second = house.receive(callback), house.receive(callback)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert entries(payment) == [("captured", 2490)]


def test_a_forged_callback_is_refused_and_not_stored(house: House):
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    headers, body = house.callbacks()[-1]

    with pytest.raises(SignatureInvalid):
        house.receive((headers, body.replace(b"24", b"25")))
    with pytest.raises(SignatureInvalid):
        house.receive(({}, body))

    assert ProviderEvent.objects.count() == 0


def test_part_of_a_payment_goes_back_and_then_the_rest(house: House):
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    order = Order.objects.get()

    for amount in (490, None):
        refund_order(order, amount_minor=amount, actor=CAROL, at=timezone.now())
        deliver_due()

    order.refresh_from_db()
    assert list(Refund.objects.order_by("created_at").values_list("amount_minor", "state")) == [
        (490, "succeeded"),
        (2000, "succeeded"),
    ]
    assert (order.payment_status, house.refunded_minor()) == ("refunded", 2490)
    assert_books_are_clean()


def test_canceling_before_anybody_paid_closes_the_payment(house: House):
    payment = house.started()

    cancel_order(payment.order, actor=GUEST, at=timezone.now())
    deliver_due()

    payment.refresh_from_db()
    assert (payment.state, house.charged_minor()) == ("voided", 0)


def test_canceling_a_paid_order_pays_the_money_back(house: House):
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())

    cancel_order(payment.order, actor=CAROL, at=timezone.now())
    deliver_due()

    assert Order.objects.get().payment_status == "refunded"
    assert house.refunded_minor() == 2490


def test_equal_books_have_no_difference(house: House):
    since = timezone.now()
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    refund_order(payment.order, amount_minor=490, actor=CAROL, at=timezone.now())
    deliver_due()

    assert reconcile(since=since, at=timezone.now()) == []
