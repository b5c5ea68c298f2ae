"""H8: less than was authorized, more than was asked for, and money that came twice,
each with its true entries.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from orders.models import Order
from payments.checkout import begin_payment
from payments.errors import CaptureUnderWay, ProviderUnavailable
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund
from payments.providers.base import Outcome
from payments.reconciliation import reconcile
from payments.settlement import ask_provider, capture_payment, settle, void_open_payments
from shop.core.actors import SYSTEM
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.faults.companies import StripeHouse
from tests.faults.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(stripe_company: FakeStripe, settings: Any) -> StripeHouse:
    settings.STRIPE_CAPTURE = "manual"
    return StripeHouse(stripe_company)


@pytest.fixture
def payment(house: StripeHouse) -> Payment:
    """24.90 EUR, authorized."""
    payment = house.started()
    house.pay(payment)
    payment = ask_provider(payment, at=timezone.now())
    assert payment.state == "authorized"
    house.company.events.clear()
    return payment


@pytest.fixture
def intent(house: StripeHouse, payment: Payment) -> str:
    return str(house.company.sessions[payment.external_id]["payment_intent"])


def take(payment: Payment, amount_minor: int) -> Payment:
    return capture_payment(payment, amount_minor=amount_minor, actor=SYSTEM, at=timezone.now())


def ledger() -> list[tuple[str, int]]:
    return list(PaymentEntry.objects.order_by("pk").values_list("kind", "amount_minor"))


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_a_part_taken_at_stripe_itself_is_what_was_paid(house, payment, intent):
    since = timezone.now()
    house.company.capture_at_dashboard(intent, 1000)

    received = house.receive(house.callbacks()[-1])

    order = Order.objects.get()
    assert received.event.state == "applied"
    assert ledger() == [("authorized", 2490), ("captured", 1000)]
    assert (order.amount_paid_minor, order.amount_authorized_minor, order.due_minor) == (
        1000,
        0,
        1490,
    )
    assert order.payment_status == "partially_paid"
    assert reconcile(since=since, at=timezone.now()) == []
    assert_books_are_clean()


def test_until_it_is_known_what_was_taken_no_other_amount_is_asked_for(house, payment, intent):
    house.company.misbehave("POST /v1/payment_intents", "drop_after", times=3)
    with pytest.raises(ProviderUnavailable):
        take(payment, 1000)

    with pytest.raises(CaptureUnderWay):
        take(payment, 2000)
    take(payment, 1000)

    assert ledger() == [("authorized", 2490), ("captured", 1000)]
    assert house.charged_minor() == 1000
    assert_books_are_clean()


def test_more_than_was_authorized_is_not_believed(house, payment, intent):
    house.company.capture_at_dashboard(intent, 2491)

    received = house.receive(house.callbacks()[-1])

    assert received.event.state == "quarantined"
    assert ledger() == [("authorized", 2490)]
    assert Order.objects.get().amount_paid_minor == 0


def test_what_was_let_go_at_stripe_itself_is_no_money_any_more(house, payment, intent):
    house.company.intents[intent]["status"] = "canceled"

    ask_provider(payment, at=timezone.now())

    order = Order.objects.get()
    assert ledger() == [("authorized", 2490), ("voided", 2490)]
    assert (order.amount_authorized_minor, order.to_pay_minor) == (0, 2490)
    assert_books_are_clean()


def test_what_is_authorized_twice_is_taken_once(house, payment, intent):
    capture_payment(payment, actor=SYSTEM, at=timezone.now())
    other = _other_try(house, payment)

    ask_provider(other, at=timezone.now())
    deliver_due()

    order = Order.objects.get()
    assert Refund.objects.count() == 0  # it was only authorized, so nothing has to be paid back
    assert house.charged_minor() == 2490
    void_open_payments(order.pk, at=timezone.now())
    assert Payment.objects.get(pk=other.pk).state == "voided"
    assert not ProviderEvent.objects.filter(state="quarantined").exists()
    assert_books_are_clean()


def test_overpaid_by_a_second_payment_that_was_taken_the_excess_goes_back(house, payment, settings):
    capture_payment(payment, actor=SYSTEM, at=timezone.now())
    settings.STRIPE_CAPTURE = "automatic"
    other = _other_try(house, payment)

    ask_provider(other, at=timezone.now())
    deliver_due()

    order = Order.objects.get()
    assert (order.amount_paid_minor, order.amount_refunded_minor) == (4980, 2490)
    assert (order.payment_status, order.excess_minor) == ("paid", 0)
    assert (house.charged_minor(), house.refunded_minor()) == (4980, 2490)
    assert Refund.objects.get().credit is None
    assert_books_are_clean()


def test_a_payment_of_a_zero_amount_is_not_booked(payment):
    outcome = _told(payment, amount_minor=0)

    with pytest.raises(Exception, match="does not match"):
        settle(payment, outcome, at=timezone.now())

    assert ledger() == [("authorized", 2490)]


def _told(payment: Payment, **changes: Any) -> Any:
    return Outcome(
        **{
            "state": "captured",
            "amount_minor": 2490,
            "currency": "EUR",
            "reference": str(payment.pk),
            "entry_id": "pi_x",
            **changes,
        }
    )


def _other_try(house: StripeHouse, payment: Payment) -> Payment:
    """A try that was open in another window, and is paid as well."""
    other = Payment.objects.create(
        order=payment.order, provider="stripe", amount_minor=2490, currency="EUR"
    )
    begin_payment(other)
    other.refresh_from_db()
    house.pay(other)
    return other
