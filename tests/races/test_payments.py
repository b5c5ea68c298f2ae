"""Money under fire: refunds, callbacks against return pages, canceling against paying."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from orders.cancellation import cancel_order
from orders.models import Order
from orders.tests.factories import CAROL
from payments.checkout import start_payment
from payments.errors import NothingToRefund, RefundTooLarge
from payments.inbox import receive_event
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund, TestCharge
from payments.providers.test import card_with, outcome_of, pay_with_card, signed_callback
from payments.refunds import refund_order, refundable_minor
from payments.settlement import ask_provider
from payments.tests.factories import make_order, make_paid_order, make_payment
from shop.core.actors import GUEST
from shop.core.errors import DomainError
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.races.storm import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_a_full_refund_asked_for_twenty_times_at_once_is_paid_once():
    order = make_paid_order()

    results = at_once(
        20,
        lambda _number: refund_order(order, actor=CAROL, at=timezone.now()),
        refusals=(NothingToRefund,),
    )
    deliver_due()

    assert sum(isinstance(result, list) for result in results) == 1
    assert Refund.objects.get().amount_minor == 2490
    assert sum(TestCharge.objects.get().refunds.values()) == 2490
    assert_books_are_clean()


def test_two_partial_refunds_of_sixty_per_cent_are_not_both_paid():
    order = make_paid_order()

    results = at_once(
        8,
        lambda _number: refund_order(order, amount_minor=1494, actor=CAROL, at=timezone.now()),
        refusals=(RefundTooLarge,),
    )

    assert sum(isinstance(result, list) for result in results) == 1
    assert refundable_minor(order) == 996


def test_a_refund_that_reads_before_it_locks_would_be_paid_more_than_once():
    """The control: everybody who only looks is told that there is something left."""
    order = make_paid_order()

    assert at_once(20, lambda _number: refundable_minor(order)) == [2490] * 20


def test_callbacks_and_return_pages_settle_a_payment_once():
    payment = make_payment()
    card = card_with("4242")
    assert card is not None
    pay_with_card(payment.pk, card, at=timezone.now())
    headers, body = signed_callback(outcome_of(TestCharge.objects.get()), at=timezone.now())

    def act(number: int) -> str:
        if number % 2:
            return ask_provider(payment, at=timezone.now()).state
        return receive_event("test", headers=headers, body=body, at=timezone.now()).event.state

    results = at_once(20, act)

    assert len(results) == 20
    assert list(PaymentEntry.objects.values_list("kind", "amount_minor")) == [("captured", 2490)]
    assert ProviderEvent.objects.count() == 1
    order = Order.objects.get()
    assert [event.kind for event in order.events.all()] == ["placed", "paid", "confirmed"]
    assert_books_are_clean()


def test_pay_or_cancel_the_shopper_never_loses_both():
    for _round in range(4):
        order = make_order(at=timezone.now())
        payment = make_payment(order)
        card = card_with("4242")
        assert card is not None
        pay_with_card(payment.pk, card, at=timezone.now())

        def act(number: int, order: Order = order, payment: Payment = payment) -> str:
            if number % 2:
                return cancel_order(order, actor=GUEST, at=timezone.now()).status
            return ask_provider(payment, at=timezone.now()).state

        at_once(8, act, refusals=(DomainError,))
        deliver_due()

        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("canceled", "refunded")
        assert Refund.objects.filter(payment=payment).count() == 1
    assert_books_are_clean()


def test_starting_to_pay_many_times_opens_one_payment():
    order = make_order(at=timezone.now())

    urls = at_once(16, lambda _number: start_payment(order, at=timezone.now()).url)

    assert len(set(urls)) == 1
    assert Payment.objects.filter(order=order).count() == 1


def test_the_storms_ran_on_connections_of_their_own():
    """A control of the harness: eight threads see eight connections."""
    seen = at_once(8, lambda _number: id(connection.connection or connection.cursor().connection))

    assert len(seen) == 8
