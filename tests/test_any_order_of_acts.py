"""Whatever shoppers, staff, providers and the clock do, in whatever order: the
shop keeps every promise.

`WALKS=500` walks through the shop five hundred times instead of ten. A walk that breaks a
promise is walked again with every promise asked after every act, so that the failure names the
seed and the act that did it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from cart.models import Cart
from cart.services import add_to_cart, apply_coupon, apply_gift_card, change_quantity, open_cart
from catalog.models import Variant
from catalog.prices import set_price
from inventory.models import Movement, StockItem
from inventory.services import adjust_stock, release_expired
from orders.cancellation import cancel_order
from orders.cancellation import services as cancellation
from orders.checkout import place_order
from orders.editing import edit_order
from orders.editing.changes import OrderChange
from orders.fulfillment import fulfill_order
from orders.models import Credit, Order, Return
from orders.returns import (
    Arrived,
    Wanted,
    approve_return,
    cancel_return,
    decline_return,
    receive_return,
    request_return,
)
from orders.states import LIVE_RETURNS, ReturnKind
from orders.tests.factories import (
    CAROL,
    checkout_data,
    make_shop,
    variant,
)
from orders.withdrawals import withdraw
from payments.checkout import start_payment
from payments.models import Payment, PaymentEntry
from payments.providers.test import card_with, pay_with_card
from payments.refunds import refund_order
from payments.settlement import ask_provider, capture_order, record_manual_payment, settle_unsettled
from payments.tests.factories import ASKS, DECLINED, DELAYED, GOOD
from pricing.models import GiftCardEntry
from pricing.states import BenefitKind
from pricing.tests.factories import CouponFactory, PromotionFactory, make_gift_card
from shop.core import caching
from shop.core.actors import GUEST
from shop.core.errors import DomainError
from shop.core.integrity import check
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3600)]
WALKS = int(os.environ.get("WALKS", "10"))
ACTS = 100
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SKUS = {"CUP": 999, "MUG": 2000, "POT": 12345}
EMAILS = ["alice@example.com", "bob@example.com"]

Row = TypeVar("Row")


class Nothing(DomainError):
    """There is nothing that this act could be done to."""

    code = "nothing"


class Walk:
    """One shop with three things to sell, and what happens to it by the dice of `seed`."""

    def __init__(self, seed: int, clock: time_machine.Traveller) -> None:
        self.clock = clock
        self.dice = random.Random(seed)
        self.done: list[str] = []
        make_shop()
        for sku, price in SKUS.items():
            variant(sku, price_minor=price, on_hand=8)
        CouponFactory(code="TEN", use_limit=2)
        PromotionFactory(
            name="Three for two",
            kind=BenefitKind.N_FOR_M,
            percent=None,
            take_quantity=3,
            pay_quantity=2,
            is_automatic=True,
        )
        self.card = make_gift_card(3000, at=START).code
        self.carts = [open_cart(customer=None, at=START) for _email in EMAILS]
        self.acts = {
            self.put_into_the_cart: 12,
            self.change_the_cart: 2,
            self.type_a_coupon: 3,
            self.type_a_gift_card: 2,
            self.order_it: 10,
            self.pay: 12,
            self.change_ones_mind: 2,
            self.withdraw: 1,
            self.ship: 10,
            self.edit: 5,
            self.find_money_on_the_account: 2,
            self.take_what_was_authorized: 1,
            self.refund_units: 2,
            self.refund_an_amount: 2,
            self.ask_for_a_return: 8,
            self.answer_a_return: 6,
            self.take_a_parcel_in: 6,
            self.count_the_shelf: 3,
            self.change_a_price: 3,
            self.time_passes: 4,
            self.the_worker_works: 8,
            self.the_provider_is_asked: 2,
        }

    def step(self) -> None:
        """Let one thing happen; if it is refused, nothing may have changed."""
        [act] = self.dice.choices(list(self.acts), list(self.acts.values()))
        self.done.append(act.__name__)
        before = self.figures()
        try:
            act()
        except DomainError as refusal:
            self.done[-1] += f": {refusal.code}"
            # A provider that says no leaves its answer in the books.
            assert act == self.pay or self.figures() == before, self.done[-1]

    @property
    def now(self) -> datetime:
        return timezone.now()

    def figures(self) -> tuple[Any, ...]:
        """What a refusal must leave alone."""
        return (
            list(StockItem.objects.order_by("pk").values_list("on_hand", "reserved")),
            list(Order.objects.order_by("pk").values_list("version", "status", "credited_minor")),
            list(Cart.objects.order_by("pk").values_list("closed_at")),
            [
                model.objects.count()
                for model in (Movement, PaymentEntry, Credit, Return, GiftCardEntry)
            ],
        )

    def some(self, rows: Sequence[Row]) -> Row:
        """One of them. Raises `Nothing` if there are none."""
        if not rows:
            raise Nothing
        return self.dice.choice(rows)

    def order(self, *fitting: Q) -> Order:
        """Mostly an order that the act is for, sometimes any."""
        orders = Order.objects.order_by("pk")
        if self.dice.random() < 0.9 and orders.filter(*fitting).exists():
            orders = orders.filter(*fitting)
        return self.some(list(orders))

    def units_of(self, order: Order) -> dict[int, int]:
        return {item.pk: self.dice.randint(0, item.quantity) for item in order.items.order_by("pk")}

    # Shoppers -----------------------------------------------------------------------------------

    def put_into_the_cart(self) -> None:
        found = Variant.objects.get(sku=self.dice.choice(list(SKUS)))
        cart = self.dice.choice(self.carts)
        add_to_cart(cart, found, quantity=self.dice.randint(1, 4), at=self.now)

    def change_the_cart(self) -> None:
        cart = self.dice.choice(self.carts)
        item = self.some(list(cart.items.order_by("pk")))
        change_quantity(cart, item.pk, quantity=self.dice.randint(0, 9), at=self.now)

    def type_a_coupon(self) -> None:
        who = self.dice.randrange(2)
        apply_coupon(self.carts[who], "TEN", country="DE", customer_key=EMAILS[who], at=self.now)

    def type_a_gift_card(self) -> None:
        apply_gift_card(self.dice.choice(self.carts), self.card, at=self.now)

    def order_it(self) -> None:
        who = self.some([who for who in (0, 1) if self.carts[who].items.exists()])
        place_order(
            self.carts[who],
            checkout_data(
                email=EMAILS[who],
                payment_method=self.dice.choice(["card", "card", "card", "transfer", "cash"]),
            ),
            actor=GUEST,
            at=self.now,
        )
        self.carts[who] = open_cart(customer=None, at=self.now)

    def pay(self) -> None:
        order = self.order(Q(status="pending"))
        start_payment(order, at=self.now)
        payment = self.some(list(Payment.objects.of_order(order.pk).filter(provider="test")))
        card = card_with(self.dice.choice([GOOD, GOOD, GOOD, GOOD, DECLINED, ASKS, DELAYED]))
        assert card is not None
        pay_with_card(payment.pk, card, at=self.now)
        if self.dice.random() < 0.8:
            ask_provider(payment, at=self.now)

    def change_ones_mind(self) -> None:
        cancel_order(self.order(), actor=GUEST, at=self.now)

    def withdraw(self) -> None:
        order = self.order(Q(status="confirmed"))
        withdraw(
            name="Alice",
            number=order.number,
            email=order.email,
            language="en",
            actor=GUEST,
            at=self.now,
        )

    def ask_for_a_return(self) -> None:
        order = self.order(Q(items__shipped_quantity__gt=0))
        wanted = [Wanted(pk, units) for pk, units in self.units_of(order).items() if units]
        kind = self.dice.choice([ReturnKind.RETURN, ReturnKind.WITHDRAWAL])
        request_return(order, items=wanted, kind=kind, actor=GUEST, at=self.now)

    # Staff --------------------------------------------------------------------------------------

    def ship(self) -> None:
        order = self.order(Q(status="confirmed"))
        units = None
        if self.dice.random() < 0.5:
            units = {pk: count for pk, count in self.units_of(order).items() if count}
        fulfill_order(order, quantities=units, actor=CAROL, at=self.now)

    def edit(self) -> None:
        order = self.order(Q(fulfillment_status="unfulfilled"))
        change = OrderChange(quantities={self.dice.choice(list(SKUS)): self.dice.randint(0, 4)})
        edit_order(order, change, actor=CAROL, at=self.now)

    def find_money_on_the_account(self) -> None:
        record_manual_payment(self.order(Q(status="pending")), actor=CAROL, at=self.now)

    def take_what_was_authorized(self) -> None:
        capture_order(self.order().pk, at=self.now)

    def refund_units(self) -> None:
        order = self.order(Q(amount_paid_minor__gt=0))
        restock = self.dice.random() < 0.5
        refund_order(order, items=self.units_of(order), restock=restock, actor=CAROL, at=self.now)

    def refund_an_amount(self) -> None:
        order = self.order(Q(amount_paid_minor__gt=0))
        amount = self.dice.randint(1, max(order.total_minor // 2, 1))
        refund_order(order, amount_minor=amount, actor=CAROL, at=self.now)

    def claim(self) -> Return:
        return self.some(list(Return.objects.filter(status__in=LIVE_RETURNS).order_by("pk")))

    def answer_a_return(self) -> None:
        claim, way = self.claim(), self.dice.random()
        if way < 0.1:
            decline_return(claim, message="No", actor=CAROL, at=self.now)
        elif way < 0.2:
            cancel_return(claim, actor=GUEST, at=self.now)
        else:
            units = {row.pk: self.dice.randint(0, row.quantity) for row in claim.items.all()}
            approve_return(claim, quantities=units if way < 0.5 else None, actor=CAROL, at=self.now)

    def take_a_parcel_in(self) -> None:
        claim = self.claim()
        arrived = {}
        for row in claim.items.all():
            units = self.dice.randint(0, row.expected_quantity)
            lost = self.dice.randint(0, units)
            arrived[row.pk] = Arrived(units - lost, lost)
        receive_return(
            claim,
            units=arrived,
            deduction_minor=self.dice.choice([0, 0, 1, 500]),
            include_shipping=self.dice.random() < 0.2,
            actor=CAROL,
            at=self.now,
        )

    def count_the_shelf(self) -> None:
        adjust_stock(
            self.dice.choice(list(SKUS)),
            delta=self.dice.randint(-4, 8),
            reason="Counted",
            actor=CAROL,
            at=self.now,
        )

    def change_a_price(self) -> None:
        found = Variant.objects.get(sku=self.dice.choice(list(SKUS)))
        price = self.dice.choice([0, 1, 999, 2000, 33333])
        set_price(found, price_minor=price, actor=CAROL, at=self.now)

    # The clock and the worker -------------------------------------------------------------------

    def time_passes(self) -> None:
        minutes = self.dice.choice([1, 1, 20, 20, 90, 60 * 24, 60 * 24 * 8])
        self.clock.shift(timedelta(minutes=minutes))
        # By the clock of the walk; the task asks the database for its own.
        release_expired(at=self.now)

    def the_worker_works(self) -> None:
        deliver_due(at=self.now)

    def the_provider_is_asked(self) -> None:
        settle_unsettled(at=self.now)


def broken_promises() -> list[str]:
    """The breaches of this moment."""
    # What lists show of the stock follows as soon as the worker has worked.
    late = {"I4"} if OutboxDelivery.objects.filter(status="pending").exists() else set()
    breaches = [
        str(breach)
        for promise, breach in check(at=timezone.now())
        if breach and promise.code not in late
    ]
    for order in Order.objects.all():
        entries = PaymentEntry.objects.filter(payment__order=order)
        taken, returned = (
            entries.filter(kind=kind).aggregate(sum=Sum("amount_minor"))["sum"] or 0
            for kind in ("captured", "refunded")
        )
        if not 0 <= returned <= taken:
            breaches.append(f"{order}: {returned} given back of {taken}")
    return breaches


def walk(seed: int, *, asks_after_every_act: bool = False) -> tuple[list[str], list[str]]:
    """Walk by the dice of `seed` and leave nothing behind. Returns (what was done, what broke)."""
    with time_machine.travel(START, tick=False) as clock, transaction.atomic():
        caching.forget_catalog_version()
        caching.forget_remembered()
        steps = Walk(seed, clock)
        broken: list[str] = []
        for number in range(1, ACTS + 1):
            steps.step()
            if asks_after_every_act or number % 20 == 0:
                broken = broken_promises()
            if broken:
                break
        transaction.set_rollback(True)
    return steps.done, broken


def test_the_shop_keeps_its_promises_whatever_happens_in_whatever_order() -> None:
    succeeded: set[str] = set()
    for seed in range(WALKS):
        done, broken = walk(seed)
        if broken:
            done, broken = walk(seed, asks_after_every_act=True)
        assert broken == [], "\n".join([f"seed {seed}", *done])
        succeeded.update(done)

    # Walks on which everything is refused would prove nothing.
    names = {name for name in vars(Walk) if name in succeeded}
    assert len(names) >= 20, sorted(names)


def test_a_shop_that_forgets_to_let_stock_go_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same walks through a shop with a fault."""
    monkeypatch.setattr(cancellation, "release_stock", lambda holder, *, at: None)

    broken = next((broken for seed in range(WALKS) if (broken := walk(seed)[1])), [])

    assert any("I2" in breach for breach in broken)
