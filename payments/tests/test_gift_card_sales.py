"""Selling gift cards: bought, issued once they are paid, mailed, taken back when
their price goes back.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import CustomerFactory
from cart.errors import AnotherGreeting
from cart.models import Cart, CartItem
from cart.services import add_to_cart, apply_gift_card, merge_carts, open_cart
from inventory.models import Movement, Reservation, StockItem
from notifications.models import OutgoingMail
from orders.cancellation import cancel_order
from orders.credits import grant_credit
from orders.errors import ItemNotReturnable
from orders.gift_cards import issue_bought_cards
from orders.models import Order, OrderEvent
from orders.returns import Wanted, request_return
from orders.states import CreditKind
from orders.tests.factories import (
    CAROL,
    NOON,
    gift_card_variant,
    make_cart,
    make_order,
    make_shop,
    variant,
)
from payments.models import Refund
from payments.refunds import refund_order
from payments.settlement import record_manual_payment
from payments.tests.factories import make_payment, use_card
from pricing.errors import GiftCardSpent
from pricing.gift_cards import spend_cards
from pricing.models import GiftCard
from pricing.tests.factories import CouponFactory, make_gift_card
from shop.core.actors import GUEST, SYSTEM
from shop.core.errors import Invalid
from shop.core.integrity import check
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db

FOR_BOB = {
    "recipient_name": "Bob",
    "recipient_email": "bob@example.com",
    "sender_name": "Alice",
    "message": "For no reason",
}


def cart_for_bob(*, quantity: int = 1, **others: int) -> Cart:
    """A cart with gift cards of 50.00 EUR for Bob, and other things by SKU."""
    make_shop()
    cart = open_cart(customer=None, at=NOON)
    greeting = dict(FOR_BOB)
    add_to_cart(cart, gift_card_variant(), quantity=quantity, greeting=greeting, at=NOON)
    for sku, units in others.items():
        add_to_cart(cart, variant(sku), quantity=units, at=NOON)
    return cart


def deliver() -> None:
    while deliver_due():
        continue


def bought(**options: Any) -> Order:
    """A paid order for Bob's card."""
    cart = cart_for_bob(**options)
    method = "standard" if len(options) > 1 else ""
    order = make_order(cart=cart, at=timezone.now(), shipping_method=method)
    use_card(make_payment(order))
    deliver()
    return Order.objects.get(pk=order.pk)


def assert_books_are_clean() -> None:
    deliver()
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def unissued() -> list[str]:
    """The orders that `check_integrity` names for their gift cards."""
    return [
        number
        for promise, breach in check(at=timezone.now())
        if promise.code == "I17d" and breach
        for number in breach.ids
    ]


# Buying
# --------------------------------------------------------------------------------------------


def test_a_card_is_issued_and_mailed_once_it_is_paid(mailoutbox):
    order = bought()

    card = GiftCard.objects.get()
    assert (card.balance_minor, card.currency, card.order_number) == (5000, "EUR", order.number)
    assert (card.recipient_name, card.recipient_email) == ("Bob", "bob@example.com")
    assert (card.sender_name, card.message) == ("Alice", "For no reason")
    [message] = [message for message in mailoutbox if message.to == ["bob@example.com"]]
    assert message.subject == "Alice sent you a €50 gift card"
    assert card.code in message.body
    assert card.code in message.alternatives[0][0]
    assert "For no reason" in message.body
    assert_books_are_clean()


def test_an_order_of_gift_cards_completes_by_itself():
    order = bought()

    assert (order.status, order.payment_status) == ("completed", "paid")
    assert order.fulfillment_status == "fulfilled"
    assert (order.shipping_minor, order.shipping_method_name) == (0, "By e-mail")
    assert (order.total_minor, order.tax_minor) == (5000, 0)
    assert order.fulfillments.get().carrier == "E-mail"
    kinds = [event.kind for event in OrderEvent.objects.filter(order=order)]
    assert [kind for kind in kinds if kind != "mail"] == [
        "placed",
        "paid",
        "confirmed",
        "shipped",
        "completed",
        "invoiced",
    ]
    assert order.invoices.get().total_minor == 5000


def test_no_code_of_a_card_that_was_sold_lies_in_a_table():
    bought()

    card = GiftCard.objects.get()
    mail = OutgoingMail.objects.get(kind="gift_card")
    assert card.code not in mail.text + mail.html
    assert card.masked_code in mail.text


def test_the_mail_room_of_development_shows_the_email_as_it_was_sent(client: Client, settings):
    bought()
    mail = OutgoingMail.objects.get(kind="gift_card")

    assert GiftCard.objects.get().code in client.get(f"/dev/mail/{mail.pk}/html/").content.decode()


def test_a_message_that_looks_like_a_code_reveals_nobody_else_s(mailoutbox):
    other = make_gift_card()
    make_shop()
    cart = open_cart(customer=None, at=NOON)
    greeting = {**FOR_BOB, "message": other.masked_code}
    add_to_cart(cart, gift_card_variant(), quantity=1, greeting=greeting, at=NOON)
    use_card(make_payment(make_order(cart=cart, at=timezone.now(), shipping_method="")))

    deliver()

    [message] = [message for message in mailoutbox if message.to == ["bob@example.com"]]
    assert other.code not in message.body + message.alternatives[0][0]


def test_without_a_recipient_the_card_comes_to_the_buyer(mailoutbox):
    make_shop()
    gift_card_variant("GIFT-50")
    cart = make_cart(**{"GIFT-50": 1})
    use_card(make_payment(make_order(cart=cart, at=timezone.now(), shipping_method="")))

    deliver()

    assert GiftCard.objects.get().recipient_email == "alice@example.com"
    assert {message.to[0] for message in mailoutbox} == {"alice@example.com"}


def test_three_units_are_three_cards_however_often_the_event_comes():
    order = bought(quantity=3)

    for _again in "123":
        issue_bought_cards(order.pk, at=timezone.now())

    assert GiftCard.objects.count() == 3
    assert len({card.code for card in GiftCard.objects.all()}) == 3
    assert order.fulfillments.count() == 1
    assert_books_are_clean()


def test_a_card_is_not_issued_before_it_is_paid_in_full():
    cart = cart_for_bob()
    order = make_order(cart=cart, at=timezone.now(), shipping_method="", payment_method="transfer")

    record_manual_payment(order, amount_minor=4999, actor=CAROL, at=timezone.now())
    deliver()
    before = GiftCard.objects.count()
    record_manual_payment(order, actor=CAROL, at=timezone.now())
    deliver()

    assert (before, GiftCard.objects.count()) == (0, 1)


def test_cash_on_delivery_issues_nothing_until_the_courier_has_it():
    cart = cart_for_bob(MUG=1)
    order = make_order(cart=cart, at=timezone.now(), payment_method="cash")
    deliver()

    assert order.status == "confirmed"
    assert not GiftCard.objects.exists()
    issue_bought_cards(order.pk, at=timezone.now())
    assert not GiftCard.objects.exists()


def test_a_canceled_order_issues_nothing():
    order = make_order(cart=cart_for_bob(), at=timezone.now(), shipping_method="")
    use_card(make_payment(order))
    cancel_order(order, actor=GUEST, at=timezone.now())

    deliver()

    assert not GiftCard.objects.exists()
    assert Order.objects.get().payment_status == "refunded"
    assert_books_are_clean()


def test_other_things_of_the_order_are_sent_as_ever():
    order = bought(MUG=1, quantity=1)

    assert (order.status, order.fulfillment_status) == ("confirmed", "partial")
    assert order.shipping_minor == 490
    assert [item.open_quantity for item in order.items.all()] == [0, 1]
    assert_books_are_clean()


# Stock
# ---------------------------------------------------------------------------------------------


def test_gift_cards_are_never_sold_out_and_move_no_stock():
    order = make_order(cart=cart_for_bob(quantity=999), at=timezone.now(), shipping_method="")

    item = StockItem.objects.get(sku="GIFT-50")
    assert (item.on_hand, item.reserved) == (0, 999)
    assert Reservation.objects.get().state == "held"
    use_card(make_payment(order))
    deliver()
    item.refresh_from_db()
    assert (item.on_hand, item.reserved) == (0, 0)
    assert not Movement.objects.filter(stock_item=item).exists()
    assert_books_are_clean()


# Prices
# --------------------------------------------------------------------------------------------


def test_a_coupon_lowers_no_gift_card_and_counts_none():
    CouponFactory(code="TEN", minimum_minor=3000)
    cart = cart_for_bob(MUG=2)
    Cart.objects.filter(pk=cart.pk).update(coupon_codes=["TEN"])

    order = make_order(cart=cart, at=timezone.now())

    discounts = {item.product_sku: item.discount_minor for item in order.items.all()}
    assert discounts == {"GIFT-50": 0, "MUG": 400}


def test_the_minimum_of_a_coupon_is_reached_by_goods_only():
    CouponFactory(code="TEN", minimum_minor=3000)
    cart = cart_for_bob(MUG=1)
    Cart.objects.filter(pk=cart.pk).update(coupon_codes=["TEN"])

    order = make_order(cart=cart, at=timezone.now(), expected_total_minor=7490)

    assert (order.discount_minor, order.coupon_code) == (0, "")


def test_gift_cards_pay_for_no_delivery_threshold():
    order = make_order(cart=cart_for_bob(quantity=3, MUG=1), at=timezone.now())

    assert order.shipping_minor == 490


def test_gift_cards_do_not_pay_for_gift_cards():
    card = make_gift_card(10_000)
    cart = apply_gift_card(cart_for_bob(MUG=1), card.code, at=timezone.now())

    order = make_order(cart=cart, at=timezone.now())

    assert order.gift_cards == [{"last4": card.last4, "amount_minor": 2490}]
    assert order.due_minor == 5000


def test_a_cart_of_gift_cards_only_takes_no_gift_card():
    card = make_gift_card(10_000)
    cart = apply_gift_card(cart_for_bob(), card.code, at=timezone.now())

    order = make_order(cart=cart, at=timezone.now(), shipping_method="")

    card.refresh_from_db()
    assert (order.gift_cards, order.due_minor, card.balance_minor) == ([], 5000, 10_000)


# Money that goes back
# --------------------------------------------------------------------------------


def test_refunding_a_card_that_nobody_spent_voids_it():
    order = bought()

    refund_order(order, reason="changed my mind", actor=CAROL, at=timezone.now())
    deliver()

    card = GiftCard.objects.get()
    assert (card.balance_minor, card.is_active) == (0, False)
    assert list(card.entries.values_list("kind", "amount_minor")) == [
        ("issued", 5000),
        ("voided", -5000),
    ]
    assert Refund.objects.get().amount_minor == 5000
    assert_books_are_clean()


def test_a_card_that_was_spent_is_not_refunded():
    order = bought()
    card = GiftCard.objects.get()
    spend_cards(
        {card.pk: 1}, references={card.pk: "p"}, order_number="", actor=SYSTEM, at=timezone.now()
    )

    with pytest.raises(GiftCardSpent) as refusal:
        refund_order(order, actor=CAROL, at=timezone.now())

    assert refusal.value.status == 409
    card.refresh_from_db()
    assert (card.balance_minor, card.is_active) == (4999, True)
    assert not Refund.objects.exists()
    assert Order.objects.get().credited_minor == 0


def test_of_three_cards_one_that_is_untouched_is_paid_back():
    order = bought(quantity=3)
    first = GiftCard.objects.order_by("pk").first()
    spend_cards(
        {first.pk: 1}, references={first.pk: "p"}, order_number="", actor=SYSTEM, at=timezone.now()
    )
    item = order.items.get()

    refund_order(order, items={item.pk: 2}, actor=CAROL, at=timezone.now())
    with pytest.raises(GiftCardSpent):
        refund_order(order, items={item.pk: 1}, actor=CAROL, at=timezone.now())

    assert GiftCard.objects.filter(voided_at__isnull=False).count() == 2
    assert Order.objects.get().credited_minor == 10_000


def test_a_gift_card_is_no_parcel_to_send_back():
    order = bought()

    with pytest.raises(ItemNotReturnable):
        request_return(
            order,
            items=[Wanted(order.items.get().pk, 1)],
            actor=CAROL,
            at=timezone.now(),
        )

    assert not order.returns.exists()


def test_a_lost_dispute_takes_back_what_it_can():
    order = bought()
    card = GiftCard.objects.get()
    spend_cards(
        {card.pk: 1}, references={card.pk: "p"}, order_number="", actor=SYSTEM, at=timezone.now()
    )
    order = Order.objects.locked().get(pk=order.pk)

    grant_credit(order, kind=CreditKind.DISPUTE, actor=SYSTEM, at=timezone.now())

    card.refresh_from_db()
    assert (card.balance_minor, card.is_voided) == (4999, False)


# Carts
# ---------------------------------------------------------------------------------------------


def test_more_of_a_card_go_to_the_same_person_and_none_to_another():
    cart = cart_for_bob()
    card = gift_card_variant()

    add_to_cart(cart, card, quantity=1, at=NOON)
    with pytest.raises(AnotherGreeting):
        add_to_cart(cart, card, quantity=1, greeting={"recipient_name": "Eve"}, at=NOON)

    item = CartItem.objects.get()
    assert (item.quantity, item.greeting) == (2, FOR_BOB)


def test_only_a_gift_card_has_a_recipient():
    cart = make_cart(MUG=1)

    with pytest.raises(Invalid):
        add_to_cart(cart, variant("MUG"), quantity=1, greeting={"recipient_name": "Eve"}, at=NOON)

    assert CartItem.objects.get().quantity == 1


def test_a_guest_s_gift_card_comes_along_at_sign_in():
    alice = CustomerFactory()

    merge_carts(cart_for_bob(), alice, at=NOON)

    assert CartItem.objects.get(cart__customer=alice).greeting == FOR_BOB


def test_a_gift_card_is_bought_by_api():
    make_shop()
    gift_card_variant()
    client = Client()

    made = client.post(
        "/api/cart/items",
        {"sku": "GIFT-50", "gift_card": FOR_BOB},
        content_type="application/json",
    )
    token = made["X-Cart-Token"]
    placed = client.post(
        "/api/orders",
        {
            "email": "alice@example.com",
            "shipping_address": {
                "name": "Alice Lind",
                "line1": "Lindenstraße 7",
                "postal_code": "10969",
                "city": "Berlin",
                "country": "DE",
            },
            "payment_method": "card",
        },
        content_type="application/json",
        headers={"X-Cart-Token": token, "Idempotency-Key": "k1"},
    )

    assert made.json()["data"]["items"][0]["gift_card"] == FOR_BOB
    assert placed.status_code == 201
    body = placed.json()["data"]
    assert (body["total"], body["tax"], body["shipping"]) == ("50.00", "0.00", "0.00")
    assert body["items"][0]["greeting"] == FOR_BOB


@pytest.mark.parametrize(
    "greeting",
    [
        {"recipient_email": "bob@"},
        {"message": "x" * 501},
        {"message": "\u202eevil"},
        {"price": "1"},
        "Bob",
        None,
    ],
)
def test_a_greeting_that_is_none_is_refused(greeting):
    gift_card_variant()

    response = Client().post(
        "/api/cart/items",
        {"sku": "GIFT-50", "gift_card": greeting},
        content_type="application/json",
    )

    assert response.status_code == 400
    assert not CartItem.objects.exists()


# Pages
# ---------------------------------------------------------------------------------------------


def test_the_page_of_a_gift_card_asks_whom_it_is_for(client: Client):
    card = gift_card_variant()

    page = client.get(f"/p/{card.product.slug}/").content.decode()

    assert 'name="recipient_email" form="add"' in " ".join(page.split())
    assert "Sent by e-mail once paid." in page
    assert "VAT included" not in page


def test_a_gift_card_is_put_into_the_cart_and_checked_out_without_delivery(client: Client):
    make_shop()
    gift_card_variant()

    client.post(
        "/cart/add/",
        {"sku": "GIFT-50", **FOR_BOB},
        headers={"sec-fetch-site": "same-origin"},
    )
    cart = client.get("/cart/").content.decode()
    page = client.get("/checkout/").content.decode()

    assert "For Bob, bob@example.com" in cart
    assert 'name="shipping_method"' not in page
    assert "Gift cards are sent by e-mail once paid." in page
    assert "Pay €50" in page


def test_a_wrong_address_on_a_gift_card_is_said_and_nothing_put_in(client: Client):
    gift_card_variant()

    response = client.post(
        "/cart/add/",
        {"sku": "GIFT-50", "recipient_email": "bob@"},
        headers={"sec-fetch-site": "same-origin", "hx-request": "true"},
    )

    assert response.status_code == 422
    assert "Check the gift card details" in response.content.decode()
    assert not CartItem.objects.exists()


# Who sees what ------------------------------------------------------------------------------------


def test_whom_a_card_is_for_is_shown_to_the_buyer_and_not_to_who_knows_number_and_mail(
    client: Client,
):
    order = bought()
    stranger = Client()

    stranger.post("/track/", {"number": order.number, "email": order.email})
    theirs = stranger.get(f"/orders/{order.number}/").content.decode()
    client.get(f"/orders/{order.number}/?token={order.token}")
    ours = client.get(f"/orders/{order.number}/").content.decode()

    assert f"Order {order.number}" in theirs
    assert "bob@example.com" not in theirs
    assert "bob@example.com" in ours


def test_the_stock_list_shows_what_has_units(admin_client: Client, settings):
    settings.BACKOFFICE_REQUIRE_MFA = False
    make_shop()
    gift_card_variant()
    variant("MUG", on_hand=3)

    html = admin_client.get("/admin/inventory/stockitem/").content.decode()

    assert "MUG" in html
    assert "GIFT-50" not in html


def test_a_refund_that_puts_units_back_puts_no_gift_card_on_a_shelf():
    order = bought()

    refund_order(order, restock=True, actor=CAROL, at=timezone.now())
    deliver()

    assert StockItem.objects.get(sku="GIFT-50").on_hand == 0
    assert not Movement.objects.filter(stock_item__sku="GIFT-50").exists()
    assert_books_are_clean()


# The promise
# ---------------------------------------------------------------------------------------


def test_a_card_that_is_just_being_issued_is_not_missed():
    order = make_order(cart=cart_for_bob(), at=timezone.now(), shipping_method="")
    use_card(make_payment(order))
    before = unissued()

    OutboxDelivery.objects.filter(event__type="OrderPaid").update(status="parked")

    assert (before, unissued()) == ([], [order.number])


@pytest.mark.parametrize(
    "change",
    [{"initial_minor": 4000}, {"currency": "USD"}, {"source": ""}, {"order_number": "LN-1"}],
    ids=str,
)
def test_a_card_that_is_not_what_was_paid_for_is_named(change):
    order = bought()

    GiftCard.objects.update(**change)

    assert unissued() == [order.number]


def test_a_card_too_many_is_named_and_one_of_another_order_is_not():
    order, other = bought(), bought()
    item = order.items.get()
    assert unissued() == []

    make_gift_card(5000, source=f"order-item:{item.pk}:7", order_number=order.number)

    assert unissued() == [order.number]
    assert other.number != order.number


def test_a_card_whose_price_went_back_is_not_missed():
    order = bought(quantity=2)
    item = order.items.get()

    refund_order(order, items={item.pk: 1}, actor=CAROL, at=timezone.now())
    deliver()

    assert unissued() == []
