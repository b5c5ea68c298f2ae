"""Every page type: axe finds nothing, nothing is wider than the window, the policy
holds, light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.factories import AddressFactory, CustomerFactory
from catalog.models import Product
from orders.fulfillment import fulfill_order
from orders.tests.factories import CAROL, make_order
from shop.core.clock import database_now
from tests.browser.conftest import Browse
from tests.browser.looks import overflow, violations
from tests.browser.steps import DECLINED, check_out, pay_with, put_into_cart
from tests.browser.window import WIDE_NAME, add_yarn

pytestmark = [
    pytest.mark.looks,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

PUBLIC = [
    "/",
    "/c/kitchen/",
    "/c/cups/?material=enamel&in_stock=1",
    "/categories/",
    "/collections/under-40-eur/",
    "/makers/",
    "/makers/enamel-works/",
    "/search/",
    "/search/?q=cup",
    "/search/?q=zzzzzz",
    "/p/enamel-cup/",
    "/p/brass-hook/",
    "/p/gift-card/",
    "/cart/gift-card-balance/",
    "/nowhere/",
    "/help/",
    "/pages/terms/",
    "/preferences/",
    "/track/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/cart/",
]
ACCOUNT = [
    "/account/",
    "/account/details/",
    "/account/details/delete/",
    "/account/addresses/",
    "/account/addresses/new/",
    "/account/orders/",
    "/account/logout/",
    "/account/2fa/",
    "/account/sessions/",
]


def buying(page: Page) -> Iterator[str]:
    """Stop at each page between the cart and the thanks, and at the drawer."""
    put_into_cart(page, "oak-board")
    yield "the drawer"
    page.goto("/cart/")
    page.get_by_text("Price details").click()
    yield "a full cart that says why"
    page.get_by_text("Add a discount code or gift card").click()
    page.get_by_role("textbox", name="Code").fill("NOTHING")
    page.get_by_role("button", name="Apply").click()
    expect(
        page.get_by_text("This code is not valid, or it is not available for this account.").first
    ).to_be_visible()
    yield "a cart with a wrong code"
    page.goto("/checkout/")
    yield "the checkout"
    page.get_by_label("Billing address is the same", exact=False).uncheck()
    expect(page.get_by_label("Country")).to_have_count(2)
    page.get_by_role("button", name="Pay €").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "the checkout with errors"
    check_out(page, DECLINED)
    expect(page.get_by_role("heading", name="Payment declined")).to_be_visible()
    yield "a declined card"
    page.get_by_role("button", name="Cancel and go back", exact=False).click()
    expect(page.get_by_role("button", name="Pay €")).to_be_visible()
    yield "the shop's payment page"
    page.get_by_role("button", name="Pay €").click()
    expect(page.get_by_label("Card number")).to_be_visible()
    yield "the payment page"
    pay_with(page, "4242424242424242")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    yield "the thanks"
    page.get_by_role("link", name="View order status").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order LN-")
    yield "an order followed"


def opened(page: Page) -> Iterator[str]:
    """Stop at what opens over a page: the menu, the suggestions, and on a phone the filters."""
    is_phone = page.viewport_size is not None and page.viewport_size["width"] < 1000
    page.goto("/c/kitchen/")
    if is_phone:
        page.get_by_role("link", name="Filter", exact=True).click()
        expect(page.get_by_role("dialog", name="Filters")).to_be_visible()
        yield "the filters"
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Menu", exact=True).click()
        expect(page.get_by_role("dialog").get_by_role("link", name="Kitchen")).to_be_visible()
        yield "the menu"
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_role("combobox", name="Search the shop").locator("visible=true").fill("cup")
    expect(page.get_by_role("option", name="Enamel cup").last).to_be_visible()
    yield "the suggestions"


def every_page(browse: Browse, **window: Any) -> Iterator[tuple[Page, str]]:
    """Each page type of the shop, ready to be looked at."""
    guest = browse(**window)
    for path in PUBLIC:
        guest.goto(path)
        yield guest, path
    for place in opened(guest):
        yield guest, place
    for place in buying(guest):
        yield guest, place
    customer = CustomerFactory(user__email="alice@example.com")
    AddressFactory(customer=customer)
    at = database_now()
    sent = make_order(customer=customer, payment_method="cash", items={"BOARD": 2}, at=at)
    fulfill_order(
        sent,
        quantities={sent.items.get().pk: 1},
        carrier="DHL",
        tracking_number="00340434161094042557",
        tracking_url="https://carrier.example/00340434161094042557",
        actor=CAROL,
        at=at,
    )
    waiting = make_order(customer=customer, payment_method="transfer", items={"CLAY": 1}, at=at)
    owner = browse(**window, user=customer.user)
    paths = [f"/account/orders/{order.number}/" for order in (sent, waiting)]
    for path in [*ACCOUNT, *paths, f"/orders/{waiting.number}/cancel/"]:
        owner.goto(path)
        yield owner, path
    owner.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(shop, browse, width, dark):
    found = []

    for page, place in every_page(browse, width=width, dark=dark):
        if overflow(page):
            found.append((place, f"is {overflow(page)} px too wide"))
        found += [(place, *violation) for violation in violations(page)]

    assert found == [], "\n".join(map(str, found))


def test_nothing_scrolls_sideways_in_the_narrowest_window(shop, browse):
    assert [place for page, place in every_page(browse, width=320) if overflow(page)] == []


@pytest.mark.parametrize("width", [320, 1440])
def test_wide_names_and_many_variants_fit(shop, browse, width):
    add_yarn()
    wide = Product.objects.get(name=WIDE_NAME)
    page = browse(width=width)
    found = []

    for path in [
        "/",
        "/c/living-room/",
        "/search/?q=Donaudampfschifffahrt",
        f"/p/{wide.slug}/",
        "/p/yarn/",
    ]:
        page.goto(path)
        if overflow(page):
            found.append((path, overflow(page)))
    expect(page.get_by_role("combobox", name="Color").locator("option")).to_have_count(100)
    page.get_by_role("combobox", name="Color").select_option(label="Color 077")
    expect(page.get_by_role("group", name="Color: Color 077")).to_be_visible()
    put_into_cart(page, wide.slug)
    found += [("drawer", overflow(page))] if overflow(page) else []
    for path in ["/cart/", "/checkout/"]:
        page.goto(path)
        if overflow(page):
            found.append((path, overflow(page)))

    assert found == [], "\n".join(map(str, found))


def test_a_choice_of_light_or_dark_is_kept_by_every_page(shop, browse):
    page = browse()
    page.goto("/preferences/")

    page.get_by_label("Theme").select_option("dark")
    page.get_by_role("button", name="Save").click()
    page.goto("/cart/")

    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
