"""Paying with gift cards: in whole, in part, back again, and what the books say of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import CustomerFactory
from cart.gift_cards import card_uses
from cart.models import Cart
from cart.services import apply_gift_card, merge_carts, open_cart
from inventory.models import Reservation, StockItem
from orders.cancellation import cancel_order, expire_order
from orders.errors import PaymentMethodInvalid
from orders.models import Order
from orders.tests.factories import CAROL, make_cart, make_order, make_shop
from payments.models import Payment, PaymentEntry, Refund
from payments.providers.base import Outcome
from payments.providers.gift_card import GiftCardProvider
from payments.reconciliation import reconcile
from payments.refunds import refund_order
from payments.settlement import settle
from payments.states import PaymentState
from payments.tests.factories import make_payment, use_card
from pricing.errors import GiftCardShort
from pricing.gift_cards import adjust_card, switch_card
from pricing.models import GiftCard, GiftCardEntry
from pricing.tests.factories import make_gift_card
from shop.core.actors import GUEST
from shop.core.integrity import check
from shop.core.outbox import deliver_due
from tests.behind import no_triggers, rows

pytestmark = pytest.mark.django_db


def cart_with(*cards: GiftCard, **units: int) -> Cart:
    """A cart with units by SKU, and gift cards that shall pay."""
    cart = make_cart(**(units or {"MUG": 1}))
    for card in cards:
        cart = apply_gift_card(cart, card.code, at=timezone.now())
    return cart


def order_with(*cards: GiftCard, **options: object) -> Order:
    """An order of 24.90 EUR."""
    make_shop()
    return make_order(cart=cart_with(*cards), at=timezone.now(), **options)


def balance(card: GiftCard) -> int:
    return GiftCard.objects.get(pk=card.pk).balance_minor


def assert_books_are_clean() -> None:
    deliver_due()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def assert_nothing_was_written(cart: Cart, card: GiftCard, balance_minor: int) -> None:
    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert not Reservation.objects.exists()
    assert Cart.objects.get(pk=cart.pk).closed_at is None
    assert balance(card) == balance_minor
    assert not GiftCardEntry.objects.filter(kind="spent").exists()


def test_a_card_that_covers_an_order_pays_it_at_once():
    card = make_gift_card(5000)

    order = order_with(card, payment_method="")

    assert (order.status, order.payment_status, order.due_minor) == ("confirmed", "paid", 0)
    assert (order.payment_provider, order.payment_method_name) == ("gift_card", "Gift card")
    assert order.gift_cards == [{"last4": card.last4, "amount_minor": 2490}]
    assert (order.total_minor, order.tax_minor) == (2490, 397)
    assert balance(card) == 2510
    payment = Payment.objects.get()
    assert (payment.state, payment.instrument) == ("captured", f"Gift card ·{card.last4}")
    assert [event.kind for event in order.events.all()] == ["placed", "paid", "confirmed"]
    assert Reservation.objects.get().state == "allocated"
    assert_books_are_clean()


def test_a_card_that_covers_a_part_leaves_the_rest_to_pay():
    card = make_gift_card(1000)

    order = order_with(card)

    assert (order.status, order.payment_status) == ("pending", "partially_paid")
    assert (order.due_minor, order.payment_provider) == (1490, "test")
    assert balance(card) == 0
    payment = make_payment(order)
    assert payment.amount_minor == 1490
    use_card(payment)
    order.refresh_from_db()
    assert (order.status, order.payment_status, order.due_minor) == ("confirmed", "paid", 0)
    assert_books_are_clean()


def test_what_a_card_paid_counts_beside_what_a_bank_has_authorized():
    order = order_with(make_gift_card(1000))
    payment = make_payment(order)

    settle(payment, outcome(payment, PaymentState.AUTHORIZED), at=timezone.now())

    order.refresh_from_db()
    assert (order.status, order.due_minor) == ("confirmed", 1490)
    settle(payment, outcome(payment, PaymentState.CAPTURED), at=timezone.now())
    order.refresh_from_db()
    assert (order.payment_status, order.amount_paid_minor) == ("paid", 2490)


def outcome(payment: Payment, state: PaymentState) -> Outcome:
    return Outcome(state, payment.amount_minor, payment.currency, reference=str(payment.pk))


def test_several_cards_pay_in_the_order_they_were_added():
    first, second, third = make_gift_card(1000), make_gift_card(5000), make_gift_card(700)

    order = order_with(first, second, third, payment_method="")

    assert [card["amount_minor"] for card in order.gift_cards] == [1000, 1490]
    assert (balance(first), balance(second), balance(third)) == (0, 3510, 700)
    assert order.status == "confirmed"
    assert_books_are_clean()


def test_an_order_paid_on_delivery_leaves_the_courier_the_rest():
    order = order_with(make_gift_card(1000), payment_method="cash")

    assert (order.status, order.due_minor) == ("confirmed", 1490)
    assert [event.kind for event in order.events.all()] == ["placed", "confirmed", "paid"]
    assert_books_are_clean()


def test_a_way_to_pay_is_needed_for_what_cards_leave():
    make_shop()
    card = make_gift_card(1000)
    cart = cart_with(card)

    with pytest.raises(PaymentMethodInvalid):
        make_order(cart=cart, payment_method="")

    assert_nothing_was_written(cart, card, 1000)


# What changed since the shopper looked
# --------------------------------------------------------------


def test_a_card_that_holds_less_than_the_shopper_saw_refuses_the_order():
    make_shop()
    card = make_gift_card(5000)
    cart = cart_with(card)
    adjust_card(card, amount_minor=-4000, reason="x", reference="x", actor=CAROL, at=timezone.now())

    with pytest.raises(GiftCardShort) as refusal:
        make_order(cart=cart, expected_total_minor=2490, expected_due_minor=0)

    assert refusal.value.status == 409
    quote = refusal.value.details["quote"]
    assert (quote["total"], quote["due"]) == ("24.90", "14.90")
    assert_nothing_was_written(cart, card, 1000)


def test_a_card_that_was_switched_off_refuses_the_order():
    make_shop()
    card = make_gift_card(5000)
    cart = cart_with(card)
    switch_card(card, is_active=False, reason="stolen", actor=CAROL)

    with pytest.raises(GiftCardShort) as refusal:
        make_order(cart=cart)

    assert refusal.value.message == f"Gift card ·{card.last4}: This gift card can't be used."
    assert_nothing_was_written(cart, card, 5000)


def test_a_card_that_is_emptied_between_look_and_take_refuses_the_order(monkeypatch):
    make_shop()
    card = make_gift_card(5000)
    cart = cart_with(card)

    def look_then_lose(*args, **options):
        uses = card_uses(*args, **options)
        adjust_card(
            card, amount_minor=-4000, reason="x", reference="x", actor=CAROL, at=timezone.now()
        )
        return uses

    monkeypatch.setattr("orders.checkout.services.card_uses", look_then_lose)
    with pytest.raises(GiftCardShort):
        make_order(cart=cart)

    # The whole transaction is gone, the other's act in it too.
    assert_nothing_was_written(cart, card, 5000)


# Back again
# ----------------------------------------------------------------------------------------


def test_canceling_puts_the_money_back_on_the_card():
    card = make_gift_card(5000)
    order = order_with(card, payment_method="")

    cancel_order(order, actor=GUEST, at=timezone.now())
    deliver_due()

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("canceled", "refunded")
    assert balance(card) == 5000
    kinds = list(card.entries.values_list("kind", "amount_minor"))
    assert kinds == [("issued", 5000), ("spent", -2490), ("refunded", 2490)]
    assert_books_are_clean()


def test_an_order_whose_rest_nobody_pays_gives_the_card_its_money_back():
    card = make_gift_card(1000)
    order = order_with(card)

    expire_order(order.number, at=timezone.now() + timedelta(hours=3))

    order.refresh_from_db()
    assert order.status == "canceled"
    assert_books_are_clean()
    assert balance(card) == 1000


def test_a_refund_goes_to_the_card_first_and_then_to_the_bank():
    card = make_gift_card(1000)
    order = order_with(card)
    use_card(make_payment(order))

    refund_order(order, amount_minor=1500, reason="late", actor=CAROL, at=timezone.now())
    deliver_due()

    assert balance(card) == 1000
    assert dict(Refund.objects.values_list("payment__provider", "amount_minor")) == {
        "gift_card": 1000,
        "test": 500,
    }
    assert_books_are_clean()


def test_a_refund_to_a_spent_card_that_is_over_can_be_spent_again():
    card = make_gift_card(2490, expires_at=timezone.now() + timedelta(days=1))
    order = order_with(card, payment_method="")
    GiftCard.objects.filter(pk=card.pk).update(expires_at=timezone.now())

    refund_order(order, reason="broken", actor=CAROL, at=timezone.now())
    deliver_due()

    card.refresh_from_db()
    assert card.balance_minor == 2490
    assert GiftCard.objects.spendable(at=timezone.now()).get() == card
    assert_books_are_clean()


# The books
# -----------------------------------------------------------------------------------------


def test_the_cards_books_and_ours_agree():
    order = order_with(make_gift_card(1000), make_gift_card(5000), payment_method="")
    cancel_order(order, actor=GUEST, at=timezone.now())
    deliver_due()

    assert reconcile(since=timezone.now() - timedelta(days=1), at=timezone.now()) == []


def test_reconciling_names_what_a_card_paid_without_the_ledger():
    card = make_gift_card(5000)
    GiftCardEntry.objects.create(
        card=card,
        kind="spent",
        amount_minor=-100,
        reference="11111111-1111-4111-8111-111111111111",
        actor="Mallory",
    )

    found = reconcile(since=timezone.now() - timedelta(days=1), at=timezone.now())

    assert [(one.provider, one.kind) for one in found] == [("gift_card", "unknown_payment")]


def test_reconciling_names_what_the_ledger_took_from_no_card():
    order_with(make_gift_card(5000), payment_method="")
    with no_triggers():
        rows(GiftCardEntry).filter(kind="spent").update(reference="elsewhere")

    found = reconcile(since=timezone.now() - timedelta(days=1), at=timezone.now())

    assert {one.kind for one in found} == {"unknown_payment", "missing_payment"}


def test_a_refund_that_was_credited_but_not_recorded_is_recorded_by_the_next_try():
    card = make_gift_card(5000)
    order = order_with(card, payment_method="")
    [refund] = refund_order(order, actor=CAROL, at=timezone.now())
    GiftCardProvider().refund(refund.payment, amount_minor=2490, key=str(refund.pk))

    deliver_due()

    refund.refresh_from_db()
    assert (refund.state, balance(card)) == ("succeeded", 5000)
    assert PaymentEntry.objects.filter(kind="refunded").count() == 1
    assert_books_are_clean()


# Carts
# ---------------------------------------------------------------------------------------------


def test_a_guest_s_gift_cards_come_along_at_sign_in():
    mine, both, hers = make_gift_card(), make_gift_card(), make_gift_card()
    alice = CustomerFactory()
    own = open_cart(customer=alice, at=timezone.now())
    for card in (mine, both):
        apply_gift_card(own, card.code, at=timezone.now())

    merge_carts(cart_with(both, hers), alice, at=timezone.now())

    own.refresh_from_db()
    assert own.gift_card_ids == [mine.pk, both.pk, hers.pk]


def test_nothing_is_reserved_for_a_card_that_only_waits_in_a_cart():
    card = make_gift_card(5000)

    cart_with(card)

    assert balance(card) == 5000
    assert StockItem.objects.get(sku="MUG").reserved == 0
