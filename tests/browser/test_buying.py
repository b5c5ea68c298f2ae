"""Guests find, choose, order, pay, read the e-mail and follow the order: with
script, without, by keys.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from inventory.models import StockItem
from inventory.services import adjust_stock
from orders.models import Order
from shop.core.actors import SYSTEM
from shop.core.clock import database_now
from tests.browser.steps import (
    ACCEPTED,
    DECLINED,
    EMAIL,
    check_out,
    fill_checkout,
    find_order,
    is_sound,
    number_of,
    open_email,
    pay_with,
    put_into_cart,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def only_order() -> Order:
    return Order.objects.get()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_guest_finds_chooses_pays_and_follows_the_order(shop, browse, width):
    page = browse(width=width)

    page.goto("/")
    if width == 390:
        page.get_by_role("link", name="Search", exact=True).click()
    field = page.get_by_role("combobox", name="Search the shop").locator("visible=true")
    field.fill("enam")
    expect(page.get_by_role("option", name="Enamel cup").last).to_be_visible()
    field.press("Escape")
    page.goto("/c/kitchen/")
    if width == 390:
        page.get_by_role("link", name="Filter", exact=True).click()
        page.get_by_role("dialog").get_by_label("Enamel", exact=False).first.check()
        page.get_by_role("button", name="Show").click()
    else:
        page.get_by_label("Filters").get_by_label("Enamel", exact=False).first.check()
    expect(page.locator("#grid .card")).to_have_count(1)
    page.get_by_role("link", name="Enamel cup", exact=True).click()

    page.get_by_role("radio", name="Teal").click()
    expect(page.get_by_role("group", name="Color: Teal")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?"))
    page.get_by_role("button", name="Increase quantity: Enamel cup").click()
    page.get_by_role("button", name="Add to cart", exact=True).first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Cart, 2 items")
    drawer.get_by_role("button", name="Check out").click()

    fill_checkout(page)
    page.get_by_role("button", name="Pay €46.90").click()
    pay_with(page, ACCEPTED)
    number = number_of(page)
    message = open_email(page, f"Order {number} confirmed")
    expect(message.frame_locator("iframe").get_by_text("Enamel cup").first).to_be_visible()
    page.context.clear_cookies()
    find_order(page, number)

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    order = only_order()
    assert (order.status, order.payment_status, order.total_minor) == ("confirmed", "paid", 4690)
    assert order.items.get().product_sku == "ENAMEL-TEAL"
    assert is_sound()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_same_without_script(shop, browse, width):
    page = browse(width=width, script=False)

    page.goto("/search/")
    page.get_by_role("searchbox").locator("visible=true").last.fill("enamel")
    page.get_by_role("searchbox").locator("visible=true").last.press("Enter")
    expect(page.locator("#grid .card")).to_have_count(1)
    page.goto("/c/kitchen/")
    page.get_by_label("Filters").get_by_label("Enamel", exact=False).first.check()
    page.get_by_role("button", name="Apply filters").first.click()
    expect(page.locator("#grid .card")).to_have_count(1)
    page.get_by_role("link", name="Enamel cup", exact=True).click()
    page.get_by_role("radio", name="Teal").click()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("group", name="Color: Teal")).to_be_visible()
    page.get_by_role("button", name="Add to cart", exact=True).first.click()
    page.get_by_role("button", name="Increase quantity: Enamel cup").click()
    expect(page.get_by_label("Quantity: Enamel cup", exact=True)).to_have_value("2")
    page.get_by_role("button", name="Check out").click()
    fill_checkout(page)
    page.get_by_role("button", name="Pay €46.90").click()
    pay_with(page, ACCEPTED)
    number = number_of(page)
    open_email(page, f"Order {number} confirmed")
    page.context.clear_cookies()
    find_order(page, number)

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    assert (only_order().status, only_order().total_minor) == ("confirmed", 4690)
    assert is_sound()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until this has the focus, as somebody without a mouse does."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(
            """name => {
              const here = document.activeElement;
              const label = here.getAttribute("aria-label")
                ?? here.labels?.[0]?.innerText ?? here.innerText ?? "";
              return label.trim().replace(/\\s+/g, " ").startsWith(name);
            }""",
            name,
        ):
            return
    raise AssertionError(f"Tab does not reach {name}.")


def test_a_guest_orders_by_keyboard_alone(shop, browse):
    page = browse()
    page.goto("/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("enamel")
    option = page.get_by_role("option", name="Enamel cup").last
    expect(option).to_be_visible()
    while option.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/enamel-cup/**")
    tab_to(page, "Cream")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("group", name="Color: Teal")).to_be_visible()
    expect(page.get_by_role("radio", name="Teal")).to_be_focused()
    tab_to(page, "Add to cart")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Cart, 1 item")
    tab_to(page, "Check out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/")
    for label, text in [
        ("E-mail", EMAIL),
        ("Full name", "Greta Gast"),
        ("Street and house number", "Lindenstraße 7"),
        ("Postal code", "10969"),
        ("City", "Berlin"),
    ]:
        tab_to(page, label)
        page.keyboard.type(text)
    tab_to(page, "Card")
    expect(page.get_by_role("radio", name="Card")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Test payment")).to_be_visible()
    for label, text in [
        ("Card number", ACCEPTED),
        ("Valid until", "12/34"),
        ("Security code", "123"),
    ]:
        tab_to(page, label)
        page.keyboard.type(text)
    tab_to(page, "Name on card")
    page.keyboard.type("Greta Gast")
    page.keyboard.press("Enter")

    number_of(page)
    assert only_order().status == "confirmed"


def test_a_declined_card_takes_nothing_and_another_pays(shop, browse):
    page = browse(width=390)
    put_into_cart(page, "oak-board")

    check_out(page, DECLINED)
    expect(page.get_by_role("heading", name="Payment declined")).to_be_visible()
    assert (only_order().status, only_order().amount_paid_minor) == ("pending", 0)
    pay_with(page, ACCEPTED)

    number_of(page)
    assert (only_order().status, only_order().amount_paid_minor) == ("confirmed", 2890)
    assert is_sound()


def test_the_bank_asks_once_more(shop, browse):
    page = browse()
    put_into_cart(page, "oak-board")

    check_out(page, "4000 0025 0000 3155")
    expect(page.get_by_role("heading", name="Bank confirmation")).to_be_visible()
    page.get_by_role("button", name="Yes, pay").click()

    number_of(page)
    assert only_order().payment_status == "paid"


def test_what_is_wrong_in_the_checkout_is_said_and_linked(shop, browse):
    page = browse()
    put_into_cart(page, "oak-board")
    page.goto("/checkout/")

    page.get_by_label("E-mail", exact=True).fill("greta@")
    page.get_by_role("button", name="Pay €").click()

    summary = page.get_by_role("alert").first
    expect(summary).to_be_focused()
    summary.get_by_role("link").filter(has_text="postal code").click()
    expect(page.get_by_label("Postal code")).to_be_focused()
    assert Order.objects.count() == 0


def test_what_sold_out_in_the_cart_is_told_in_words(shop, browse):
    page = browse()
    put_into_cart(page, "last-lamp")
    adjust_stock("LAMP", set_to=0, reason="Broken", actor=SYSTEM, at=database_now())

    page.goto("/cart/")
    expect(page.get_by_text("This item has sold out.").first).to_be_visible()
    expect(page.get_by_role("button", name="Check out")).to_have_count(0)
    page.get_by_role("button", name="Remove: Last lamp").click()

    expect(page.get_by_text("Last lamp was removed from your cart.")).to_be_visible()
    assert StockItem.objects.get(sku="LAMP").reserved == 0


def test_what_sold_out_in_the_checkout_is_told_in_words(shop, browse):
    page = browse()
    put_into_cart(page, "last-lamp")
    page.goto("/checkout/")
    fill_checkout(page)
    adjust_stock("LAMP", set_to=0, reason="Broken", actor=SYSTEM, at=database_now())

    page.get_by_role("button", name="Pay €").click()

    expect(page.get_by_text("not enough", exact=False).first).to_be_visible()
    assert Order.objects.count() == 0


def test_a_code_works_or_says_why_not(shop, browse):
    page = browse()
    put_into_cart(page, "oak-board")
    page.goto("/cart/")

    page.get_by_text("Add a discount code or gift card").click()
    page.get_by_role("textbox", name="Code").fill("NOTHING")
    page.get_by_role("button", name="Apply").click()
    expect(
        page.get_by_text("This code is not valid, or it is not available for this account.").first
    ).to_be_visible()
    page.get_by_role("textbox", name="Code").fill("big")
    page.get_by_role("button", name="Apply").click()
    expect(
        page.get_by_text("This code requires a minimum of €200", exact=False).first
    ).to_be_visible()
    if page.get_by_role("button", name="Remove the code BIG").count():
        page.get_by_role("button", name="Remove the code BIG").click()
        page.get_by_text("Add a discount code or gift card").click()
    page.get_by_role("textbox", name="Code").fill("ten")
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("10 % off").first).to_be_visible()
    check_out(page)
    number_of(page)
    assert (only_order().coupon_code, only_order().total_minor) == ("TEN", 2400 - 240 + 490)
    assert is_sound()
