"""Refunds: never more than was paid, sent outside, failures seen."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.utils import timezone

from inventory.models import StockItem
from orders.cancellation import cancel_order
from orders.credits import grant_credit
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.states import CreditKind
from orders.tests.factories import CAROL, make_order
from payments.errors import (
    NothingToRefund,
    ProviderRefused,
    ProviderUnavailable,
    RefundTooLarge,
)
from payments.models import Refund, TestCharge
from payments.providers.test import TestProvider
from payments.refunds import refund_order, refundable_minor, retry_refund
from payments.settlement import record_manual_payment
from payments.tests.factories import make_paid_order
from shop.core.actors import GUEST
from shop.core.errors import Invalid
from shop.core.integrity import check
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def refund(order: Order, **options: object) -> list[Refund]:
    return refund_order(order, actor=CAROL, at=timezone.now(), **options)


def test_the_timeline_says_who_refunded_and_how_much():
    order = make_paid_order()

    refund(order, amount_minor=500)
    deliver_due()
    cancel_order(order, actor=GUEST, at=timezone.now())
    deliver_due()

    told = [
        (event.actor_kind, event.actor_label, event.data["amount_minor"])
        for event in order.events.filter(kind="refunded")
    ]
    assert told == [("staff", "carol@example.com", 500), ("system", "Linden", 1990)]


def test_a_full_refund_pays_everything_back():
    order = make_paid_order()

    refund(order, reason="broken")
    deliver_due()

    order.refresh_from_db()
    done = Refund.objects.get()
    assert (done.state, done.amount_minor, done.external_id) == (
        "succeeded",
        2490,
        f"re_{done.pk}",
    )
    assert (order.payment_status, order.amount_refunded_minor) == ("refunded", 2490)
    assert order.status == "confirmed"
    assert not [row for row in check(at=timezone.now()) if row[1]]


def test_a_refund_counts_from_the_moment_it_is_asked_for():
    order = make_paid_order()

    refund(order, amount_minor=1494)

    assert refundable_minor(order) == 996
    with pytest.raises(RefundTooLarge):
        refund(order, amount_minor=1494)
    assert Refund.objects.count() == 1


def test_what_is_refunded_cannot_be_refunded_again():
    order = make_paid_order()
    refund(order)

    with pytest.raises(NothingToRefund):
        refund(order)

    assert Refund.objects.count() == 1


def test_an_unpaid_order_has_nothing_to_refund():
    with pytest.raises(NothingToRefund):
        refund(make_order(at=timezone.now()))

    assert Refund.objects.count() == 0


def test_items_are_refunded_at_what_was_paid_for_them():
    order = make_paid_order(items={"MUG": 3})
    item = order.items.get()

    [part] = refund(order, items={item.pk: 2})

    assert part.amount_minor == 4000
    assert part.credit is not None
    rows = part.credit.items.values_list("quantity", "amount_minor", "tax_minor")
    assert list(rows) == [(2, 4000, 639)]


def test_the_last_item_leaves_the_delivery_paid():
    order = make_paid_order(items={"MUG": 2})
    item = order.items.get()
    refund(order, items={item.pk: 1})

    [last] = refund(order, items={item.pk: 1})

    assert last.amount_minor == 2000
    assert last.credit is not None
    assert last.credit.shipping_minor == 0


@pytest.mark.parametrize("units", [1, 2])
def test_delivery_is_refunded_with_items_where_it_is_asked_for(units: int):
    order = make_paid_order(items={"MUG": 2})
    item = order.items.get()

    [part] = refund(order, items={item.pk: units}, include_shipping=True)

    assert part.amount_minor == units * 2000 + 490
    assert part.credit is not None
    assert part.credit.shipping_minor == 490


def test_delivery_that_was_refunded_is_not_refunded_again():
    order = make_paid_order(items={"MUG": 2})
    item = order.items.get()
    refund(order, items={}, include_shipping=True)

    [part] = refund(order, items={item.pk: 2}, include_shipping=True)

    assert part.amount_minor == 4000


def test_an_item_is_not_refunded_more_often_than_it_was_sold():
    order = make_paid_order(items={"MUG": 2})
    item = order.items.get()
    refund(order, items={item.pk: 2})

    with pytest.raises(Invalid):
        refund(order, items={item.pk: 1})

    assert Refund.objects.count() == 1


def test_delivery_alone_can_be_refunded():
    order = make_paid_order(items={"MUG": 2})

    [part] = refund(order, amount_minor=490, items={}, include_shipping=True)

    assert part.credit is not None
    assert (part.credit.shipping_minor, part.credit.shipping_tax_minor) == (490, 78)
    assert not part.credit.items.exists()


def test_a_concession_lowers_what_the_items_give_back():
    order = make_paid_order(items={"MUG": 2})
    item = order.items.get()
    refund(order, amount_minor=449)

    [part] = refund(order, items={item.pk: 2})

    order.refresh_from_db()
    # A tenth of all was given back before; delivery stays paid.
    assert part.amount_minor == 4000 - 400
    # What is left is delivery, without its tenth.
    assert (order.credited_minor, order.due_minor, order.owed_minor) == (4049, 0, 441)


def test_a_credit_counts_once_however_often_it_is_told():
    order = make_paid_order()
    refund(order, amount_minor=500)

    deliver_due()
    OutboxDelivery.objects.update(status="pending", due_at=timezone.now())
    deliver_due()

    order.refresh_from_db()
    assert Refund.objects.count() == 1
    assert (order.credited_minor, order.amount_refunded_minor) == (500, 500)


def test_what_was_credited_on_an_order_that_is_not_paid_lowers_what_is_due():
    order = make_order(payment_method="cash", at=timezone.now())
    locked = Order.objects.get(pk=order.pk)

    grant_credit(locked, kind=CreditKind.RETURN, amount_minor=500, actor=CAROL, at=timezone.now())
    deliver_due()

    order.refresh_from_db()
    assert (order.due_minor, order.excess_minor) == (1990, 0)
    assert Refund.objects.count() == 0


def test_shipped_units_come_back_to_the_shelf_if_wished():
    order = make_paid_order(items={"MUG": 2})
    fulfill_order(order, actor=CAROL, at=timezone.now())

    refund(order, items={order.items.get().pk: 1}, restock=True)

    mug = StockItem.objects.get(sku="MUG")
    assert (mug.on_hand, mug.reserved) == (9, 0)


def test_units_that_never_left_are_not_put_back_twice():
    order = make_paid_order(items={"MUG": 2})

    refund(order, restock=True)

    mug = StockItem.objects.get(sku="MUG")
    assert (mug.on_hand, mug.reserved) == (10, 2)


def test_a_refused_refund_is_seen_and_can_be_tried_again():
    order = make_paid_order()
    [part] = refund(order)
    with patch.object(TestProvider, "refund", side_effect=ProviderRefused("No such account.")):
        deliver_due()
    part.refresh_from_db()
    failed = (part.state, part.failure_message)

    retry_refund(part, actor=CAROL, at=timezone.now())
    deliver_due()

    part.refresh_from_db()
    assert failed == ("failed", "No such account.")
    assert part.state == "succeeded"
    assert TestCharge.objects.get().refunds == {str(part.pk): 2490}


def test_a_silent_provider_is_asked_again_with_the_same_key():
    order = make_paid_order()
    [part] = refund(order)
    with patch.object(TestProvider, "refund", side_effect=ProviderUnavailable):
        deliver_due()
    part.refresh_from_db()
    waiting = part.state

    OutboxDelivery.objects.filter(status="pending").update(due_at=timezone.now())
    deliver_due()

    part.refresh_from_db()
    assert (waiting, part.state) == ("pending", "succeeded")
    assert TestCharge.objects.get().refunds == {str(part.pk): 2490}


def test_canceling_a_paid_order_pays_it_back():
    order = make_paid_order()

    cancel_order(order, actor=GUEST, at=timezone.now())
    deliver_due()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("canceled", "refunded")
    assert not [row for row in check(at=timezone.now()) if row[1]]


def test_a_transfer_is_refunded_by_hand():
    order = make_order(payment_method="transfer", at=timezone.now())
    record_manual_payment(order, actor=CAROL, at=timezone.now())

    refund(order, amount_minor=500)
    deliver_due()

    order.refresh_from_db()
    assert (order.payment_status, order.amount_refunded_minor) == ("partially_refunded", 500)


def test_a_refund_that_failed_is_not_sent_by_a_late_event():
    order = make_paid_order()
    (failed,) = refund(order, amount_minor=500)
    Refund.objects.filter(pk=failed.pk).update(state="failed")

    deliver_due()

    failed.refresh_from_db()
    assert failed.state == "failed"
    assert TestCharge.objects.get().refunds == {}
