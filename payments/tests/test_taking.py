"""Staff take a part of an authorization, let go of it, and refund one payment of several."""

from __future__ import annotations

import pytest
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import CAROL, make_order
from payments.errors import (
    AmountTooLarge,
    NothingToRefund,
    OutcomeMismatch,
    ProviderRefused,
    RefundTooLarge,
)
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund, TestCharge
from payments.providers.test import TestProvider
from payments.refunds import refund_order, refundable_payments
from payments.settlement import ask_provider, capture_payment, void_payment
from payments.tests.factories import make_paid_order, make_payment, use_card
from shop.core.integrity import check
from shop.core.models import AuditEntry
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def authorized() -> Payment:
    """24.90 EUR that the test provider holds."""
    payment = make_payment(make_order(at=timezone.now()))
    TestCharge.objects.filter(pk=payment.pk).update(state="authorized", charge_id="auth_1")
    return ask_provider(payment, at=timezone.now())


def paid_twice() -> tuple[Order, list[Payment]]:
    """An order of 24.90 EUR that was paid 10.00 and 14.90."""
    order = authorized().order
    capture_payment(Payment.objects.get(), amount_minor=1000, actor=CAROL, at=timezone.now())
    use_card(make_payment(Order.objects.get()))
    return Order.objects.get(pk=order.pk), list(Payment.objects.of_order(order.pk))


def take(payment: Payment, amount_minor: int) -> Payment:
    return capture_payment(payment, amount_minor=amount_minor, actor=CAROL, at=timezone.now())


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_a_part_is_taken_and_the_rest_let_go():
    payment = take(authorized(), 1000)

    order = Order.objects.get()
    assert (payment.state, payment.taken_minor) == ("captured", 1000)
    assert (order.amount_paid_minor, order.amount_authorized_minor, order.due_minor) == (
        1000,
        0,
        1490,
    )
    assert AuditEntry.objects.get(action="order.capture").changes == {
        "captured": [None, {"amount_minor": 1000, "currency": "EUR"}]
    }
    assert_books_are_clean()


@pytest.mark.parametrize("amount", [0, -1, 2491])
def test_no_more_than_is_held_and_owed_is_taken(amount):
    payment = authorized()

    with pytest.raises(AmountTooLarge):
        take(payment, amount)

    payment.refresh_from_db()
    assert (payment.state, payment.capture_minor) == ("authorized", None)


def test_after_a_definite_no_another_amount_may_be_asked_for(monkeypatch):
    payment = authorized()

    def no(*args: object, **options: object) -> None:
        raise ProviderRefused

    with monkeypatch.context() as patch:
        patch.setattr(TestProvider, "capture", no)
        with pytest.raises(ProviderRefused):
            take(payment, 1000)

    assert take(payment, 2000).taken_minor == 2000


def test_what_was_authorized_is_let_go_and_has_to_be_paid_again():
    payment = void_payment(authorized(), actor=CAROL, at=timezone.now())

    order = Order.objects.get()
    assert payment.state == "voided"
    assert (order.amount_authorized_minor, order.to_pay_minor) == (0, 2490)
    assert AuditEntry.objects.filter(action="order.void").count() == 1
    assert_books_are_clean()


def test_what_was_taken_is_not_let_go():
    order = make_paid_order()

    with pytest.raises(ProviderRefused):
        void_payment(Payment.objects.get(), actor=CAROL, at=timezone.now())

    order.refresh_from_db()
    assert order.amount_paid_minor == 2490


def test_what_was_taken_meanwhile_is_booked_and_the_act_refused():
    payment = authorized()
    TestCharge.objects.update(state="captured")

    with pytest.raises(ProviderRefused):
        void_payment(payment, actor=CAROL, at=timezone.now())

    assert Order.objects.get().amount_paid_minor == 2490
    assert not AuditEntry.objects.filter(action="order.void").exists()


def test_an_answer_that_does_not_fit_waits_for_a_person():
    payment = authorized()
    TestCharge.objects.update(currency="USD")

    with pytest.raises(OutcomeMismatch):
        void_payment(payment, actor=CAROL, at=timezone.now())

    assert ProviderEvent.objects.get().state == "quarantined"
    assert PaymentEntry.objects.filter(kind="voided").count() == 0


def test_the_chosen_payment_is_refunded_and_no_other():
    order, (_first, second) = paid_twice()

    [refund] = refund_order(
        order, amount_minor=1200, payment=second, actor=CAROL, at=timezone.now()
    )
    deliver_due()

    assert refund.payment == second
    assert [left for _payment, left in refundable_payments(order)] == [1000, 290]
    assert_books_are_clean()


def test_no_more_than_the_chosen_payment_has_goes_back():
    order, (first, _second) = paid_twice()

    with pytest.raises(RefundTooLarge):
        refund_order(order, amount_minor=1001, payment=first, actor=CAROL, at=timezone.now())

    assert Refund.objects.count() == 0


def test_a_payment_of_another_order_is_not_refunded():
    order, _payments = paid_twice()
    other = make_paid_order(email="bob@example.com")

    with pytest.raises(NothingToRefund):
        refund_order(order, payment=other.payments.get(), actor=CAROL, at=timezone.now())

    assert Refund.objects.count() == 0
