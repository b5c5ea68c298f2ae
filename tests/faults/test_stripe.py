"""Stripe's own ways: manual capture, the second step, signatures, disputes,
refunds that end later.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import CAROL
from payments.errors import CallbackInvalid, SignatureInvalid
from payments.inbox import receive_event, resolve_event, retry_event, work_on_waiting
from payments.models import Payment, ProviderEvent, Refund
from payments.reconciliation import reconcile
from payments.refunds import refund_order
from payments.settlement import ask_provider
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.faults.companies import StripeHouse
from tests.faults.fake_stripe import OLD_SECRET, FakeStripe, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(stripe_company: FakeStripe) -> StripeHouse:
    return StripeHouse(stripe_company)


def paid(house: StripeHouse, choice: str = "good") -> Payment:
    payment = house.started()
    house.pay(payment, choice)
    return ask_provider(payment, at=timezone.now())


def kinds(payment: Payment) -> list[str]:
    return list(payment.entries.values_list("kind", flat=True))


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_the_second_step_is_taken_on_the_hosted_page(house: StripeHouse):
    payment = paid(house, "action")
    waiting = payment.state
    house.pay(payment, "accept")

    payment = ask_provider(payment, at=timezone.now())

    assert (waiting, payment.state, payment.instrument) == (
        "requires_action",
        "captured",
        "Visa 4242",
    )


def test_a_second_step_that_is_refused_takes_nothing(house: StripeHouse):
    payment = paid(house, "action")
    house.pay(payment, "refuse")

    payment = ask_provider(payment, at=timezone.now())

    assert (payment.state, payment.failure_code) == ("failed", "authentication_required")
    assert house.charged_minor() == 0


def test_money_is_only_authorized_until_the_order_ships(house: StripeHouse, settings: Any):
    settings.STRIPE_CAPTURE = "manual"
    payment = paid(house)
    order = Order.objects.get()
    before = (payment.state, order.status, order.payment_status, house.charged_minor())

    fulfill_order(
        order, quantities=None, carrier="dhl", tracking_number="1", actor=CAROL, at=timezone.now()
    )
    deliver_due()

    payment.refresh_from_db()
    order.refresh_from_db()
    assert before == ("authorized", "confirmed", "authorized", 0)
    assert (payment.state, kinds(payment)) == ("captured", ["authorized", "captured"])
    assert (order.payment_status, house.charged_minor()) == ("paid", 2490)
    assert_books_are_clean()


def test_stripe_is_asked_for_no_more_than_a_changed_order_costs(house: StripeHouse, settings: Any):
    settings.STRIPE_CAPTURE = "manual"
    payment = house.started(items={"MUG": 3})
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    order = Order.objects.get()
    edit_order(order, OrderChange({"MUG": 1}), actor=CAROL, at=timezone.now())
    deliver_due()

    fulfill_order(order, actor=CAROL, at=timezone.now())
    deliver_due()
    again = reconcile(since=timezone.now() - timedelta(days=1), at=timezone.now())

    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, payment.amount_minor, house.charged_minor()) == ("captured", 6490, 2490)
    assert (order.payment_status, order.amount_paid_minor, order.due_minor) == ("paid", 2490, 0)
    assert again == []
    assert_books_are_clean()


def test_a_bank_transfer_of_stripe_is_processed_until_the_money_arrives(house: StripeHouse):
    payment = paid(house, "delayed")
    before = (payment.state, Order.objects.get().status)
    house.company.arrive(payment.external_id)

    for callback in house.callbacks():
        house.receive(callback)

    assert before == ("processing", "pending")
    assert Order.objects.get().payment_status == "paid"


@pytest.mark.parametrize("secret", ["", OLD_SECRET])
def test_the_new_and_the_old_secret_are_both_good(house: StripeHouse, secret: str):
    payment = house.started()
    house.pay(payment)
    event = house.company.events[-1]

    headers, body = sign(event, secret=secret) if secret else sign(event)
    received = receive_event("stripe", headers=headers, body=body, at=timezone.now())

    assert received.event.state == "applied"


@pytest.mark.parametrize("age", [-310, 310])
def test_a_signature_from_another_time_is_refused(house: StripeHouse, age: int):
    house.pay(house.started())
    headers, body = sign(house.company.events[-1], at=time.time() + age)

    with pytest.raises(SignatureInvalid):
        receive_event("stripe", headers=headers, body=body, at=timezone.now())

    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("header", ["", "t=,v1=", "t=٣,v1=a", "v1=abc", "t=1,v1=abc", ",,,"])
def test_a_signature_that_is_none_is_refused(house: StripeHouse, header: str):
    with pytest.raises(SignatureInvalid):
        receive_event("stripe", headers={"Stripe-Signature": header}, body=b"{}", at=timezone.now())


def test_without_a_secret_nothing_is_believed(house: StripeHouse, settings: Any):
    house.pay(house.started())
    settings.STRIPE_WEBHOOK_SECRETS = []

    with pytest.raises(SignatureInvalid):
        house.receive(house.callbacks()[-1])


@pytest.mark.parametrize(
    "event", [{}, {"id": "evt_1"}, {"id": "e", "type": "refund.created", "data": {}}, []]
)
def test_a_signed_callback_without_sense_is_refused(house: StripeHouse, event: Any):
    headers, body = sign(event)

    with pytest.raises(CallbackInvalid):
        receive_event("stripe", headers=headers, body=body, at=timezone.now())

    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"amount_received": 2489}, "amount"),
        ({"currency": "usd"}, "currency"),
        ({"livemode": True}, "mode"),
    ],
)
def test_what_does_not_fit_is_quarantined_until_somebody_settles_it(
    house: StripeHouse, change: dict[str, Any], fault: str
):
    payment = house.started()
    house.pay(payment)
    [event] = [one for one in house.company.events if one["type"] == "payment_intent.succeeded"]
    event["data"]["object"].update(change)

    received = house.receive(sign(event))
    again = retry_event(received.event, actor=CAROL, at=timezone.now())
    closed = resolve_event(again, note="Asked Stripe", actor=CAROL, at=timezone.now())

    payment.refresh_from_db()
    assert (received.event.state, again.state, fault in received.event.note) == (
        "quarantined",
        "quarantined",
        True,
    )
    assert (closed.state, closed.note.endswith("Asked Stripe")) == ("resolved", True)
    assert (payment.state, kinds(payment)) == ("started", [])


def test_an_event_of_another_account_is_quarantined(house: StripeHouse):
    house.pay(house.started())
    event = {**house.company.events[-1], "account": "acct_other"}

    received = house.receive(sign(event))

    assert (received.event.state, "account" in received.event.note) == ("quarantined", True)
    assert Order.objects.get().status == "pending"


def test_an_event_about_something_else_of_the_merchant_is_left_alone(house: StripeHouse):
    house.pay(house.started())
    event = house.company.events[-1]
    event["data"]["object"]["metadata"] = {}

    assert house.receive(sign(event)).event.state == "ignored"


def test_a_refund_that_is_under_way_counts_when_it_is_through(house: StripeHouse):
    payment = paid(house)
    house.company.refund_status = "pending"
    refund_order(payment.order, amount_minor=490, actor=CAROL, at=timezone.now())
    deliver_due()
    before = (Refund.objects.get().state, Order.objects.get().amount_refunded_minor)
    [refund_id] = house.company.refunds
    house.company.end_refund(refund_id, "succeeded")

    house.receive(house.callbacks()[-1])

    assert before == ("pending", 0)
    assert (Refund.objects.get().state, Order.objects.get().amount_refunded_minor) == (
        "succeeded",
        490,
    )


def test_a_refund_that_fails_at_the_bank_is_told(house: StripeHouse):
    payment = paid(house)
    house.company.refund_status = "pending"
    refund_order(payment.order, amount_minor=490, actor=CAROL, at=timezone.now())
    deliver_due()
    [refund_id] = house.company.refunds
    house.company.end_refund(refund_id, "failed")

    house.receive(house.callbacks()[-1])

    refund = Refund.objects.get()
    assert (refund.state, refund.failure_message) == ("failed", "expired or canceled card")
    assert_books_are_clean()


def test_a_paid_refund_that_comes_back_is_put_before_a_person(house: StripeHouse):
    payment = paid(house)
    refund_order(payment.order, amount_minor=490, actor=CAROL, at=timezone.now())
    deliver_due()
    [refund_id] = house.company.refunds
    house.company.end_refund(refund_id, "failed")

    received = house.receive(house.callbacks()[-1])

    assert (received.event.state, "refund came back" in received.event.note) == (
        "quarantined",
        True,
    )
    assert Order.objects.get().amount_refunded_minor == 490


def test_a_refund_made_at_stripe_itself_comes_into_the_books(house: StripeHouse):
    payment = paid(house)
    house.company.refund_at_dashboard(
        house.company.sessions[payment.external_id]["payment_intent"], 1000
    )

    house.receive(house.callbacks()[-1])

    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.state, refund.actor) == (1000, "succeeded", "stripe")
    assert Order.objects.get().payment_status == "partially_refunded"
    assert_books_are_clean()


def test_a_refund_that_overtakes_its_payment_waits_for_it(house: StripeHouse):
    payment = house.started()
    house.pay(payment)
    house.company.refund_at_dashboard(
        house.company.sessions[payment.external_id]["payment_intent"], 1000
    )
    *earlier, refund = house.callbacks()

    first = house.receive(refund).event.state
    for callback in earlier:
        house.receive(callback)
    found = work_on_waiting(at=timezone.now())

    assert (first, found) == ("received", 1)
    assert Order.objects.get().amount_refunded_minor == 1000
