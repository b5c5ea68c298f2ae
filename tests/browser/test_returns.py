"""Things come back: a return as a guest, a withdrawal without an account, an exchange;
staff answer and receive.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.tests.factories import StaffFactory
from inventory.models import StockItem
from orders.fulfillment import fulfill_order
from orders.models import Order, Return, Withdrawal
from orders.tests.factories import CAROL
from payments.models import Refund
from payments.tests.factories import make_paid_order
from tests.browser.conftest import Browse, deliver
from tests.browser.looks import assert_looks_right
from tests.browser.steps import ACCEPTED, EMAIL, find_order, is_sound, open_email, pay_with

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def bought(items: dict[str, int], *, is_sent: bool = True) -> Order:
    """A guest has paid for these things by card and, unless said otherwise, got them."""
    order = make_paid_order(email=EMAIL, items=items)
    if is_sent:
        fulfill_order(order, actor=CAROL, at=timezone.now())
    deliver()
    return order


def clerk(browse: Browse, **window: Any) -> Page:
    """Somebody who answers returns and receives them."""
    return browse(user=StaffFactory(groups=["support", "fulfillment"]), **window)


def answer(staff: Page, claim: Return, **units: int) -> None:
    """Approve these units of what was asked for."""
    staff.goto(reverse("admin:orders_return_changelist"))
    staff.get_by_role("link", name=claim.number).first.click()
    for name, count in units.items():
        staff.get_by_label(f"Units of {name} to approve").fill(str(count))
    staff.get_by_label("Message to the customer").fill("Pack it in what it came in.")
    staff.get_by_role("button", name="Approve").click()
    expect(staff.get_by_role("heading", name="Receive a parcel")).to_be_visible()


def receive(staff: Page, name: str, *, shelf: int = 0, lost: int = 0) -> None:
    """A parcel of the return that is shown has arrived."""
    staff.get_by_label(f"Units of {name} to restock").fill(str(shelf))
    staff.get_by_label(f"Units of {name} to write off").fill(str(lost))
    staff.get_by_role("button", name="Receive and credit").click()
    expect(staff.get_by_role("heading", name="Receipts")).to_be_visible()
    deliver()


@pytest.mark.parametrize(("width", "script"), [(390, True), (1440, False)])
def test_a_guest_returns_and_staff_receive_in_part(shop, browse, width, script):
    order = bought({"CLAY": 3, "BOARD": 1})
    guest, staff = browse(width=width, script=script), clerk(browse, width=width, script=script)

    find_order(guest, order.number)
    guest.get_by_role("link", name="Return items").click()
    guest.get_by_label("Quantity to return: Clay cup").select_option("3")
    guest.get_by_label("Reason").first.select_option("Does not fit")
    guest.get_by_label("Anything else we should know?").fill("They are too small.")
    if script:
        assert_looks_right(guest)
    guest.get_by_role("button", name="Request return").click()
    expect(guest.get_by_text("Return requested. We'll review it and e-mail you.")).to_be_visible()
    claim = Return.objects.get()
    answer(staff, claim, **{"Clay cup": 2})
    if script:
        assert_looks_right(staff)
    message = open_email(guest, f"Return {claim.number} approved")
    expect(message.frame_locator("iframe").get_by_text("Pack it in what").first).to_be_visible()
    receive(staff, "Clay cup", shelf=1)
    expect(staff.get_by_role("heading", name="Receive a parcel")).to_be_visible()

    open_email(guest, f"Return {claim.number} received")
    open_email(guest, f"Refund for order {order.number}")
    guest.goto(reverse("orders:status", args=[order.number]))
    guest.get_by_role("link", name=claim.number).click()
    expect(guest.get_by_text("Partially received")).to_be_visible()
    expect(guest.get_by_role("region", name="Credited")).to_contain_text("€18")
    if script:
        assert_looks_right(guest)
        assert_looks_right(staff)
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_minor) == ("succeeded", 1800)
    assert StockItem.objects.get(sku="CLAY").on_hand == 20 - 3 + 1
    assert is_sound()


def withdraw(page: Page, order: Order) -> None:
    """Both steps, from the link on every page; no account, no look-up of the order before."""
    page.goto("/help/")
    page.get_by_role("link", name="Withdraw from contract").click()
    page.get_by_label("Your name").fill("Greta Gast")
    page.get_by_label("Order number").fill(order.number)
    page.get_by_label("E-mail", exact=True).fill(EMAIL)
    page.get_by_role("button", name="Withdraw from contract").click()
    expect(page.get_by_role("heading", name="Confirm your withdrawal")).to_be_visible()
    assert Withdrawal.objects.count() == 0


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("heading", name="We have received your withdrawal")).to_be_visible()
    expect(
        page.get_by_role("definition").filter(has_text=re.compile("[A-Z]{3,4}$"))
    ).to_be_visible()


def test_a_guest_withdraws_before_anything_was_sent_without_script(shop, browse):
    order = bought({"BOARD": 1}, is_sent=False)
    page = browse(width=390, script=False)

    withdraw(page, order)
    confirm(page)

    open_email(page, f"We have received your withdrawal from order {order.number}")
    order.refresh_from_db()
    assert order.status == "canceled"
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_minor) == ("succeeded", 2890)
    assert StockItem.objects.get(sku="BOARD").reserved == 0
    assert is_sound()


def test_a_guest_withdraws_from_what_was_sent_and_gets_the_delivery_back_too(shop, browse):
    order = bought({"BOARD": 1})
    page, staff = browse(width=1440), clerk(browse, width=390)

    withdraw(page, order)
    assert_looks_right(page)
    confirm(page)
    assert_looks_right(page)
    message = open_email(page, f"We have received your withdrawal from order {order.number}")
    slip = message.frame_locator("iframe").get_by_role("link", name="Print return slip")
    page.goto(slip.get_attribute("href") or "")
    expect(page.get_by_role("heading", name="Send your return")).to_be_visible()
    staff.goto(reverse("admin:orders_return_change", args=[Return.objects.get().pk]))
    receive(staff, "Oak board", shelf=1)
    assert_looks_right(staff)

    page.reload()
    expect(page.get_by_role("region", name="Credited")).to_contain_text("€28.90")
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_minor) == ("succeeded", 2890)
    assert is_sound()


def test_a_guest_exchanges_pays_the_difference_and_gets_the_other_color(shop, browse):
    order = bought({"ENAMEL": 1})
    guest, staff = browse(width=390), clerk(browse)

    find_order(guest, order.number)
    guest.get_by_role("link", name="Return items").click()
    guest.get_by_label("Quantity to return: Enamel cup").select_option("1")
    guest.get_by_label("Refund or exchange").select_option("Exchange for Teal")
    assert_looks_right(guest)
    guest.get_by_role("button", name="Request return").click()
    expect(guest.get_by_text("exchange for Teal")).to_be_visible()
    answer(staff, Return.objects.get())
    receive(staff, "Enamel cup", lost=1)
    assert_looks_right(staff)
    open_email(guest, f"Order {order.number} was updated")
    guest.goto(reverse("orders:status", args=[order.number]))
    guest.get_by_role("link", name="Pay the difference of €3").click()
    guest.get_by_role("button", name="Pay the difference").click()
    pay_with(guest, ACCEPTED)
    expect(guest.get_by_role("heading", level=1)).to_contain_text(order.number)
    deliver()
    staff.goto(reverse("admin:orders_order_ship", args=[order.pk]))
    staff.get_by_role("button", name="Ship").last.click()
    expect(staff.get_by_role("heading", name=re.compile("Parcel 2"))).to_be_visible()
    deliver()

    order.refresh_from_db()
    assert (order.fulfillment_status, order.to_pay_minor, order.excess_minor) == ("fulfilled", 0, 0)
    assert [item.product_sku for item in order.items.all()] == ["ENAMEL", "ENAMEL-TEAL"]
    assert Refund.objects.count() == 0
    guest.goto(reverse("orders:status", args=[order.number]))
    assert_looks_right(guest)
    assert is_sound()


def test_staff_refund_by_units_and_by_amount_and_the_shopper_sees_both(shop, browse):
    order = bought({"CLAY": 2, "BOARD": 1})
    guest, staff = browse(width=390), browse(user=StaffFactory(groups=["finance"]), script=False)

    for field, value, reason in [
        ("Units of Clay cup to refund", "1", "Chipped."),
        ("Amount in EUR", "5.00", "For the trouble."),
    ]:
        staff.goto(reverse("admin:orders_order_refund", args=[order.pk]))
        staff.get_by_label(field).fill(value)
        staff.get_by_label("Reason").fill(reason)
        staff.get_by_role("button", name="Refund").click()
        staff.wait_for_url("**/change/")
        deliver()
        staff.reload()
        expect(staff.locator("#timeline")).to_contain_text(reason)

    open_email(guest, f"Refund for order {order.number}")
    find_order(guest, order.number)
    expect(guest.get_by_role("definition").filter(has_text="€23")).to_be_visible()
    assert sorted(Refund.objects.values_list("amount_minor", "state")) == [
        (500, "succeeded"),
        (1800, "succeeded"),
    ]
    order.refresh_from_db()
    assert (order.payment_status, order.excess_minor) == ("partially_refunded", 0)
    assert is_sound()
