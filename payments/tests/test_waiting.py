"""An order that waits for its payment: the cart, the header and one e-mail lead to it,
and it can be taken back.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from cart.models import Cart
from cart.services import add_to_cart, open_cart
from inventory.models import StockItem
from notifications.models import OutgoingMail
from notifications.services import orders as orders_mail
from notifications.services import remind_of_waiting_orders
from orders.cancellation import cancel_and_restore, cancel_order
from orders.errors import OrderNotCancelable
from orders.models import Order
from orders.tests.factories import make_cart, make_order, make_shop, variant
from payments.models import TestCharge
from payments.tests.factories import DECLINED, SILENT, make_payment, use_card
from payments.tests.test_pages import checkout_fields, open_checkout
from pricing.models import CouponUse
from pricing.tests.factories import CouponFactory
from shop.core.actors import GUEST

pytestmark = pytest.mark.django_db
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def shopper(client: Client) -> Client:
    """A guest who has ordered a mug and stands before the payment."""
    make_shop()
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    client.post("/checkout/", checkout_fields(open_checkout(client)))
    return client


def text_of(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def restore(client: Client, order: Order) -> Any:
    return client.post(f"/orders/{order.number}/restore/", headers=OURS, follow=True)


# Where it is told
# -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/cart/", "/cart/drawer/", "/checkout/"])
def test_the_cart_leads_to_the_order_that_waits(shopper: Client, path: str):
    order = Order.objects.get()

    html = text_of(shopper, path)

    assert f"Order {order.number} is awaiting payment" in html
    assert f'href="/pay/{order.number}/"' in html
    assert f'href="/pay/{order.number}/?change=1#change"' in html
    assert f'action="/orders/{order.number}/restore/"' in html
    assert "We hold your order for another" in html


def test_the_bag_in_the_header_says_it_and_public_pages_stay_the_same(shopper: Client):
    fragment = text_of(shopper, "/me/")

    assert "You have an unpaid order" in fragment
    assert "count-waits" in fragment


def test_an_account_is_led_to_its_order_on_every_device(alice: User):
    make_order(customer=alice.customer, at=timezone.now())
    other = Client()
    other.force_login(alice)

    assert "is awaiting payment" in text_of(other, "/cart/")


def test_nobody_else_is_told(shopper: Client, bob: User):
    stranger, signed_in = Client(), Client()
    signed_in.force_login(bob)

    for client in (stranger, signed_in):
        assert "is awaiting payment" not in text_of(client, "/cart/")
        assert "You have an unpaid order" not in text_of(client, "/me/")


def test_who_found_the_order_by_number_and_email_is_not_led_to_pay_or_to_take_back(
    shopper: Client,
):
    order, finder = Order.objects.get(), Client()
    finder.post("/track/", {"number": order.number, "email": order.email})

    answer = finder.post(f"/orders/{order.number}/restore/", headers=OURS)

    order.refresh_from_db()
    assert answer.status_code == 404
    assert "is awaiting payment" not in text_of(finder, "/cart/")
    assert order.status == "pending"


def paid(order: Order) -> None:
    use_card(make_payment(order))


def checked(order: Order) -> None:
    use_card(make_payment(order), SILENT)


def canceled(order: Order) -> None:
    cancel_order(order, actor=GUEST, at=timezone.now())


def over(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(hold_expires_at=timezone.now())


def by_transfer(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(payment_provider="manual")


@pytest.mark.parametrize("act", [paid, checked, canceled, over, by_transfer])
def test_an_order_that_does_not_wait_for_its_shopper_is_not_told(shopper: Client, act: Any):
    act(Order.objects.get())

    assert "is awaiting payment" not in text_of(shopper, "/cart/")
    assert "You have an unpaid order" not in text_of(shopper, "/me/")


def test_the_cart_asks_once_however_many_orders_wait(
    alice: User, django_assert_max_num_queries: Any
):
    client = Client()
    client.force_login(alice)
    for _number in range(5):
        make_order(customer=alice.customer, at=timezone.now())
    client.get("/me/")

    with django_assert_max_num_queries(5):
        html = text_of(client, "/me/")

    assert "You have an unpaid order" in html


# Back from the company's page
# -----------------------------------------------------------------------


def test_who_leaves_the_payment_page_is_told_that_nothing_was_charged(shopper: Client):
    order = Order.objects.get()
    started = shopper.post(f"/pay/{order.number}/")
    canceled = shopper.post(started.url, {"cancel": "1"})

    html = shopper.get(canceled.url, follow=True).content.decode()

    assert TestCharge.objects.count() == 1
    assert "The payment was not completed. You haven&#x27;t been charged." in html
    assert "We hold your order for another" in html
    assert 'name="method" value="transfer"' in html


def test_no_page_of_the_checkout_is_the_answer_to_a_form(client: Client):
    make_shop()
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    page = open_checkout(client)
    answers = [
        client.post("/checkout/", checkout_fields(page, email="nobody")),
        client.post("/checkout/", checkout_fields(page, update="country", country="AT")),
        client.post("/checkout/", checkout_fields(page)),
    ]
    order = Order.objects.get()
    answers.append(client.post(f"/pay/{order.number}/"))
    answers.append(client.post(f"/pay/{order.number}/", {"method": "nonsense"}))

    assert [answer.status_code for answer in answers] == [302, 302, 307, 302, 302]


def test_what_was_typed_is_kept_once_the_error_was_told(client: Client):
    make_shop()
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    fields = checkout_fields(open_checkout(client), email="nobody", city="Potsdam")
    told = client.post("/checkout/", fields, follow=True)

    again = client.get("/checkout/")

    assert (told.status_code, again.status_code) == (422, 200)
    assert "Potsdam" in again.content.decode()
    assert 'id="id_email_error"' in told.content.decode()
    assert 'id="id_email_error"' not in again.content.decode()


def test_what_was_typed_is_forgotten_with_the_order(client: Client):
    make_shop()
    client.cookies["cart"] = make_cart(MUG=1, at=timezone.now()).token
    page = open_checkout(client)
    client.post("/checkout/", checkout_fields(page, email="nobody"))
    client.post("/checkout/", checkout_fields(page))

    assert "checkout_draft" not in client.session


def test_an_error_page_shows_the_total_of_a_cart_that_changed_and_says_so(client: Client):
    make_shop()
    cart = make_cart(MUG=1, at=timezone.now())
    client.cookies["cart"] = cart.token
    page = open_checkout(client)
    fields = checkout_fields(page, email="nobody")
    hidden = page.partition('name="expected_due" value="')[2].partition('"')[0]
    add_to_cart(cart, variant("MUG"), quantity=1, at=timezone.now())

    html = client.post("/checkout/", fields | {"expected_due": hidden}, follow=True)

    text = html.content.decode()
    assert "The total has changed." in text
    assert "€44.90" in text
    assert 'name="expected_total" value="4490"' in text


# Canceling and taking the items back
# ----------------------------------------------------------------


def test_a_guest_gets_the_items_back_beside_what_is_in_the_cart(shopper: Client):
    order = Order.objects.get()
    other = make_cart(LAMP=2, MUG=1, at=timezone.now())
    shopper.cookies["cart"] = other.token

    answer = restore(shopper, order)

    order.refresh_from_db()
    contents = dict(other.items.values_list("variant__sku", "quantity"))
    assert order.status == "canceled"
    assert contents == {"LAMP": 2, "MUG": 2}
    assert StockItem.objects.get(sku="MUG").reserved == 0
    assert "Its items are back in your cart" in answer.content.decode()


def test_a_guest_without_a_cart_gets_a_new_one(shopper: Client):
    order = Order.objects.get()

    restore(shopper, order)

    cart = Cart.objects.open().get()
    assert shopper.cookies["cart"].value == cart.token
    assert list(cart.items.values_list("variant__sku", "quantity")) == [("MUG", 1)]


def test_an_account_gets_the_items_back_with_their_code(alice: User):
    CouponFactory(code="ONCE", per_customer_limit=1)
    cart = make_cart(customer=alice.customer, MUG=2, at=timezone.now())
    Cart.objects.update(coupon_codes=["ONCE"])
    order = make_order(cart=cart, at=timezone.now())
    client = Client()
    client.force_login(alice)

    restore(client, order)

    back = open_cart(customer=alice.customer, at=timezone.now())
    assert dict(back.items.values_list("variant__sku", "quantity")) == {"MUG": 2}
    assert (back.coupon_codes, CouponUse.objects.count()) == (["ONCE"], 0)


def test_what_was_sold_meanwhile_comes_back_as_far_as_there_is(shopper: Client):
    order = Order.objects.get()
    StockItem.objects.filter(sku="MUG").update(on_hand=1)
    cart = make_cart(LAMP=1, at=timezone.now())
    shopper.cookies["cart"] = cart.token

    restore(shopper, order)

    assert dict(cart.items.values_list("variant__sku", "quantity")) == {"LAMP": 1, "MUG": 1}


def test_the_cart_is_locked_before_the_order_as_where_an_order_is_placed():
    order = make_order(at=timezone.now())
    cart = make_cart(MUG=1, at=timezone.now())

    with CaptureQueriesContext(connection) as asked:
        cancel_and_restore(order, cart, actor=GUEST, at=timezone.now())

    read = re.findall(r'FROM "(cart_cart|orders_order)" ', str(asked.captured_queries))
    assert read[:2] == ["cart_cart", "orders_order"]


@pytest.mark.parametrize("act", [paid, checked, canceled])
def test_an_order_that_was_paid_meanwhile_is_not_canceled(act: Any):
    order = make_order(at=timezone.now())
    act(order)
    before = Order.objects.get().status
    cart = make_cart(LAMP=1, at=timezone.now())

    with pytest.raises(OrderNotCancelable):
        cancel_and_restore(order, cart, actor=GUEST, at=timezone.now())

    assert Order.objects.get().status == before
    assert list(cart.items.values_list("variant__sku", flat=True)) == ["LAMP"]


def test_another_site_cannot_have_it_taken_back(shopper: Client):
    order = Order.objects.get()
    lured = Client(enforce_csrf_checks=True)
    lured.cookies = shopper.cookies

    answer = lured.post(
        f"/orders/{order.number}/restore/", headers={"Sec-Fetch-Site": "cross-site"}
    )

    order.refresh_from_db()
    assert answer.status_code == 403
    assert order.status == "pending"


# The e-mail
# -----------------------------------------------------------------------------------------


NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.get_default_timezone())


def reminders(minutes: float) -> int:
    return remind_of_waiting_orders(at=NOON + timedelta(minutes=minutes))


def test_ten_minutes_later_one_mail_leads_to_the_order():
    order = make_order(at=NOON)

    counts = [reminders(9), reminders(10.5), reminders(11), reminders(30)]

    message = OutgoingMail.objects.get()
    assert counts == [0, 1, 0, 0]
    assert (message.kind, message.to) == ("order_waiting", "alice@example.com")
    assert message.subject == f"Order {order.number} is awaiting payment"
    assert f"/pay/{order.number}/?token={order.token}" in message.text
    assert f"/pay/{order.number}/?change=1&token={order.token}" in message.text
    assert "Your order is held until" in message.text
    assert len(mail.outbox) == 0


@pytest.mark.parametrize("act", [canceled, by_transfer])
def test_who_has_nothing_to_pay_online_gets_no_mail(act: Any):
    act(make_order(at=NOON))

    assert reminders(11) == 0
    assert not OutgoingMail.objects.filter(kind="order_waiting").exists()


def test_who_has_paid_gets_no_mail():
    use_card(make_payment(make_order(at=NOON), at=NOON), at=NOON)

    assert reminders(11) == 0


def test_who_was_told_that_the_payment_failed_gets_no_second_mail():
    use_card(make_payment(make_order(at=NOON), at=NOON), DECLINED, at=NOON)

    assert reminders(11) == 0


def test_whoever_knows_number_and_e_mail_only_cannot_change_the_payment_method(client: Client):
    order = make_order(at=timezone.now())
    client.post("/track/", {"number": order.number, "email": order.email})

    page = text_of(client, f"/pay/{order.number}/")
    client.post(f"/pay/{order.number}/", {"method": "cash"})

    order.refresh_from_db()
    assert 'value="cash"' not in page
    assert (order.payment_method_code, order.status) == ("card", "pending")


def test_an_order_that_cannot_be_written_about_holds_up_nobody(monkeypatch):
    first, second = (make_order(at=timezone.now() - timedelta(minutes=11)) for _ in range(2))
    write = orders_mail.remind_of_payment

    def fail_once(pk: int, *, at: datetime) -> Any:
        if pk == first.pk:
            raise RuntimeError("a template that does not render")
        return write(pk, at=at)

    monkeypatch.setattr(orders_mail, "remind_of_payment", fail_once)

    assert remind_of_waiting_orders(at=timezone.now()) == 1
    assert OutgoingMail.objects.get(kind="order_waiting").key == f"order_waiting:{second.number}"
