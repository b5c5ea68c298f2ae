"""Disputes are booked step by step: money that a bank takes is gone, money that it
returns is back, once each.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.utils import timezone

from orders.cancellation import cancel_order
from orders.models import Credit, Order
from orders.tests.factories import CAROL
from payments.errors import NothingToRefund, RefundTooLarge
from payments.inbox import work_on_waiting
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund
from payments.reconciliation import reconcile
from payments.refunds import refund_order
from payments.settlement import ask_provider
from payments.settlement.services import ASK_UNTIL
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.faults.companies import PayPalHouse, StripeHouse
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import FakeStripe, sign

pytestmark = pytest.mark.django_db


def paid(house: Any) -> Payment:
    payment = house.started()
    house.pay(payment)
    payment = ask_provider(payment, at=timezone.now())
    assert payment.state == "captured"
    house.company.events.clear()
    return payment


def receive_all(house: Any) -> list[str]:
    """Deliver what the company has to tell; what became of each event."""
    return [house.receive(callback).event.state for callback in house.callbacks()]


def ledger() -> list[tuple[str, int]]:
    return list(PaymentEntry.objects.order_by("pk").values_list("kind", "amount_minor"))


def amounts() -> tuple[int, int, int, int, int]:
    """Paid, refunded, disputed, still refundable, still due."""
    order = Order.objects.get()
    return (
        order.amount_paid_minor,
        order.amount_refunded_minor,
        order.amount_disputed_minor,
        order.refundable_minor,
        order.due_minor,
    )


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


class TestStripe:
    @pytest.fixture
    def house(self, stripe_company: FakeStripe) -> StripeHouse:
        return StripeHouse(stripe_company)

    @pytest.fixture
    def payment(self, house: StripeHouse) -> Payment:
        return paid(house)

    @pytest.fixture
    def intent(self, house: StripeHouse, payment: Payment) -> str:
        return str(house.company.sessions[payment.external_id]["payment_intent"])

    def test_money_that_the_bank_takes_cannot_be_refunded(self, house, payment, intent):
        house.company.dispute(intent)

        states = receive_all(house)

        assert states == ["quarantined", "applied"]
        note = ProviderEvent.objects.get(state="quarantined").note
        assert note.startswith("The customer disputes €24.90 (product not received")
        assert ledger() == [("captured", 2490), ("withdrawn", 2490), ("dispute_fee", 1500)]
        assert amounts() == (2490, 0, 2490, 0, 0)
        with pytest.raises(NothingToRefund):
            refund_order(payment.order, actor=CAROL, at=timezone.now())
        assert not Refund.objects.exists()
        assert_books_are_clean()

    def test_an_inquiry_takes_nothing_and_asks_for_an_answer(self, house, intent):
        house.company.dispute(intent, takes=False)

        assert receive_all(house) == ["quarantined"]
        assert ledger() == [("captured", 2490)]

    def test_a_dispute_that_is_won_comes_back(self, house, payment, intent):
        dispute = house.company.dispute(intent)
        house.company.end_dispute(dispute, "won")

        receive_all(house)

        assert ledger()[-1] == ("reinstated", 2490)
        assert amounts() == (2490, 0, 0, 2490, 0)
        assert Order.objects.get().payment_status == "paid"
        refund_order(payment.order, actor=CAROL, at=timezone.now())
        assert_books_are_clean()

    def test_a_dispute_that_is_lost_is_credited_and_never_asked_for_again(
        self, house, payment, intent
    ):
        dispute = house.company.dispute(intent)
        house.company.end_dispute(dispute, "lost")

        states = receive_all(house)
        deliver_due()

        assert states == ["quarantined", "applied", "quarantined"]
        assert ledger()[-1] == ("dispute_lost", 2490)
        assert Credit.objects.values_list("kind", "amount_minor").get() == ("dispute", 2490)
        assert amounts() == (2490, 0, 2490, 0, 0)
        assert not Refund.objects.exists()
        assert Order.objects.get().payment_status == "refunded"
        with pytest.raises(NothingToRefund):
            refund_order(payment.order, actor=CAROL, at=timezone.now())
        assert_books_are_clean()

    def test_of_a_part_that_is_disputed_the_rest_can_be_refunded(self, house, payment, intent):
        dispute = house.company.dispute(intent, amount=1000)
        house.company.end_dispute(dispute, "lost")
        receive_all(house)

        with pytest.raises(RefundTooLarge):
            refund_order(payment.order, amount_minor=1491, actor=CAROL, at=timezone.now())
        refund_order(payment.order, amount_minor=1490, actor=CAROL, at=timezone.now())
        deliver_due()

        assert amounts() == (2490, 1490, 1000, 0, 0)
        assert_books_are_clean()

    @pytest.mark.parametrize("end", ["won", "lost"])
    def test_however_the_events_come_the_books_end_equal(self, house, payment, intent, end):
        dispute = house.company.dispute(intent)
        house.company.end_dispute(dispute, end)
        events = list(house.company.events)
        expected = {
            "won": (2490, 0, 0, 2490, 0),
            "lost": (2490, 0, 2490, 0, 0),
        }[end]

        chosen = list(itertools.permutations(events))[-1]
        for event in [*chosen, *events]:
            house.receive(sign(event))
            house.receive(sign({**event, "id": event["id"] + "again"}))

        assert amounts() == expected
        assert len(ledger()) == 4
        assert_books_are_clean()

    def test_a_dispute_that_overtakes_its_payment_waits_for_it(self, house):
        payment = house.started()
        house.pay(payment)
        company = house.company
        company.events.clear()
        company.dispute(company.sessions[payment.external_id]["payment_intent"])

        early = receive_all(house)
        ask_provider(payment, at=timezone.now())
        work_on_waiting(at=timezone.now())

        assert early == ["received", "received"]
        assert amounts() == (2490, 0, 2490, 0, 0)
        assert set(ProviderEvent.objects.values_list("state", flat=True)) == {
            "applied",
            "quarantined",
        }

    def test_a_dispute_of_money_we_never_find_is_put_before_a_person(self, house, intent):
        PaymentEntry.objects.count()
        house.company.dispute(intent)
        for event in house.company.events:
            event["data"]["object"]["payment_intent"] = "pi_of_somebody_else"
        receive_all(house)

        work_on_waiting(at=timezone.now() + ASK_UNTIL)

        states = ProviderEvent.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["quarantined", "ignored"]
        assert ledger() == [("captured", 2490)]

    @pytest.mark.parametrize("change", [{"amount": 2491}, {"currency": "usd"}, {"amount": 0}])
    def test_a_dispute_that_cannot_be_is_quarantined_and_books_nothing(self, house, intent, change):
        house.company.dispute(intent)
        for event in house.company.events:
            event["data"]["object"].update(change)

        assert set(receive_all(house)) == {"quarantined"}
        assert ledger() == [("captured", 2490)]
        assert amounts() == (2490, 0, 0, 2490, 0)

    def test_a_fee_in_another_currency_is_left_to_the_bank_statement(self, house, intent):
        house.company.dispute(intent)
        for event in house.company.events:
            for move in event["data"]["object"]["balance_transactions"]:
                move["currency"] = "usd"
        receive_all(house)

        assert ledger() == [("captured", 2490), ("withdrawn", 2490)]

    def test_what_callbacks_lost_is_settled_by_reconciling(self, house, intent):
        since = timezone.now()
        dispute = house.company.dispute(intent)
        house.company.end_dispute(dispute, "lost")

        dry = reconcile(since=since, at=timezone.now(), dry_run=True)
        before = ledger()
        found = reconcile(since=since, at=timezone.now())

        assert before == [("captured", 2490)]
        assert [(one.kind, one.is_settled) for one in dry] == [("dispute", False)]
        assert [(one.kind, one.is_settled) for one in found] == [("dispute", True)]
        assert amounts() == (2490, 0, 2490, 0, 0)
        assert reconcile(since=since, at=timezone.now()) == []

    def test_a_canceled_order_whose_money_is_disputed_pays_nothing_back(
        self, house, payment, intent
    ):
        house.company.dispute(intent)
        receive_all(house)

        cancel_order(payment.order, actor=CAROL, at=timezone.now())
        deliver_due()

        assert not Refund.objects.exists()
        assert house.refunded_minor() == 0
        assert_books_are_clean()

    def test_staff_see_it_on_the_orders_page(self, house, payment, intent, client, carol):
        house.company.dispute(intent)
        receive_all(house)
        client.force_login(carol)

        page = client.get(f"/admin/orders/order/{payment.order_id}/change/").content.decode()

        assert "Withdrawn in dispute" in page
        assert "The customer disputes €24.90" in page


class TestPayPal:
    @pytest.fixture
    def house(self, paypal_company: FakePayPal) -> PayPalHouse:
        return PayPalHouse(paypal_company)

    @pytest.fixture
    def payment(self, house: PayPalHouse) -> Payment:
        return paid(house)

    def test_an_open_case_moves_no_money_and_asks_for_an_answer(self, house, payment):
        house.company.dispute(payment.external_id)

        assert receive_all(house) == ["quarantined"]
        assert ledger() == [("captured", 2490)]

    def test_a_reversal_takes_the_money_and_a_lost_case_credits_it(self, house, payment):
        case = house.company.dispute(payment.external_id)
        house.company.reverse(payment.external_id)
        house.company.end_dispute(payment.external_id, case, "RESOLVED_BUYER_FAVOUR")

        receive_all(house)
        deliver_due()

        assert [kind for kind, _amount in ledger()] == ["captured", "withdrawn", "dispute_lost"]
        assert amounts() == (2490, 0, 2490, 0, 0)
        assert Credit.objects.get().kind == "dispute"
        assert not Refund.objects.exists()
        assert_books_are_clean()

    @pytest.mark.parametrize("is_late", [False, True])
    def test_a_won_case_brings_a_reversal_back_whichever_comes_first(self, house, payment, is_late):
        house.company.reverse(payment.external_id)
        house.company.end_dispute(payment.external_id, "PP-D-1", "RESOLVED_SELLER_FAVOUR")
        if is_late:
            house.company.events.reverse()

        receive_all(house)
        work_on_waiting(at=timezone.now())

        assert ledger()[1:] == [("withdrawn", 2490), ("reinstated", 2490)]
        assert amounts() == (2490, 0, 0, 2490, 0)

    def test_a_won_case_without_a_reversal_moves_nothing(self, house, payment):
        house.company.end_dispute(payment.external_id, "PP-D-1", "CANCELED_BY_BUYER")
        receive_all(house)

        work_on_waiting(at=timezone.now() + ASK_UNTIL)

        assert ledger() == [("captured", 2490)]
        assert ProviderEvent.objects.get().state == "ignored"

    def test_an_accepted_case_that_paypal_tells_as_a_refund_counts_once(self, house, payment):
        house.company.refund_at_dashboard(payment.external_id, "24.90")
        house.company.end_dispute(payment.external_id, "PP-D-1", "ACCEPTED")

        receive_all(house)
        deliver_due()

        assert amounts() == (2490, 2490, 0, 0, 0)
        assert Refund.objects.count() == 1
        assert_books_are_clean()
