"""Guests pay on the pages of Stripe and PayPal: at once, after a refusal, with the
bank's question, and unseen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from orders.models import Order
from payments.models import Payment
from payments.reconciliation import reconcile
from payments.settlement import settle_unsettled
from tests.browser.conftest import Browse, deliver
from tests.browser.looks import assert_looks_right
from tests.browser.steps import fill_checkout, is_sound, number_of, open_email, put_into_cart
from tests.faults.companies import House, PayPalHouse, StripeHouse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRIPE_PAYS, PAYPAL_PAYS = "Pay with 4242", "Pay now"
BOARD = 2890


@pytest.fixture
def stripe_house(shop: Any, stripe_company: Any) -> House:
    """The furnished shop with Stripe as a way to pay."""
    house = StripeHouse(stripe_company)
    house.offer()
    return house


@pytest.fixture
def paypal_house(shop: Any, paypal_company: Any) -> House:
    """The furnished shop with PayPal as a way to pay."""
    house = PayPalHouse(paypal_company)
    house.offer()
    return house


def to_the_company(page: Page, house: House) -> None:
    """A board into the cart, through the checkout, and on to the company's page."""
    put_into_cart(page, "oak-board")
    page.goto("/checkout/")
    fill_checkout(page, method=house.code.title())
    page.get_by_role("button", name="Pay €28.90").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fake")


def pay_again(page: Page) -> None:
    """From the shop's payment page back to the company's."""
    page.get_by_role("button", name="Pay €28.90").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fake")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def call_back(shop: Any, house: House) -> None:
    """Let the company send all its callbacks to the shop, over HTTP as it does."""
    for headers, body in house.callbacks():
        url = f"{shop.url}/api/payments/webhooks/{house.code}"
        assert httpx.post(url, headers=headers, content=body).status_code == 200


def assert_paid_once(shop: Any, house: House, number: str) -> None:
    """The order is paid, the company took its price once, and late callbacks
    change nothing of it.
    """
    call_back(shop, house)
    deliver()
    order = Order.objects.get(number=number)
    assert (order.status, order.payment_status, order.amount_paid_minor) == (
        "confirmed",
        "paid",
        BOARD,
    )
    assert house.charged_minor() == BOARD
    assert Payment.objects.filter(order=order, state="captured").count() == 1
    assert reconcile(since=order.placed_at - timedelta(minutes=1), at=timezone.now()) == []
    assert is_sound()


@pytest.mark.parametrize(("width", "script"), [(390, True), (1440, False)])
@pytest.mark.parametrize(("company", "button"), [("stripe", STRIPE_PAYS), ("paypal", PAYPAL_PAYS)])
def test_a_guest_pays_on_the_companys_page(shop, browse, request, company, button, width, script):
    house = request.getfixturevalue(f"{company}_house")
    page = browse(width=width, script=script)

    to_the_company(page, house)
    press(page, button)

    number = number_of(page)
    open_email(page, f"Order {number} confirmed")
    assert_paid_once(shop, house, number)


def test_the_page_that_leads_to_the_company_can_be_read(shop, browse: Browse, stripe_house):
    page = browse(width=390)
    put_into_cart(page, "oak-board")
    page.goto("/checkout/")
    fill_checkout(page, method="Stripe")
    # An answer without content leaves the page where it is.
    page.route(f"{stripe_house.company.base}/**", lambda route: route.fulfill(status=204))

    press(page, "Pay €28.90")

    expect(page.get_by_role("heading", name="Continue to payment")).to_be_visible()
    assert_looks_right(page)


def test_who_walks_away_from_stripe_and_is_declined_pays_once(shop, browse, stripe_house):
    page = browse()
    to_the_company(page, stripe_house)

    press(page, "Back to the shop")
    pay_again(page)
    press(page, "Pay with 0002, which is declined")
    expect(page.get_by_role("heading", name="Declined")).to_be_visible()
    press(page, "Back to the shop")
    expect(page.get_by_role("heading", name="Payment failed")).to_be_visible()
    assert_looks_right(page)
    pay_again(page)
    press(page, STRIPE_PAYS)

    assert_paid_once(shop, stripe_house, number_of(page))


def test_who_walks_away_from_paypal_and_is_declined_pays_once(shop, browse, paypal_house):
    page = browse()
    to_the_company(page, paypal_house)

    press(page, "Back")
    pay_again(page)
    press(page, "Pay with an empty account")
    expect(page.get_by_role("heading", name="Payment failed")).to_be_visible()
    expect(page.get_by_text("The payment was declined").first).to_be_visible()
    pay_again(page)
    press(page, PAYPAL_PAYS)

    assert_paid_once(shop, paypal_house, number_of(page))


def test_who_refuses_the_banks_question_pays_nothing_until_it_is_answered(
    shop, browse, stripe_house
):
    page = browse(width=390)
    to_the_company(page, stripe_house)

    press(page, "Pay with 3155")
    press(page, "Refuse")
    expect(page.get_by_role("heading", name="Declined")).to_be_visible()
    call_back(shop, stripe_house)
    deliver()
    assert (Order.objects.get().status, stripe_house.charged_minor()) == ("pending", 0)
    press(page, "Pay with 3155")
    press(page, "Confirm")

    assert_paid_once(shop, stripe_house, number_of(page))


def pay_and_close_the_tab(page: Page, house: House, button: str) -> str:
    """Pay, and be gone before the company's answer is there; the address that it
    would have led to.
    """
    way_back = []

    def answer(route: Route) -> None:
        way_back.append(route.fetch(max_redirects=0).headers["location"])
        route.fulfill(status=204)

    page.route(f"{house.company.base}/**", answer)
    with page.expect_response(f"{house.company.base}/**"):
        page.get_by_role("button", name=button).click(no_wait_after=True)
    page.close()
    return way_back[0]


def test_who_closes_the_tab_at_stripe_is_settled_by_the_callback_alone(shop, browse, stripe_house):
    page = browse()
    to_the_company(page, stripe_house)

    way_back = pay_and_close_the_tab(page, stripe_house, STRIPE_PAYS)
    assert Order.objects.get().status == "pending"
    call_back(shop, stripe_house)
    deliver()

    number = Order.objects.get(status="confirmed").number
    tab = page.context.new_page()
    open_email(tab, f"Order {number} confirmed")
    tab.goto(way_back)
    assert number_of(tab) == number
    assert_paid_once(shop, stripe_house, number)


def test_who_closes_the_tab_at_paypal_is_settled_by_the_worker(shop, browse, paypal_house):
    page = browse()
    to_the_company(page, paypal_house)

    way_back = pay_and_close_the_tab(page, paypal_house, PAYPAL_PAYS)
    call_back(shop, paypal_house)
    assert (Order.objects.get().status, paypal_house.charged_minor()) == ("pending", 0)
    settle_unsettled(at=timezone.now() + timedelta(minutes=1))
    deliver()

    number = Order.objects.get(status="confirmed").number
    tab = page.context.new_page()
    open_email(tab, f"Order {number} confirmed")
    tab.goto(way_back)
    assert number_of(tab) == number
    assert_paid_once(shop, paypal_house, number)
