"""What an edited order does to money: differences are collected, excess goes back,
old amounts are closed.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import OutgoingMail
from orders.cancellation import cancel_order
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.errors import OrderNotEditable
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Order
from orders.permissions import possible_acts
from orders.states import Act
from orders.tests.factories import CAROL, make_cart, make_order, variant
from payments.checkout import start_payment
from payments.errors import NothingToPay, OutcomeMismatch, ProviderRefused
from payments.models import Payment, Refund, TestCharge
from payments.providers.test import outcome_of
from payments.reconciliation import reconcile
from payments.settlement import (
    ask_provider,
    capture_payment,
    record_manual_payment,
    settle,
    void_open_payments,
)
from payments.tests.factories import DECLINED, DELAYED, make_paid_order, make_payment, use_card
from pricing.tests.factories import PaymentMethodFactory
from shop.core.integrity import check
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def edit(order: Order, **units: int) -> Order:
    return edit_order(order, OrderChange(units), actor=CAROL, at=timezone.now())


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def authorized(order: Order) -> Payment:
    """A payment that the test provider holds the money of, to be taken when the order ships."""
    payment = make_payment(order)
    TestCharge.objects.filter(pk=payment.pk).update(
        state="authorized", charge_id="auth_1", instrument="Visa 4242"
    )
    return ask_provider(payment, at=timezone.now())


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []
    now = timezone.now()
    assert reconcile(since=now.replace(hour=0), at=now, dry_run=True) == []


def test_the_difference_of_a_more_expensive_order_is_paid_online():
    order = edit(make_paid_order(), MUG=2)
    deliver_due()

    payment = use_card(make_payment(order))

    order = fresh(order)
    assert (payment.amount_minor, payment.state) == (2000, "captured")
    assert (order.payment_status, order.amount_paid_minor, order.to_pay_minor) == ("paid", 4490, 0)
    assert Act.PAY not in possible_acts(order)
    assert_books_are_clean()


def test_what_a_cheaper_order_was_paid_too_much_goes_back_once():
    order = edit(make_paid_order(items={"MUG": 3}), MUG=1)
    deliver_due()
    deliver_due()

    order = fresh(order)
    assert [refund.amount_minor for refund in Refund.objects.all()] == [4000]
    assert (order.payment_status, order.refundable_minor, order.excess_minor) == ("paid", 2490, 0)
    assert order.credited_minor == 0
    assert_books_are_clean()


def test_down_and_up_again_asks_for_what_went_back():
    order = edit(make_paid_order(items={"MUG": 3}), MUG=1)
    deliver_due()
    order = edit(order, MUG=3)

    before = (order.payment_status, order.to_pay_minor)
    use_card(make_payment(order))

    order = fresh(order)
    assert before == ("partially_paid", 4000)
    assert (order.payment_status, order.refundable_minor) == ("paid", 6490)
    assert_books_are_clean()


def test_an_open_payment_of_the_old_amount_is_closed():
    payment = make_payment()
    order = edit(payment.order, MUG=2)
    deliver_due()

    payment.refresh_from_db()
    again = use_card(make_payment(order))

    assert payment.state == "voided"
    assert TestCharge.objects.get(pk=payment.pk).state == "voided"
    assert (again.amount_minor, fresh(order).status) == (4490, "confirmed")
    assert_books_are_clean()


def test_who_pays_the_old_amount_all_the_same_owes_the_rest():
    payment = make_payment()
    order = edit(payment.order, MUG=2)
    use_card(payment)
    deliver_due()

    order = fresh(order)
    assert (order.status, order.payment_status, order.to_pay_minor) == (
        "pending",
        "partially_paid",
        2000,
    )
    use_card(make_payment(order))
    assert fresh(order).status == "confirmed"
    assert_books_are_clean()


def test_who_pays_more_than_a_cheaper_order_costs_gets_the_rest_back():
    payment = make_payment(items={"MUG": 2})
    order = edit(payment.order, MUG=1)
    use_card(payment)
    deliver_due()

    order = fresh(order)
    assert (order.status, order.payment_status, order.refundable_minor) == (
        "confirmed",
        "paid",
        2490,
    )
    assert Refund.objects.get().amount_minor == 2000
    assert_books_are_clean()


def test_while_a_payment_is_checked_nothing_changes():
    payment = use_card(make_payment(), DELAYED)
    order = fresh(payment.order)

    with pytest.raises(OrderNotEditable):
        edit(order, MUG=2)

    TestCharge.objects.update(state="captured", charge_id="ch_1")
    ask_provider(payment, at=timezone.now())
    assert (fresh(order).has_payment_under_way, edit(order, MUG=2).to_pay_minor) == (False, 2000)
    assert_books_are_clean()


def test_a_refused_difference_leaves_the_order_confirmed_and_is_told():
    order = edit(make_paid_order(), MUG=2)

    use_card(make_payment(order), DECLINED)
    deliver_due()

    order = fresh(order)
    assert (order.status, order.to_pay_minor) == ("confirmed", 2000)
    assert order.events.filter(kind="payment_failed").count() == 1
    assert OutgoingMail.objects.filter(kind="order_payment_failed").count() == 1


def test_an_authorization_gives_no_more_than_is_owed():
    payment = authorized(make_order(at=timezone.now(), items={"MUG": 3}))
    order = edit(payment.order, MUG=1)
    deliver_due()
    held = fresh(order)

    fulfill_order(order, actor=CAROL, at=timezone.now())
    deliver_due()

    payment.refresh_from_db()
    order = fresh(order)
    assert (held.payment_status, held.amount_authorized_minor, held.to_pay_minor) == (
        "authorized",
        6490,
        0,
    )
    assert (payment.state, payment.amount_minor, payment.capture_minor) == ("captured", 6490, 2490)
    assert (order.payment_status, order.amount_paid_minor, order.amount_authorized_minor) == (
        "paid",
        2490,
        0,
    )
    assert Refund.objects.count() == 0
    assert_books_are_clean()


def test_what_is_due_beyond_an_authorization_is_paid_besides():
    payment = authorized(make_order(at=timezone.now()))
    order = edit(payment.order, MUG=2)
    deliver_due()
    use_card(make_payment(order))

    fulfill_order(order, actor=CAROL, at=timezone.now())
    deliver_due()

    order = fresh(order)
    assert sorted(Payment.objects.values_list("amount_minor", "state")) == [
        (2000, "captured"),
        (2490, "captured"),
    ]
    assert (order.payment_status, order.due_minor) == ("paid", 0)
    assert_books_are_clean()


def test_a_second_try_takes_the_amount_that_was_asked_for_first():
    payment = authorized(make_order(at=timezone.now()))
    Payment.objects.update(capture_minor=2000)

    payment = capture_payment(payment, actor=CAROL, at=timezone.now())

    assert (payment.state, fresh(payment.order).amount_paid_minor) == ("captured", 2000)


def test_less_than_was_authorized_counts_as_what_it_is():
    payment = authorized(make_order(at=timezone.now()))
    TestCharge.objects.update(state="captured", amount_minor=2000)

    settle(payment, outcome_of(TestCharge.objects.get()), at=timezone.now())

    order = fresh(payment.order)
    assert (order.amount_paid_minor, order.due_minor) == (2000, 490)
    assert order.payment_status == "partially_paid"
    assert_books_are_clean()


def test_more_than_was_authorized_is_not_booked():
    payment = authorized(make_order(at=timezone.now()))
    TestCharge.objects.update(state="captured", amount_minor=2491)

    with pytest.raises(OutcomeMismatch):
        settle(payment, outcome_of(TestCharge.objects.get()), at=timezone.now())

    assert fresh(payment.order).amount_paid_minor == 0


def test_nothing_is_taken_that_is_not_owed():
    payment = authorized(make_order(at=timezone.now()))
    order = payment.order
    record_manual_payment(order, reference="transfer", actor=CAROL, at=timezone.now())

    with pytest.raises(ProviderRefused):
        capture_payment(payment, actor=CAROL, at=timezone.now())
    fulfill_order(order, actor=CAROL, at=timezone.now())
    deliver_due()

    payment.refresh_from_db()
    assert (payment.state, fresh(order).amount_paid_minor) == ("voided", 2490)
    assert_books_are_clean()


def test_a_canceled_order_lets_its_authorization_go():
    payment = authorized(make_order(at=timezone.now()))
    order = edit(payment.order, MUG=2)
    cancel_order(order, actor=CAROL, at=timezone.now())
    deliver_due()

    payment.refresh_from_db()
    assert (payment.state, fresh(order).amount_authorized_minor) == ("voided", 0)
    assert void_open_payments(order.pk, at=timezone.now()) == 0


def test_an_order_paid_by_gift_card_offers_another_way_for_the_difference():
    from cart.services import apply_gift_card
    from pricing.tests.factories import make_gift_card

    now = timezone.now()
    cart = make_cart(at=now, MUG=1)
    apply_gift_card(cart, make_gift_card(2490).code, at=now)
    order = make_order(cart=cart, at=now)
    before = order.payment_provider

    order = edit(order, MUG=2)
    use_card(make_payment(order))

    order = fresh(order)
    assert (before, order.payment_provider, order.payment_method_code) == (
        "gift_card",
        "test",
        "card",
    )
    assert (order.payment_status, order.to_pay_minor) == ("paid", 0)
    assert_books_are_clean()


def test_cash_has_nothing_to_pay_online_and_is_counted_by_staff():
    order = edit(make_order(payment_method="cash", at=timezone.now()), MUG=2)

    with pytest.raises(NothingToPay):
        start_payment(order, at=timezone.now())
    record_manual_payment(order, actor=CAROL, at=timezone.now())

    assert fresh(order).payment_status == "paid"


def test_an_order_is_completed_only_when_its_difference_is_paid():
    order = edit(make_paid_order(), MUG=2)
    fulfill_order(order, actor=CAROL, at=timezone.now())
    mark_delivered(order, actor=CAROL, at=timezone.now())
    before = fresh(order).status

    use_card(make_payment(order))

    assert (before, fresh(order).status) == ("confirmed", "completed")


# What the shopper sees
# ------------------------------------------------------------------------------


def test_the_pages_ask_for_the_difference(client: Client):
    order = edit(make_paid_order(), MUG=2)
    token = f"?token={order.token}"

    page = client.get(reverse("orders:status", args=[order.number]) + token, follow=True)
    pay = client.get(reverse("payments:pay", args=[order.number]) + token, follow=True)

    assert "Pay the difference of €20" in page.content.decode()
    assert "Pay the difference" in pay.content.decode()


def test_the_api_leads_to_the_difference(client: Client):
    order = edit(make_paid_order(), MUG=2)
    headers: dict[str, Any] = {"X-Order-Token": order.token}

    shown = client.get(f"/api/orders/{order.number}", headers=headers).json()["data"]
    paid = client.post(
        f"/api/orders/{order.number}/pay",
        {},
        content_type="application/json",
        headers={**headers, "Idempotency-Key": "difference"},
    )

    assert "pay" in shown["allowed_acts"]
    assert (shown["due"], shown["to_pay"]) == ("20.00", "20.00")
    assert paid.status_code == 200
    assert Payment.objects.get(state="started").amount_minor == 2000


def test_a_transfer_shows_how_to_pay_the_difference(client: Client):
    order = make_order(payment_method="transfer", at=timezone.now())
    record_manual_payment(order, actor=CAROL, at=timezone.now())
    order = edit(order, MUG=2)

    page = client.get(
        reverse("orders:status", args=[order.number]) + f"?token={order.token}", follow=True
    )

    assert "Account DE00 0000" in page.content.decode()
    assert "€20" in page.content.decode()


def test_the_email_has_the_change_and_a_link_to_pay():
    order = edit(make_paid_order(), MUG=2)
    deliver_due()

    message = OutgoingMail.objects.get(kind="order_edited")
    assert message.subject == f"Order {order.number} was updated"
    assert "Changed Mug from 1 to 2. Total changed from €24.90 to €44.90." in message.text
    assert "The amount due is €20." in message.text
    path = reverse("payments:pay", args=[order.number])
    assert f"{path}?token={order.token}" in message.text


def test_the_email_of_a_cheaper_order_names_what_goes_back():
    edit(make_paid_order(items={"MUG": 2}), MUG=1)
    deliver_due()

    message = OutgoingMail.objects.get(kind="order_edited")
    assert "Pay" not in message.text
    assert variant("MUG").product.name in message.text


def test_another_way_to_pay_is_not_asked_of_who_pays_online():
    PaymentMethodFactory(code="spare", provider="test", settlement="online", position=0)

    order = edit(make_paid_order(), MUG=2)

    assert order.payment_method_code == "card"
