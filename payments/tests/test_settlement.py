"""Paying: what the provider says becomes true once, whoever tells of it first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import StockItem
from inventory.services import release_expired
from orders.cancellation import cancel_order
from orders.models import Order
from orders.tests.factories import CAROL, make_order
from payments.checkout import start_payment
from payments.errors import (
    AmountTooLarge,
    CallbackInvalid,
    NothingToPay,
    OutcomeMismatch,
    PaymentUnderWay,
    SignatureInvalid,
    UnknownProvider,
)
from payments.inbox import receive_event, retry_event
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund, TestCharge
from payments.providers.test import (
    confirm_action,
    outcome_of,
    signed_callback,
    take_due_callbacks,
)
from payments.settlement import ask_provider, record_manual_payment, settle, settle_unsettled
from payments.tests.factories import (
    ASKS,
    DECLINED,
    DELAYED,
    GOOD,
    POOR,
    SILENT,
    make_payment,
    use_card,
)
from shop.core.actors import GUEST
from shop.core.errors import TooManyRequests
from shop.core.integrity import check
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def entries(payment: Payment) -> list[tuple[str, int]]:
    return list(payment.entries.values_list("kind", "amount_minor"))


def test_a_good_card_pays_and_confirms_the_order():
    payment = use_card(make_payment(), GOOD)

    order = Order.objects.get()
    assert (payment.state, payment.instrument) == ("captured", "Visa 4242")
    assert entries(payment) == [("captured", 2490)]
    assert (order.status, order.payment_status, order.amount_paid_minor) == (
        "confirmed",
        "paid",
        2490,
    )
    assert [event.kind for event in order.events.all()] == ["placed", "paid", "confirmed"]
    assert_books_are_clean()


@pytest.mark.parametrize(
    ("card", "code"), [(DECLINED, "card_declined"), (POOR, "insufficient_funds")]
)
def test_a_refused_card_leaves_the_order_waiting(card: str, code: str):
    payment = use_card(make_payment(), card)

    order = Order.objects.get()
    assert (payment.state, payment.failure_code) == ("failed", code)
    assert (order.status, order.payment_status, order.amount_paid_minor) == ("pending", "failed", 0)
    assert StockItem.objects.get().reserved == 1
    assert_books_are_clean()


def test_after_a_refused_card_another_one_pays_the_same_payment():
    payment = use_card(make_payment(), DECLINED)
    start_payment(payment.order, at=timezone.now())

    payment = use_card(payment, GOOD)

    assert Payment.objects.count() == 1
    assert entries(payment) == [("failed", 2490), ("captured", 2490)]
    assert Order.objects.get().payment_status == "paid"
    assert_books_are_clean()


def test_a_second_step_can_be_confirmed():
    payment = use_card(make_payment(), ASKS)
    before = payment.state
    confirm_action(payment.pk, accepted=True, at=timezone.now())

    payment = ask_provider(payment, at=timezone.now())

    assert (before, payment.state) == ("requires_action", "captured")


def test_a_second_step_can_be_refused():
    payment = use_card(make_payment(), ASKS)
    confirm_action(payment.pk, accepted=False, at=timezone.now())

    payment = ask_provider(payment, at=timezone.now())

    assert (payment.state, payment.failure_code) == ("failed", "authentication_failed")
    assert Order.objects.get().status == "pending"


def test_a_delayed_card_pays_by_callback():
    payment = use_card(make_payment(), DELAYED)
    order = Order.objects.get()
    assert (payment.state, order.status) == ("processing", "pending")
    assert order.hold_expires_at > timezone.now() + timedelta(days=1)

    [(headers, body)] = take_due_callbacks(at=timezone.now() + timedelta(seconds=31))
    # The provider's clock ran ahead of ours by half a minute, which is within its tolerance.
    received = receive_event("test", headers=headers, body=body, at=timezone.now())

    order.refresh_from_db()
    assert (received.event.state, received.is_replay) == ("applied", False)
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert_books_are_clean()


def test_while_a_payment_is_processed_no_second_one_starts():
    payment = use_card(make_payment(), DELAYED)

    with pytest.raises(PaymentUnderWay):
        start_payment(payment.order, at=timezone.now())

    assert Payment.objects.count() == 1


def test_a_provider_that_charges_and_falls_silent_is_asked_until_it_answers():
    payment = use_card(make_payment(), SILENT)
    assert (payment.state, Order.objects.get().amount_paid_minor) == ("processing", 0)
    assert TestCharge.objects.get().state == "captured"

    TestCharge.objects.update(silent_until=timezone.now(), callback_at=None)
    asked = settle_unsettled(at=timezone.now() + timedelta(minutes=1))

    payment.refresh_from_db()
    assert (asked, payment.state, entries(payment)) == (1, "captured", [("captured", 2490)])
    assert Order.objects.get().payment_status == "paid"


def test_the_poller_leaves_manual_payments_alone():
    order = make_order(payment_method="transfer", at=timezone.now())
    start_payment(order, at=timezone.now())

    assert settle_unsettled(at=timezone.now() + timedelta(minutes=1)) == 0


def test_a_callback_told_twice_has_one_effect():
    payment = use_card(make_payment(), GOOD)
    headers, body = signed_callback(outcome_of(TestCharge.objects.get()), at=timezone.now())

    first = receive_event("test", headers=headers, body=body, at=timezone.now())
    second = receive_event("test", headers=headers, body=body, at=timezone.now())

    assert (first.is_replay, second.is_replay) == (False, True)
    assert ProviderEvent.objects.count() == 1
    assert entries(payment) == [("captured", 2490)]


def test_an_old_refusal_that_arrives_late_changes_nothing():
    payment = use_card(make_payment(), DECLINED)
    headers, body = signed_callback(outcome_of(TestCharge.objects.get()), at=timezone.now())
    payment = use_card(payment, GOOD)

    receive_event("test", headers=headers, body=body, at=timezone.now())

    payment.refresh_from_db()
    assert (payment.state, Order.objects.get().payment_status) == ("captured", "paid")


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": "evt_other"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": ""},
    ],
)
def test_a_forged_callback_is_refused_and_nothing_is_stored(change: dict[str, str]):
    payment = make_payment()
    outcome = replace(outcome_of(TestCharge.objects.get()), state="captured", entry_id="ch_1")
    headers, body = signed_callback(outcome, at=timezone.now())

    with pytest.raises(SignatureInvalid):
        receive_event("test", headers={**headers, **change}, body=body, at=timezone.now())

    assert ProviderEvent.objects.count() == 0
    assert entries(payment) == []


@pytest.mark.parametrize("age", [-301, 301])
def test_a_callback_from_another_time_is_refused(age: int):
    make_payment()
    outcome = outcome_of(TestCharge.objects.get())
    headers, body = signed_callback(outcome, at=timezone.now() + timedelta(seconds=age))

    with pytest.raises(SignatureInvalid):
        receive_event("test", headers=headers, body=body, at=timezone.now())

    assert ProviderEvent.objects.count() == 0


def test_a_signed_callback_that_makes_no_sense_is_refused():
    make_payment()
    outcome = replace(outcome_of(TestCharge.objects.get()), state="happy")
    headers, body = signed_callback(outcome, at=timezone.now())

    with pytest.raises(CallbackInvalid):
        receive_event("test", headers=headers, body=body, at=timezone.now())

    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"amount_minor": 2489}, "amount"),
        ({"amount_minor": 2491}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"external_id": "test_other"}, "external_id"),
    ],
)
def test_a_signed_callback_that_does_not_fit_is_quarantined(change: dict[str, object], fault: str):
    payment = make_payment()
    outcome = replace(
        outcome_of(TestCharge.objects.get()), state="captured", entry_id="ch_1", **change
    )
    headers, body = signed_callback(outcome, at=timezone.now())

    received = receive_event("test", headers=headers, body=body, at=timezone.now())

    payment.refresh_from_db()
    assert (received.event.state, fault in received.event.note) == ("quarantined", True)
    assert (payment.state, entries(payment)) == ("started", [])
    assert Order.objects.get().status == "pending"


def test_a_callback_about_another_payment_pays_that_one_only():
    first = make_payment()
    second = make_payment(make_order(email="bob@example.com", at=timezone.now()))
    outcome = replace(
        outcome_of(TestCharge.objects.get(pk=first.pk)), state="captured", entry_id="ch_1"
    )

    with pytest.raises(OutcomeMismatch):
        settle(second, outcome, at=timezone.now())

    assert PaymentEntry.objects.count() == 0


def test_a_callback_about_an_unknown_payment_waits_for_a_person():
    payment = make_payment()
    outcome = replace(
        outcome_of(TestCharge.objects.get()),
        state="captured",
        entry_id="ch_1",
        reference="8a3f7dfe-4f0b-4f1c-9d4a-3f2d0f3b6c11",
    )
    headers, body = signed_callback(outcome, at=timezone.now())

    received = receive_event("test", headers=headers, body=body, at=timezone.now())
    again = retry_event(received.event, actor=CAROL, at=timezone.now())

    assert (received.event.state, again.state) == ("quarantined", "quarantined")
    assert entries(payment) == []


def test_callbacks_of_a_provider_that_is_off_are_not_taken(settings):
    settings.PAYMENT_TEST_PROVIDER = False

    with pytest.raises(UnknownProvider):
        receive_event("test", headers={}, body=b"{}", at=timezone.now())


def test_money_for_a_canceled_order_goes_back():
    payment = make_payment()
    cancel_order(payment.order, actor=GUEST, at=timezone.now())

    use_card(payment, GOOD)
    deliver_due()

    order = Order.objects.get()
    assert (order.status, order.payment_status) == ("canceled", "refunded")
    assert Refund.objects.get().state == "succeeded"
    assert sum(TestCharge.objects.get().refunds.values()) == 2490
    assert_books_are_clean()


def test_canceling_closes_a_payment_that_nobody_made():
    payment = make_payment()

    cancel_order(payment.order, actor=GUEST, at=timezone.now())
    deliver_due()

    payment.refresh_from_db()
    assert (payment.state, TestCharge.objects.get().state) == ("voided", "voided")
    assert Order.objects.get().payment_status == "voided"


def test_money_that_comes_when_the_stock_is_gone_goes_back():
    before = timezone.now() - timedelta(hours=3)
    order = make_order(items={"MUG": 10}, at=before)
    payment = make_payment(order, at=before)
    release_expired(at=timezone.now())
    make_order(email="bob@example.com", payment_method="cash", items={"MUG": 1}, at=timezone.now())

    use_card(payment, GOOD)
    deliver_due()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("canceled", "refunded")
    assert_books_are_clean()


def test_a_transfer_is_recorded_by_staff():
    order = make_order(payment_method="transfer", at=timezone.now())

    payment = record_manual_payment(order, reference="SEPA 77", actor=CAROL, at=timezone.now())

    order.refresh_from_db()
    assert (payment.state, payment.instrument) == ("captured", "SEPA 77")
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert_books_are_clean()


def test_a_transfer_may_come_in_parts():
    order = make_order(payment_method="transfer", at=timezone.now())

    record_manual_payment(order, amount_minor=1000, actor=CAROL, at=timezone.now())
    order.refresh_from_db()
    partly = (order.status, order.payment_status)
    record_manual_payment(order, actor=CAROL, at=timezone.now())

    order.refresh_from_db()
    assert partly == ("pending", "partially_paid")
    assert (order.status, order.amount_paid_minor) == ("confirmed", 2490)


def test_more_than_is_due_is_not_recorded():
    order = make_order(payment_method="transfer", at=timezone.now())

    with pytest.raises(AmountTooLarge):
        record_manual_payment(order, amount_minor=2491, actor=CAROL, at=timezone.now())

    assert Payment.objects.count() == 0


def test_a_paid_order_is_not_paid_again():
    payment = use_card(make_payment(), GOOD)

    with pytest.raises(NothingToPay):
        start_payment(payment.order, at=timezone.now())

    assert Payment.objects.count() == 1


def test_card_testing_is_stopped():
    payment = make_payment()
    for _try in range(10):
        use_card(payment, DECLINED)

    with pytest.raises(TooManyRequests):
        start_payment(payment.order, at=timezone.now())

    assert PaymentEntry.objects.filter(kind="failed").count() == 10


def test_the_ledger_is_append_only():
    payment = use_card(make_payment(), GOOD)
    entry = payment.entries.get()

    entry.amount_minor = 1
    with pytest.raises(RuntimeError):
        entry.save()
    with pytest.raises(RuntimeError):
        entry.delete()

    assert entries(payment) == [("captured", 2490)]
