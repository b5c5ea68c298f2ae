"""The focus stays where the visitor is: in the cart, in what opens over a page,
in the wide menu.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog.tests.factories import CategoryFactory
from tests.browser.conftest import Browse
from tests.browser.steps import put_into_cart

pytestmark = [
    pytest.mark.looks,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]


def press(page: Page, name: str, *, within: str = "main") -> None:
    """Press a button by keyboard alone."""
    page.locator(within).get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_the_focus_stays_in_the_cart_whatever_is_changed_there(shop: Any, browse: Browse) -> None:
    page = browse()
    put_into_cart(page, "oak-board")
    put_into_cart(page, "enamel-cup")
    page.goto("/cart/")
    more = page.get_by_role("button", name="Increase quantity: Oak board")
    quantity = page.get_by_role("textbox", name="Quantity: Oak board")

    press(page, "Increase quantity: Oak board")
    expect(quantity).to_have_value("2")
    expect(more).to_be_focused()
    press(page, "Decrease quantity: Oak board")
    expect(quantity).to_have_value("1")
    expect(page.get_by_role("button", name="Decrease quantity: Oak board")).to_be_focused()
    press(page, "Remove: Oak board")
    undo = page.get_by_role("button", name="Undo: put Oak board back in the cart")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(undo).to_have_count(0)
    expect(page.get_by_role("heading", name="Cart", exact=True)).to_be_focused()
    press(page, "Save for later: Oak board")
    expect(page.get_by_role("heading", name="Saved for later")).to_be_visible()
    expect(page.get_by_role("heading", name="Cart", exact=True)).to_be_focused()
    press(page, "Remove: Oak board")
    expect(undo).to_be_focused()
    press(page, "Remove: Enamel cup")
    expect(page.get_by_role("button", name="Undo: put Enamel cup back in the cart")).to_be_focused()


def test_escape_leads_back_to_what_opened_the_drawer(shop: Any, browse: Browse) -> None:
    page = browse()
    page.goto("/p/oak-board/")
    add = page.get_by_role("button", name="Add to cart", exact=True).first
    add.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Cart")
    expect(drawer).to_be_visible()
    press(page, "Increase quantity: Oak board", within="#drawer")
    expect(drawer.get_by_role("textbox", name="Quantity: Oak board")).to_have_value("2")
    expect(drawer.get_by_role("button", name="Increase quantity: Oak board")).to_be_focused()

    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(add).to_be_focused()

    bag = page.get_by_role("link", name="Cart, 2 items")
    bag.focus()
    page.keyboard.press("Enter")
    expect(drawer).to_be_visible()
    press(page, "Decrease quantity: Oak board", within="#drawer")
    expect(drawer.get_by_role("textbox", name="Quantity: Oak board")).to_have_value("1")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_focused()


def test_tab_leads_from_a_department_into_its_panel(shop: Any, browse: Browse) -> None:
    CategoryFactory(name="Garden", slug="garden")
    page = browse()
    page.goto("/")
    kitchen = page.get_by_role("button", name="Kitchen")
    kitchen.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#mega-kitchen")
    expect(panel).to_be_visible()

    page.keyboard.press("Tab")
    expect(panel.get_by_role("link", name="Cups")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(kitchen).to_be_focused()

    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    for _link in range(panel.get_by_role("link").count() + 1):
        page.keyboard.press("Tab")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Living room")).to_be_focused()


def test_a_choice_at_the_checkout_keeps_the_focus(shop: Any, browse: Browse) -> None:
    page = browse()
    put_into_cart(page, "oak-board")
    page.goto("/checkout/")
    page.get_by_role("radio", name="Card").focus()

    page.keyboard.press("ArrowDown")
    with page.expect_response(lambda answer: "quote" in answer.url):
        page.keyboard.press("ArrowUp")

    expect(page.get_by_role("radio", name="Card")).to_be_focused()
