"""Back from the payment: with script and without, no form is sent again, and the
order that waits is in sight.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.browser.steps import fill_checkout, put_into_cart

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def to_the_payment(page: Page) -> None:
    """Through a checkout that is refused once, so that its history holds a form with an error."""
    put_into_cart(page, "oak-board")
    page.goto("/checkout/")
    fill_checkout(page, email="nobody")
    page.get_by_role("button", name="Pay €28.90").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("E-mail", exact=True).fill("guest@example.com")
    page.get_by_role("button", name="Pay €28.90").click()
    expect(page.get_by_role("heading", name="Test payment")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_back_leads_to_the_order_that_waits(shop, browse, script):
    page = browse(script=script)
    to_the_payment(page)
    order = Order.objects.get()

    for _step in range(2):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.url.endswith("/cart/")
        expect(
            page.get_by_role("heading", name=f"Order {order.number} is awaiting payment")
        ).to_be_visible()
    page.get_by_role("button", name="Cancel and move items back").click()

    expect(page.get_by_text("Its items are back in your cart")).to_be_visible()
    expect(page.get_by_role("link", name="Oak board").first).to_be_visible()
    order.refresh_from_db()
    assert order.status == "canceled"


def test_a_typed_quantity_goes_along_to_the_checkout(shop, browse):
    page = browse()
    put_into_cart(page, "oak-board")
    page.goto("/cart/")
    page.get_by_label("Quantity: Oak board", exact=True).fill("2")

    page.get_by_role("button", name="Check out").click()

    page.wait_for_url("**/checkout/")
    expect(page.get_by_role("button", name="Pay €52.90")).to_be_visible()
