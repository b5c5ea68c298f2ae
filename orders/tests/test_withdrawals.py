"""Withdrawing from a contract: within the period, without an account, acknowledged
at once, telling nothing.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inventory.models import StockItem
from notifications.models import OutgoingMail
from orders.errors import OrderNotShippable
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Order, OrderItem, Return, Withdrawal
from orders.returns import Arrived, receive_return
from orders.tests.factories import CAROL, NOON, make_order
from orders.withdrawals import withdraw
from payments.models import Refund
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from shop.core.actors import GUEST
from shop.core.clock import shop_time
from shop.core.integrity import check
from shop.core.outbox import deliver_due

pytestmark = pytest.mark.django_db


def notice(order: Order, *, at: Any = NOON, **changes: str) -> Withdrawal:
    data = {"name": "Alice Lind", "number": order.number, "email": order.email, **changes}
    return withdraw(**data, language="en", actor=GUEST, at=at)


def sent(*, units: int = 3, is_delivered: bool = True) -> Order:
    order = make_order(payment_method="cash", items={"MUG": 3})
    fulfill_order(order, quantities={order.items.get().pk: units}, actor=CAROL, at=NOON)
    if is_delivered:
        mark_delivered(order, actor=CAROL, at=NOON)
    return Order.objects.get(pk=order.pk)


def message() -> OutgoingMail:
    while deliver_due():
        continue
    return OutgoingMail.objects.get(kind="withdrawal_received")


# By the day ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "outcome"), [(0, "return"), (13, "return"), (14, "return"), (15, "too_late")]
)
def test_the_period_ends_fourteen_days_after_the_arrival(days, outcome):
    order = sent()

    found = notice(order, at=NOON + timedelta(days=days))

    assert (found.outcome, Return.objects.count()) == (outcome, int(outcome == "return"))


@pytest.mark.parametrize("days", [0, 13, 14, 15, 100])
def test_what_has_not_arrived_can_be_withdrawn_from_at_any_time(days):
    order = sent(is_delivered=False)

    found = notice(order, at=NOON + timedelta(days=days))

    assert (found.outcome, found.opened_return.status) == ("return", "approved")


def test_before_anything_was_sent_the_order_is_canceled():
    order = make_order(payment_method="cash", items={"MUG": 3})

    found = notice(order)

    order.refresh_from_db()
    assert (found.outcome, order.status, Return.objects.count()) == ("canceled", "canceled", 0)
    assert StockItem.objects.get(sku="MUG").reserved == 0


def test_a_withdrawal_pays_everything_back_with_delivery():
    order = make_paid_order(items={"MUG": 3})
    fulfill_order(order, actor=CAROL, at=timezone.now())
    claim = notice(order, at=timezone.now()).opened_return

    row = claim.items.get()
    receive_return(claim, units={row.pk: Arrived(3)}, actor=CAROL, at=timezone.now())
    while deliver_due():
        continue

    assert Refund.objects.get().amount_minor == order.total_minor
    order.refresh_from_db()
    assert order.amount_refunded_minor == order.total_minor


def partly_sent(**items: int) -> Order:
    """Paid by card; one mug has left and arrived, nothing else."""
    order = make_paid_order(items=items)
    mug = order.items.get(product_sku="MUG")
    fulfill_order(order, quantities={mug.pk: 1}, actor=CAROL, at=timezone.now())
    return mark_delivered(order, actor=CAROL, at=timezone.now())


def take_in(found: Withdrawal, units: int) -> None:
    row = found.opened_return.items.get()
    receive_return(
        found.opened_return, units={row.pk: Arrived(units)}, actor=CAROL, at=timezone.now()
    )
    while deliver_due():
        continue


def test_what_was_not_sent_stays_here_and_is_paid_back_at_once():
    order = partly_sent(MUG=3, BOWL=1)

    found = notice(order, at=timezone.now())
    text = message().text

    assert (found.outcome, found.opened_return.items.get().quantity) == ("return", 1)
    assert set(StockItem.objects.values_list("sku", "on_hand", "reserved")) == {
        ("MUG", 9, 0),
        ("BOWL", 10, 0),
    }
    assert Refund.objects.get().amount_minor == 3 * 2000
    order.refresh_from_db()
    assert (order.status, order.fulfillment_status) == ("completed", "fulfilled")
    assert order.units_to_ship == 0
    told = order.events.filter(kind="canceled").get()
    assert told.message == "Contract withdrawn, will not ship: 2 × Mug, 1 × Bowl"
    assert "Items that had not shipped were canceled" in text
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_the_delivery_follows_with_the_last_unit_that_comes_back():
    order = partly_sent(MUG=2)

    found = notice(order, at=timezone.now())
    assert message().kind == "withdrawal_received"
    take_in(found, 1)

    assert sorted(Refund.objects.values_list("amount_minor", flat=True)) == [2000, 2490]
    order.refresh_from_db()
    assert (order.payment_status, order.refundable_minor) == ("refunded", 0)
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_what_was_refunded_before_is_not_paid_back_twice():
    order = partly_sent(MUG=3)
    item = order.items.get()
    refund_order(order, items={item.pk: 1}, reason="Late", actor=CAROL, at=timezone.now())

    take_in(notice(order, at=timezone.now()), 1)

    order.refresh_from_db()
    assert (order.payment_status, order.amount_refunded_minor) == ("refunded", order.total_minor)
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def test_of_an_unpaid_order_less_is_owed():
    order = make_order(payment_method="cash", items={"MUG": 3})
    fulfill_order(order, quantities={order.items.get().pk: 1}, actor=CAROL, at=NOON)

    notice(order)

    order.refresh_from_db()
    assert (order.total_minor, order.owed_minor) == (6000 + 490, 2000 + 490)


def test_what_cannot_come_back_does_not_keep_the_rest_from_being_canceled():
    order = partly_sent(MUG=2)
    OrderItem.objects.update(is_returnable=False)

    found = notice(order, at=timezone.now())

    assert (found.outcome, found.opened_return) == ("unsent", None)
    assert order.items.get().canceled_quantity == 1
    text = message().text
    assert "Send the items" not in text
    assert "Items that had not shipped were canceled" in text


def test_what_was_withdrawn_from_cannot_be_shipped():
    order = partly_sent(MUG=2)
    notice(order, at=timezone.now())

    with pytest.raises(OrderNotShippable):
        fulfill_order(order, actor=CAROL, at=timezone.now())

    assert order.fulfillments.count() == 1


def test_a_second_notice_finds_nothing_left():
    order = sent()
    notice(order)

    assert notice(order).outcome == "nothing_left"
    assert Return.objects.count() == 1


def test_what_is_excluded_is_told():
    order = sent()
    OrderItem.objects.update(is_returnable=False)

    found = notice(order)

    assert (found.outcome, Return.objects.count()) == ("nothing_left", 0)
    assert "The right of withdrawal does not apply to these items: Mug." in message().text


@pytest.mark.parametrize(
    "changes", [{"number": "LN-00000000"}, {"email": "bob@example.com"}, {"number": " "}]
)
def test_a_notice_that_fits_no_order_is_kept_and_does_nothing(changes):
    order = sent()

    found = notice(order, **changes)

    assert (found.outcome, found.order, Return.objects.count()) == ("no_match", None, 0)


def test_number_and_email_match_in_any_case():
    order = sent()

    found = notice(order, number=f" {order.number.lower()} ", email="Alice@Example.com")

    assert found.outcome == "return"


# The e-mail ---------------------------------------------------------------------------------------
def test_the_email_has_content_date_and_time(mailoutbox: Any):
    order = sent()

    notice(order)

    mail = message()
    assert mail.subject == f"We have received your withdrawal from order {order.number}"
    for words in (
        f"I withdraw from the contract for order {order.number}.",
        "Alice Lind",
        "23 November 2026, 13:00 CET",
        f"/returns/{order.number}-R1/?token={order.token}",
    ):
        assert words in mail.text


def test_the_email_to_a_stranger_tells_nothing_of_the_order():
    order = sent()

    notice(order, email="mallory@example.com")

    mail = message()
    assert mail.to == "mallory@example.com"
    assert order.token not in mail.text
    assert "Mug" not in mail.text
    assert "We couldn't find an order" in mail.text


def test_a_late_notice_is_told_of_the_shops_own_period():
    notice(sent(), at=NOON + timedelta(days=15))

    text = message().text
    assert "ended on Monday 7 December" in text
    assert "You can still request a return" in text


# The pages ----------------------------------------------------------------------------------------
def form(order: Order, **changes: str) -> dict[str, str]:
    return {
        "key": str(uuid.uuid4()),
        "name": "Alice Lind",
        "number": order.number,
        "email": order.email,
        **changes,
    }


def test_a_guest_withdraws_in_two_steps(client: Client):
    order = sent()
    data = form(order)

    first = client.post("/withdraw/", data)
    asked = Withdrawal.objects.count()
    second = client.post("/withdraw/", data | {"confirm": "1"})
    done = client.get(second.url)

    assert (first.status_code, asked) == (200, 0)
    assert "Confirm withdrawal" in first.content.decode()
    assert second.url == "/withdraw/received/"
    found = Withdrawal.objects.get()
    assert f'datetime="{shop_time(found.received_at):%Y-%m-%dT%H:%M}' in done.content.decode()
    assert order.number in done.content.decode()


def test_the_confirmation_sent_twice_is_one_notice(client: Client):
    data = form(sent(), confirm="1")

    client.post("/withdraw/", data)
    client.post("/withdraw/", data)

    assert Withdrawal.objects.count() == 1


def test_the_screen_is_the_same_whatever_was_found():
    order = sent()
    screens = []
    for changes in ({}, {"number": "LN-00000000"}):
        client, data = Client(), form(order, **changes)
        first = client.post("/withdraw/", data).content.decode()
        second = client.get(client.post("/withdraw/", data | {"confirm": "1"}).url)
        screen = (
            (first + second.content.decode())
            .replace(data["number"], "LN")
            .replace(data["key"], "KEY")
        )
        screens.append(_without_moments(screen))

    assert screens[0] == screens[1]


def _without_moments(html: str) -> str:
    import re

    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)
    return re.sub(r"<time.*?</time>", "", html)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "http://evil.test"},
        {"name": "evil.test"},
        {"name": "x" * 101},
        {"name": "Alice\u202e"},
        {"number": "LN <b>"},
        {"email": "alice"},
        {"key": "1"},
    ],
)
def test_a_form_that_is_not_sound_stays(client: Client, changes: dict[str, str]):
    answer = client.post("/withdraw/", form(sent(), confirm="1", **changes))

    assert answer.status_code == 422
    assert Withdrawal.objects.count() == 0


def test_guessing_is_slowed_down(client: Client, settings: Any):
    settings.THROTTLES = settings.THROTTLES | {"login": "3/min"}
    order = sent()

    answers = [
        client.post("/withdraw/", form(order, confirm="1", email=f"m{number}@example.com"))
        for number in range(5)
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert Withdrawal.objects.count() == 3


def test_the_link_fills_in_what_its_visitor_may_see_anyway(client: Client):
    order = sent()
    stranger = client.get(f"/withdraw/?order={order.number}").content.decode()

    client.get(f"/orders/{order.number}/?token={order.token}")
    guest = client.get(f"/withdraw/?order={order.number}").content.decode()

    assert order.number in stranger
    assert "alice@example.com" not in stranger
    assert "alice@example.com" in guest


@pytest.mark.parametrize("path", ["/", "/cart/", "/track/", "/withdraw/", "/account/login/"])
def test_every_page_links_to_the_withdrawal(client: Client, path: str):
    assert 'href="/withdraw/"' in client.get(path).content.decode()


def test_without_a_notice_there_is_no_acknowledgement(client: Client):
    assert client.get("/withdraw/received/").url == "/withdraw/"
