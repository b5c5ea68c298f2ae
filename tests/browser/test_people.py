"""People with accounts: a cart comes along, an address is verified, an order
found; staff ship and refund.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import PASSWORD, CustomerFactory
from cart.services import add_to_cart, open_cart
from catalog.models import Variant
from orders.models import Order
from orders.tests.factories import make_order
from payments.models import Refund
from shop.core.clock import database_now
from tests.browser.conftest import deliver
from tests.browser.steps import (
    check_out,
    is_sound,
    number_of,
    open_email,
    put_into_cart,
    sign_in_by_form,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_cart_comes_along_at_sign_in_and_what_does_not_fit_is_told(shop, browse):
    customer = CustomerFactory(user__email="alice@example.com")
    at = database_now()
    add_to_cart(
        open_cart(customer=customer, at=at),
        Variant.objects.get(sku="LAMP"),
        quantity=1,
        at=at,
    )
    page = browse()
    put_into_cart(page, "last-lamp")
    put_into_cart(page, "oak-board")

    sign_in_by_form(page, "alice@example.com", PASSWORD, "/account/login/?next=/cart/")

    expect(page.get_by_role("heading", name="Cart", exact=True)).to_be_visible()
    expect(page.get_by_text("Last lamp", exact=False).filter(has_text="1").first).to_be_visible()
    expect(page.get_by_label("Quantity: Last lamp", exact=True)).to_have_value("1")
    expect(page.get_by_label("Quantity: Oak board", exact=True)).to_have_value("1")


def test_a_guest_registers_confirms_the_address_and_finds_the_order(shop, browse):
    page = browse(width=390)
    put_into_cart(page, "oak-board")
    check_out(page)
    number = number_of(page)

    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile("/account/"))
    deliver()
    message = open_email(page, "Confirm your e-mail address")
    link = message.locator("a[href*='confirm-email']").first
    page.goto(link.get_attribute("href"))
    page.get_by_role("button", name="Confirm").click()
    deliver()
    page.goto("/account/orders/")
    page.get_by_role("link", name=number).first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    assert Order.objects.get().customer.user.email == "guest@example.com"
    assert is_sound()


def test_staff_ship_with_tracking_and_refund_a_part(shop, browse, carol):
    guest = browse()
    put_into_cart(guest, "oak-board")
    put_into_cart(guest, "clay-cup")
    check_out(guest)
    number = number_of(guest)
    deliver()
    page = browse()
    page.goto("/admin/")
    page.get_by_label("E-mail or username", exact=True).fill(carol.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")

    page.goto(f"/admin/orders/order/{Order.objects.get().pk}/change/")
    page.get_by_role("link", name="Ship", exact=False).locator("visible=true").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tracking number").fill("00340434161094042557")
    dialog.get_by_role("button", name="Ship").last.click()
    expect(page.get_by_role("heading", name="Parcel 1")).to_be_visible()
    page.goto(f"/admin/orders/order/{Order.objects.get().pk}/refund/")
    page.get_by_label("Units of Clay cup", exact=False).fill("1")
    page.get_by_label("Reason").fill("chipped")
    page.get_by_role("button", name="Refund").click()
    page.wait_for_url("**/change/")
    deliver()
    page.reload()

    timeline = page.locator("#timeline")
    for line in ("Order placed", "Paid", "Shipped", "Refunded", "chipped"):
        expect(timeline).to_contain_text(line)
    expect(page.get_by_role("region", name="Totals")).to_contain_text("€18")
    open_email(guest, f"Order {number} is on its way")
    open_email(guest, f"Refund for order {number}")
    guest.goto(f"/orders/{number}/")
    expect(guest.get_by_text("00340434161094042557").first).to_be_visible()
    order = Order.objects.get()
    assert (order.fulfillment_status, order.amount_refunded_minor) == ("fulfilled", 1800)
    assert Refund.objects.get().amount_minor == 1800
    assert is_sound()


def test_a_customer_cancels_an_order(shop, browse):
    customer = CustomerFactory(user__email="alice@example.com")
    order = make_order(
        customer=customer, payment_method="transfer", items={"BOARD": 1}, at=database_now()
    )
    page = browse(user=customer.user)

    page.goto(f"/account/orders/{order.number}/")
    page.get_by_role("link", name="Cancel order").click()
    page.get_by_role("button", name="Cancel order").click()

    expect(page.get_by_text(f"Order {order.number} was canceled.").first).to_be_visible()
    order.refresh_from_db()
    assert order.status == "canceled"
    assert is_sound()
