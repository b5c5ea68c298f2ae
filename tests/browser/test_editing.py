"""An order changes before it ships: staff look and save, the shopper pays the
difference or gets it back.
"""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.tests.factories import StaffFactory
from orders.models import Order
from payments.models import Refund
from tests.browser.conftest import deliver
from tests.browser.looks import assert_looks_right, overflow
from tests.browser.steps import (
    ACCEPTED,
    check_out,
    is_sound,
    number_of,
    open_email,
    pay_with,
    put_into_cart,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def bought(browse) -> tuple[Page, Order]:
    """A guest has paid for a board."""
    page = browse()
    put_into_cart(page, "oak-board")
    check_out(page)
    number = number_of(page)
    deliver()
    return page, Order.objects.get(number=number)


@pytest.mark.parametrize(("width", "script"), [(1440, True), (390, True), (1440, False)])
def test_staff_add_something_and_the_shopper_pays_the_difference(shop, browse, width, script):
    guest, order = bought(browse)
    staff = browse(width=width, script=script, user=StaffFactory(groups=["support"]))

    staff.goto(reverse("admin:orders_order_edit", args=[order.pk]))
    staff.get_by_label("SKU or product").fill("lamp")
    staff.get_by_role("button", name="Find products").click()
    staff.get_by_label("Units of Last lamp").fill("1")
    staff.get_by_label("Reason").fill("Asked by phone.")
    staff.get_by_role("button", name="Preview").click()
    expect(staff.get_by_role("heading", name="Review changes")).to_be_visible()
    expect(staff.locator("#preview")).to_contain_text("Amount due after the change")
    assert overflow(staff) == 0
    if script:
        assert_looks_right(staff)
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_text("The order was changed")).to_be_visible()

    message = open_email(guest, f"Order {order.number} was updated")
    expect(message.locator("body")).to_contain_text("Added 1 × Last lamp.")
    guest.goto(reverse("orders:status", args=[order.number]) + f"?token={order.token}")
    guest.get_by_role("link", name="Pay the difference of €89").click()
    expect(guest.get_by_role("heading", name="Pay the difference")).to_be_visible()
    assert_looks_right(guest)
    guest.get_by_role("button", name="Pay the difference").click()
    pay_with(guest, ACCEPTED)
    deliver()

    order.refresh_from_db()
    assert (order.payment_status, order.to_pay_minor) == ("paid", 0)
    assert set(order.items.values_list("product_sku", flat=True)) == {"BOARD", "LAMP"}
    assert is_sound()


def test_staff_take_something_out_and_the_difference_goes_back(shop, browse):
    guest = browse()
    put_into_cart(guest, "oak-board")
    put_into_cart(guest, "last-lamp")
    check_out(guest)
    order = Order.objects.get(number=number_of(guest))
    before = order.total_minor
    staff = browse(user=StaffFactory(groups=["support"]))

    staff.goto(reverse("admin:orders_order_edit", args=[order.pk]))
    staff.get_by_label("Units of Last lamp").fill("0")
    staff.get_by_role("button", name="Preview").click()
    expect(staff.locator("#preview")).to_contain_text("Refund to the customer")
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_text("The order was changed")).to_be_visible()
    deliver()

    order.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_minor) == ("succeeded", before - order.total_minor)
    assert (order.payment_status, order.excess_minor) == ("paid", 0)
    guest.goto(reverse("orders:status", args=[order.number]) + f"?token={order.token}")
    expect(guest.locator("body")).to_contain_text("Removed 1 × Last lamp.")
    assert is_sound()


def test_staff_change_units_and_the_address_together(shop, browse):
    guest, order = bought(browse)
    staff = browse(width=390, user=StaffFactory(groups=["support"]))

    staff.goto(reverse("admin:orders_order_edit", args=[order.pk]))
    staff.get_by_label("Units of Oak board").fill("3")
    staff.get_by_label("Street address").fill("Lindenallee 70")
    staff.get_by_label("Postal code").fill("1")
    staff.get_by_role("button", name="Preview").click()
    expect(staff.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert_looks_right(staff)
    staff.get_by_label("Postal code").fill("10119")
    staff.get_by_role("button", name="Preview").click()
    expect(staff.locator("#preview")).to_contain_text("€48.00")
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_text("The order was changed")).to_be_visible()
    expect(staff.get_by_role("region", name="Delivery")).to_contain_text("Lindenallee 70")
    open_email(guest, f"Order {order.number} was updated")
    guest.goto(reverse("orders:status", args=[order.number]))
    guest.get_by_role("link", name="Pay the difference of €48").click()
    guest.get_by_role("button", name="Pay the difference").click()
    pay_with(guest, ACCEPTED)
    deliver()

    order.refresh_from_db()
    assert (order.items.get().quantity, order.payment_status, order.to_pay_minor) == (3, "paid", 0)
    assert order.shipping_address["postal_code"] == "10119"
    assert is_sound()
