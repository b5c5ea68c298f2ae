"""Gift cards under fire: one card in many carts, money coming and going at once, a card
switched off while it pays.
"""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db.models import F
from django.utils import timezone

from cart.models import Cart
from cart.services import add_to_cart, apply_gift_card, open_cart
from orders.cancellation import cancel_order
from orders.gift_cards import issue_bought_cards
from orders.models import Order
from orders.tests.factories import gift_card_variant, make_cart, make_order, make_shop, variant
from payments.models import Payment
from payments.refunds import refund_order
from payments.tests.factories import make_payment, use_card
from pricing.errors import GiftCardShort, GiftCardSpent
from pricing.gift_cards import refund_to_card, spend_cards, switch_card
from pricing.models import GiftCard, GiftCardEntry
from pricing.tests.factories import CAROL, make_gift_card
from shop.core.actors import GUEST, SYSTEM
from shop.core.errors import DomainError
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.races.storm import THREADS, at_once, in_turn

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def spend(card: GiftCard, amount_minor: int, reference: object) -> None:
    spend_cards(
        {card.pk: amount_minor},
        references={card.pk: str(reference)},
        order_number="LN-1",
        actor=SYSTEM,
        at=timezone.now(),
    )


def balance(card: GiftCard) -> int:
    return GiftCard.objects.get(pk=card.pk).balance_minor


@pytest.mark.parametrize("count", [2, 20])
def test_one_card_pays_one_of_many_carts(count):
    make_shop()
    variant("MUG", on_hand=100)
    card = make_gift_card(2490)
    carts = [
        apply_gift_card(make_cart(MUG=1), card.code, at=timezone.now()) for _number in range(count)
    ]

    results = at_once(
        count,
        lambda number: make_order(
            cart=carts[number], payment_method="", at=timezone.now(), expected_due_minor=0
        ),
        refusals=(DomainError,),
    )

    orders = [result for result in results if isinstance(result, Order)]
    assert len(orders) == 1
    assert {result.status for result in results if result not in orders} == {409}
    assert (orders[0].status, orders[0].payment_status) == ("confirmed", "paid")
    assert balance(card) == 0
    assert Payment.objects.get().amount_minor == 2490
    assert_books_are_clean()


def test_a_card_that_is_read_before_it_is_written_pays_many_carts():
    """The control: the same storm on a spending that looks first takes more than there is."""
    card = make_gift_card(2490)
    readers = Barrier(THREADS)

    def careless(number: int) -> bool:
        is_enough = balance(card) >= 2490
        readers.wait(timeout=20)
        if is_enough:
            GiftCardEntry.objects.create(
                card=card, kind="spent", amount_minor=-2490, reference=str(number), actor="x"
            )
        return is_enough

    results = at_once(THREADS, careless)

    assert sum(results) == THREADS
    assert "I17" in {row[0].code for row in check(at=timezone.now()) if row[1]}


def test_two_cards_in_two_orders_the_other_way_round_never_wait_for_each_other():
    make_shop()
    variant("MUG", on_hand=100)
    one, two = make_gift_card(100_000), make_gift_card(100_000)
    carts = []
    for number in range(16):
        cart = make_cart(MUG=1)
        for card in (one, two) if number % 2 else (two, one):
            cart = apply_gift_card(cart, card.code, at=timezone.now())
        carts.append(cart)

    results = at_once(
        16, lambda number: make_order(cart=carts[number], payment_method="", at=timezone.now())
    )

    assert len(results) == 16
    assert balance(one) + balance(two) == 200_000 - 16 * 2490
    assert_books_are_clean()


def test_money_that_comes_back_while_it_is_spent_is_neither_lost_nor_doubled():
    card = make_gift_card(1000)

    def act(number: int) -> str:
        if number % 2:
            refund_to_card(card.pk, amount_minor=100, reference=f"r{number % 8}", at=timezone.now())
            return "refunded"
        spend(card, 300, f"p{number}")
        return "spent"

    results = at_once(40, act, refusals=(GiftCardShort,))

    # Four causes of a refund, each sent five times; whatever was spent had been there.
    spent = results.count("spent")
    assert results.count("refunded") == 20
    assert GiftCardEntry.objects.filter(kind="refunded").count() == 4
    assert balance(card) == 1000 + 4 * 100 - spent * 300
    assert balance(card) < 300 + 4 * 100
    assert "I17" not in {row[0].code for row in check(at=timezone.now()) if row[1]}


def test_a_refund_that_looks_before_it_locks_comes_back_more_than_once():
    """The control: everybody who only looks finds no refund of this cause."""
    card = make_gift_card(1000)
    readers = Barrier(THREADS)

    def careless(number: int) -> bool:
        is_new = not GiftCardEntry.objects.caused_by("r1").exists()
        readers.wait(timeout=20)
        if is_new:
            GiftCard.objects.filter(pk=card.pk).update(balance_minor=F("balance_minor") + 100)
        return is_new

    assert at_once(THREADS, careless) == [True] * THREADS
    assert balance(card) == 1800


def test_orders_that_are_placed_and_canceled_at_once_leave_the_card_as_it_was():
    make_shop()
    variant("MUG", on_hand=100)
    card = make_gift_card(10_000)
    carts = [
        apply_gift_card(make_cart(MUG=1), card.code, at=timezone.now()) for _number in range(12)
    ]

    def act(number: int) -> str:
        order = make_order(
            cart=carts[number], payment_method="", at=timezone.now(), expected_due_minor=0
        )
        return cancel_order(order, actor=GUEST, at=timezone.now()).status

    results = at_once(12, act, refusals=(DomainError,))
    deliver_due()

    assert results.count("canceled") >= 4
    assert {result.status for result in results if result != "canceled"} <= {409}
    assert balance(card) == 10_000
    assert_books_are_clean()


def test_a_card_that_is_switched_off_pays_before_or_not_at_all():
    card = make_gift_card(2000)

    def act(number: int) -> str:
        if number == 4:
            switch_card(card, is_active=False, reason="stolen", actor=CAROL)
            return "off"
        spend(card, 100, number)
        return "spent"

    results = at_once(16, act, refusals=(GiftCardShort,))

    assert results.count("off") == 1
    spent = results.count("spent")
    assert balance(card) == 2000 - spent * 100
    with pytest.raises(GiftCardShort):
        spend(card, 100, "later")


def test_a_spending_that_reads_whether_a_card_is_on_spends_one_that_is_off():
    """The control: between a look and a write somebody switches the card off."""
    card = make_gift_card(2000)
    looked, switched = Barrier(2), Barrier(2)

    def act(number: int) -> bool:
        if number:
            looked.wait(timeout=20)
            switch_card(card, is_active=False, reason="stolen", actor=CAROL)
            switched.wait(timeout=20)
            return True
        is_on = GiftCard.objects.get(pk=card.pk).is_active
        looked.wait(timeout=20)
        switched.wait(timeout=20)
        if is_on:
            GiftCard.objects.filter(pk=card.pk).update(balance_minor=F("balance_minor") - 100)
        return is_on

    assert at_once(2, act) == [True, True]
    assert balance(card) == 1900
    assert not GiftCard.objects.get(pk=card.pk).is_active


# A card that was sold: paid back, or spent
# ----------------------------------------------------------


def sold_card() -> tuple[Order, GiftCard]:
    """A paid order, and the card that was bought with it."""
    make_shop()
    cart = make_cart_of_gift_card()
    order = make_order(cart=cart, at=timezone.now(), shipping_method="")
    use_card(make_payment(order))
    while deliver_due():
        continue
    return Order.objects.get(pk=order.pk), GiftCard.objects.get()


def make_cart_of_gift_card() -> Cart:
    cart = open_cart(customer=None, at=timezone.now())
    add_to_cart(cart, gift_card_variant(), quantity=1, at=timezone.now())
    return cart


def test_a_card_that_was_sold_is_paid_back_or_spent_never_both():
    order, card = sold_card()

    def act(number: int) -> str:
        if number % 2:
            refund_order(order, actor=CAROL, at=timezone.now())
            return "refunded"
        spend(card, 5000, f"p{number}")
        return "spent"

    results = at_once(THREADS, act, refusals=(DomainError,))

    done = [result for result in results if isinstance(result, str)]
    assert len(done) == 1
    assert {result.status for result in results if result not in done} == {409}
    card.refresh_from_db()
    order.refresh_from_db()
    assert balance(card) == 0
    assert (order.credited_minor, card.is_voided) == (
        (5000, True) if done == ["refunded"] else (0, False)
    )


@pytest.mark.postgres
def test_a_refund_that_finds_the_card_being_spent_waits_and_is_refused():
    """The spending has taken the money and not committed when the refund looks at the card."""
    order, card = sold_card()

    results = in_turn(
        lambda: spend(card, 1, "p"),
        lambda: refund_order(order, actor=CAROL, at=timezone.now()),
        refusals=(GiftCardSpent,),
    )

    assert [type(result).__name__ for result in results] == ["NoneType", "GiftCardSpent"]
    order.refresh_from_db()
    assert (balance(card), order.credited_minor) == (4999, 0)


def test_a_refund_that_looks_at_the_card_without_locking_it_pays_back_what_is_spent():
    """The control: between its look and its write the card is spent, and the
    money goes out twice.
    """
    _order, card = sold_card()
    looked, spent = Barrier(2), Barrier(2)

    def act(number: int) -> bool:
        if number:
            looked.wait(timeout=20)
            spend(card, 5000, "p")
            spent.wait(timeout=20)
            return True
        is_untouched = GiftCard.objects.get(pk=card.pk).is_untouched
        looked.wait(timeout=20)
        spent.wait(timeout=20)
        if is_untouched:
            GiftCardEntry.objects.create(
                card=card, kind="voided", amount_minor=-5000, reference="credit:1", actor="Carol"
            )
            GiftCard.objects.filter(pk=card.pk).update(balance_minor=0, is_active=False)
        return is_untouched

    assert at_once(2, act) == [True, True]
    assert sum(card.entries.values_list("amount_minor", flat=True)) == -5000
    assert "I17" in {row[0].code for row in check(at=timezone.now()) if row[1]}


def test_a_paid_order_is_told_many_times_and_issues_each_card_once():
    make_shop()
    cart = open_cart(customer=None, at=timezone.now())
    add_to_cart(cart, gift_card_variant(), quantity=3, at=timezone.now())
    order = make_order(cart=cart, at=timezone.now(), shipping_method="")
    use_card(make_payment(order))

    at_once(THREADS, lambda _number: issue_bought_cards(order.pk, at=timezone.now()))

    assert GiftCard.objects.count() == 3
    assert GiftCardEntry.objects.filter(kind="issued").count() == 3
    assert_books_are_clean()
