"""`check_integrity` holds on a sound shop, and names each promise that somebody
breaks behind its back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from cart.models import Cart
from cart.services import apply_gift_card
from catalog.models import Category, PriceChange, Variant
from catalog.tests.factories import CategoryFactory
from inventory.models import Movement, Reservation, StockItem
from orders.fulfillment import fulfill_order
from orders.invoices import issue_invoice
from orders.models import (
    Credit,
    CreditDelivery,
    CreditItem,
    InvoiceLine,
    InvoiceSeries,
    Order,
    OrderAdjustment,
    OrderEvent,
    OrderItem,
    Return,
    ReturnReceipt,
)
from orders.returns import Arrived, Wanted, receive_return, request_return
from orders.states import ReturnKind
from orders.tests.factories import CAROL, make_cart
from payments.models import Payment, PaymentEntry
from payments.tests.factories import make_paid_order
from pricing.models import Coupon, CouponUse, GiftCard, GiftCardEntry, Promotion, PromotionUse
from pricing.tests.factories import CouponFactory, make_gift_card
from shop.core.integrity import check, invariants
from shop.core.models import OutboxDelivery, OutboxEvent
from tests.behind import no_triggers, rows

pytestmark = pytest.mark.django_db

# What no sabotage can reach: a CHECK constraint refuses the write first.
HELD_BY_CONSTRAINTS = {"I3", "I7", "I10"}


def broken() -> dict[str, list[str]]:
    """The promises that are broken, with the ids that are shown."""
    return {
        breach.code: breach.ids
        for _promise, breach in check(at=timezone.now())
        if breach is not None
    }


@pytest.fixture
def order() -> Order:
    """A paid order for two mugs, a part by gift card, with a coupon in use and a
    small category tree.
    """
    root = CategoryFactory(slug="home")
    CategoryFactory(slug="lamps", parent=root)
    CouponFactory(code="TEN", per_customer_limit=1)
    cart = make_cart(MUG=2)
    apply_gift_card(cart, make_gift_card(1000).code, at=timezone.now())
    order = make_paid_order(at=timezone.now(), cart=cart)
    issue_invoice(order, actor=CAROL, at=timezone.now())
    return Order.objects.get(pk=order.pk)


def adjust(model: type, **changes: object) -> Callable[[], object]:
    """Sabotage: change every row of a table behind the services' back."""
    return lambda: rows(model).update(**changes)


def book_a_charge_twice():
    entry = PaymentEntry.objects.filter(kind="captured", payment__provider="test").first()
    other = Payment.objects.create(
        order=entry.payment.order,
        provider="test",
        state="captured",
        amount_minor=entry.amount_minor,
        currency="EUR",
    )
    PaymentEntry.objects.create(
        payment=other,
        kind="captured",
        amount_minor=entry.amount_minor,
        currency="EUR",
        external_id=entry.external_id,
        actor="Mallory",
    )


def use_coupon_too_often() -> None:
    """Two uses by one shopper of a coupon that allows one."""
    coupon = Coupon.objects.get()
    for number in (1, 2):
        CouponUse.objects.create(
            coupon=coupon, customer_key="alice", number=number, order_number=f"LN-{number}"
        )
    Coupon.objects.update(used_count=2)


def use_promotion_too_often() -> None:
    """Two uses by one shopper of a promotion that allows one."""
    Promotion.objects.update(per_customer_limit=1)
    for number in (1, 2):
        PromotionUse.objects.create(
            promotion=Promotion.objects.get(),
            customer_key="alice",
            number=number,
            order_number=f"LN-{number}",
        )
    Promotion.objects.update(used_count=2)


def credit_too_many_units() -> None:
    """Nine units paid back of an item that was sold twice."""
    item = OrderItem.objects.get()
    credit = Credit.objects.create(
        order=item.order, number=1, kind="refund", amount_minor=1, actor="x"
    )
    CreditItem.objects.create(credit=credit, order_item=item, quantity=9, amount_minor=1)


def credit_delivery(amount: int) -> None:
    """A credit of 4.90 EUR for delivery, with a part at 19 % that says `amount`."""
    credit = Credit.objects.create(
        order=Order.objects.get(),
        number=1,
        kind="refund",
        amount_minor=490,
        shipping_minor=490,
        actor="x",
    )
    CreditDelivery.objects.create(credit=credit, percent=19, amount_minor=amount)


def forget_a_return() -> None:
    """A unit that came back with nobody saying so to the stock."""
    order = Order.objects.get()
    fulfill_order(order, actor=CAROL, at=timezone.now())
    OrderItem.objects.update(returned_quantity=1)


def claim_and_forget() -> None:
    """A return whose units are not counted as on their way back."""
    open_return()
    OrderItem.objects.update(returning_quantity=0)


def receive_and_forget() -> None:
    """Units that arrived without a receipt."""
    claim = open_return()
    row = claim.items.get()
    receive_return(claim, units={row.pk: Arrived(1)}, actor=CAROL, at=timezone.now())
    with no_triggers():
        rows(ReturnReceipt).update(units=2)


def sell_one_more() -> None:
    """An item with a unit that its order does not charge for."""
    one_more = F("quantity") + 1
    OrderItem.objects.update(
        quantity=one_more, total_minor=F("unit_price_minor") * one_more - F("discount_minor")
    )


def tell_of_another_rate() -> None:
    """A line that moves from one rate of the table to another; the sums stay."""
    rows(InvoiceLine).filter(order_item__isnull=True).update(tax_percent=7)


def open_return() -> Return:
    """An approved return of two mugs."""
    order = Order.objects.get()
    fulfill_order(order, actor=CAROL, at=timezone.now())
    return request_return(
        order,
        items=[Wanted(order.items.get().pk, 2)],
        kind=ReturnKind.WITHDRAWAL,
        actor=CAROL,
        at=timezone.now(),
    )


def sell_a_card_and_forget_it() -> None:
    """Mugs that were gift cards all along, and no card was issued for them when they were paid."""
    OrderItem.objects.update(is_gift_card=True)
    OutboxDelivery.objects.filter(event__type="OrderPaid").update(status="parked")


SABOTAGE: dict[str, Callable[[], object]] = {
    "I1": lambda: Movement.objects.create(
        stock_item=StockItem.objects.get(), kind="adjusted", quantity=3, actor="Mallory"
    ),
    "I2": adjust(StockItem, reserved=1),
    "I2b": lambda: Reservation.objects.update(holder="order:LN-ELSE"),
    "I4": adjust(Variant, in_stock=False),
    "I4b": adjust(Variant, sku="CUP"),
    "I5": forget_a_return,
    "I6": lambda: Reservation.objects.update(
        state="held", expires_at=timezone.now() - timedelta(minutes=3)
    ),
    "I8": sell_one_more,
    "I9": adjust(OrderAdjustment, amount_minor=1),
    "I9b": lambda: OrderAdjustment.objects.filter(kind="tax").update(
        base_minor=F("base_minor") - 9
    ),
    "I9c": adjust(OrderItem, tax_percent=7),
    "I11": adjust(PaymentEntry, currency="USD"),
    "I12": lambda: rows(PaymentEntry).filter(kind="captured").update(amount_minor=10**9),
    "I12b": adjust(Order, credited_minor=1),
    "I12c": credit_too_many_units,
    "I12d": adjust(OrderItem, credited_quantity=1),
    "I12e": lambda: PaymentEntry.objects.create(
        payment=Payment.objects.first(),
        kind="reinstated",
        amount_minor=1,
        currency="EUR",
        actor="Mallory",
    ),
    "I12g": lambda: credit_delivery(489),
    "I12h": lambda: credit_delivery(491),
    "I13": adjust(Order, amount_paid_minor=10**9),
    "I13c": adjust(Order, has_payment_under_way=True),
    "I13b": adjust(Payment, state="failed"),
    "I16": adjust(Coupon, used_count=1),
    "I16b": use_coupon_too_often,
    "I16c": adjust(Promotion, used_count=1),
    "I16d": use_promotion_too_often,
    "I17": adjust(GiftCard, balance_minor=1),
    "I17b": lambda: rows(GiftCardEntry).filter(kind="spent").update(amount_minor=-1),
    "I17d": sell_a_card_and_forget_it,
    "I17c": lambda: (
        rows(PaymentEntry)
        .filter(payment__provider="gift_card")
        .update(external_id="gift-card-entry-0")
    ),
    "I18": adjust(Cart, closed_at=None),
    "I20": book_a_charge_twice,
    "I22": lambda: rows(OrderEvent).filter(sequence=1).delete(),
    "I22b": lambda: rows(OrderEvent).filter(kind="confirmed").update(from_status="completed"),
    "I24": adjust(InvoiceSeries, next_number=3),
    "I24b": tell_of_another_rate,
    "I24c": adjust(Order, invoiced_minor=1),
    "I24d": adjust(Order, credited_minor=1),
    "I25": lambda: Category.objects.filter(slug="lamps").update(lft=99, rght=100),
    "I26": lambda: OutboxEvent.objects.filter(type="OrderPlaced").delete(),
    "I28": adjust(PriceChange, price_minor=1),
    "I31": claim_and_forget,
    "I31b": receive_and_forget,
}


def test_a_sound_shop_breaks_no_promise(order):
    assert broken() == {}


@pytest.mark.parametrize("code", sorted(SABOTAGE))
def test_what_breaks_a_promise_is_found(order, code):
    with no_triggers():
        SABOTAGE[code]()

    assert code in broken()


def test_every_promise_is_tried():
    codes = [promise.code for promise in invariants()]
    assert sorted(codes) == sorted({*SABOTAGE, *HELD_BY_CONSTRAINTS})


def test_each_promise_is_one_query(order, django_assert_num_queries):
    promises = invariants()

    # One savepoint around the snapshot, and its release.
    with django_assert_num_queries(len(promises) + 2):
        broken()


def test_the_command_is_silent_about_people_and_fails_on_a_breach(order, capsys):
    adjust(Order, amount_paid_minor=10**9)()

    with pytest.raises(SystemExit) as ended:
        call_command("check_integrity", "--json")

    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert order.email not in printed
    report = json.loads(printed)
    assert report["ok"] is False
    assert [breach["code"] for breach in report["breaches"]] == ["I13"]
    assert report["breaches"][0]["ids"] == [order.number]


def test_the_command_checks_what_it_is_asked_to(order, capsys):
    adjust(Order, amount_paid_minor=10**9)()

    call_command("check_integrity", "--only", "I1", "I2")

    assert "2 invariants checked, all hold." in capsys.readouterr().out


def test_the_command_does_not_know_a_promise_nobody_made():
    with pytest.raises(CommandError, match="I999"):
        call_command("check_integrity", "--only", "I999")
