"""What every provider must do, whoever it is: the built-in one, our Stripe and
PayPal, and localstripe.

What needs a page to pay on runs against the first three: localstripe has none, and no list of
sessions to reconcile with. It is a second opinion on our Stripe, written by others.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from orders.cancellation import cancel_order
from orders.models import Order
from orders.tests.factories import CAROL
from payments.checkout import start_payment
from payments.errors import SignatureInvalid
from payments.models import Payment, ProviderEvent, Refund
from payments.reconciliation import reconcile
from payments.refunds import refund_order
from payments.settlement import ask_provider, capture_payment, void_payment
from shop.core.actors import GUEST
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.faults.companies import House

pytestmark = [pytest.mark.django_db, pytest.mark.once]

everywhere = pytest.mark.parametrize(
    "house", ["test", "stripe", "paypal", "localstripe"], indirect=True
)
where_money_is_held = pytest.mark.parametrize(
    "house", ["test", "stripe", "localstripe"], indirect=True
)


def entries(payment: Payment) -> list[tuple[str, int]]:
    return list(payment.entries.values_list("kind", "amount_minor"))


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


@everywhere
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


@everywhere
def test_coming_back_without_paying_changes_nothing(house: House):
    payment = ask_provider(house.started(), at=timezone.now())

    assert (payment.state, entries(payment)) == ("started", [])
    assert Order.objects.get().status == "pending"


@everywhere
def test_a_refusal_is_told_and_nothing_is_taken(house: House):
    payment = house.started()
    house.pay(payment, "declined")

    payment = ask_provider(payment, at=timezone.now())

    assert (payment.state, bool(payment.failure_message)) == ("failed", True)
    assert entries(payment) == [("failed", 2490)]
    assert house.charged_minor() == 0
    assert Order.objects.get().has_failed_payment


def test_after_a_refusal_another_try_pays(house: House):
    payment = house.started()
    house.pay(payment, "declined")
    payment = ask_provider(payment, at=timezone.now())
    start_payment(payment.order, at=timezone.now())

    house.pay(payment)
    payment = ask_provider(payment, at=timezone.now())

    assert entries(payment) == [("failed", 2490), ("captured", 2490)]
    assert house.charged_minor() == 2490
    assert_books_are_clean()


@where_money_is_held
def test_the_second_step_is_waited_for(house: House):
    payment = ask_provider(house.second_step(), at=timezone.now())

    assert (payment.state, entries(payment)) == ("requires_action", [])
    assert house.charged_minor() == 0


@where_money_is_held
def test_what_is_authorized_is_taken_later(house: House):
    payment = ask_provider(house.authorized(), at=timezone.now())
    before = (payment.state, house.charged_minor())

    payment = capture_payment(payment, actor=CAROL, at=timezone.now())

    assert before == ("authorized", 0)
    assert entries(payment) == [("authorized", 2490), ("captured", 2490)]
    assert house.charged_minor() == 2490
    assert_books_are_clean()


@where_money_is_held
def test_what_is_authorized_is_let_go(house: House):
    payment = ask_provider(house.authorized(), at=timezone.now())

    payment = void_payment(payment, actor=CAROL, at=timezone.now())

    assert entries(payment) == [("authorized", 2490), ("voided", 2490)]
    assert house.charged_minor() == 0
    assert_books_are_clean()


@everywhere
def test_callbacks_alone_settle_a_payment(house: House):
    payment = house.started()
    house.pay(payment)
    if house.code == "paypal":  # PayPal takes money only when we ask for it
        ask_provider(payment, at=timezone.now())

    for callback in house.callbacks():
        house.receive(callback)

    payment.refresh_from_db()
    assert (payment.state, entries(payment)) == ("captured", [("captured", 2490)])


@everywhere
def test_a_callback_told_twice_counts_once(house: House):
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    callback = house.callbacks()[-1]

    first, second = house.receive(callback), house.receive(callback)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert entries(payment) == [("captured", 2490)]


@everywhere
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


@everywhere
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


@everywhere
def test_canceling_before_anybody_paid_closes_the_payment(house: House):
    payment = house.started()

    cancel_order(payment.order, actor=GUEST, at=timezone.now())
    deliver_due()

    payment.refresh_from_db()
    assert (payment.state, house.charged_minor()) == ("voided", 0)


@everywhere
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
