"""Where things stand at the widths in between, with little in the shop and with much."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from catalog.models import Category, Product
from catalog.tests.factories import CategoryFactory, ProductFactory, VariantFactory
from tests.browser.conftest import Browse

pytestmark = [
    pytest.mark.looks,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]


def box_of(element: Locator) -> dict[str, float]:
    """Where an element stands."""
    box = element.bounding_box()
    assert box is not None
    return dict(box)


def bottom_of(element: Locator) -> float:
    box = box_of(element)
    return box["y"] + box["height"]


def first_card_width(page: Page, path: str) -> float:
    page.goto(path)
    return box_of(page.locator("#grid .card").first)["width"]


def test_cards_are_as_wide_without_filters_as_with_them(shop: Any, browse: Browse) -> None:
    few = CategoryFactory(name="Lanterns", slug="lanterns")
    VariantFactory(product=ProductFactory(name="Paper lantern", category=few))

    widths = {
        (width, path): first_card_width(browse(width=width), path)
        for width in (390, 820, 1024, 1440)
        for path in ("/c/lanterns/", "/search/?q=hook", "/c/kitchen/")
    }

    assert min(widths.values()) >= 150
    assert {key: value for key, value in widths.items() if key[0] >= 1024 and value < 200} == {}


def width_at_rest(page: Page, wanted: int) -> int:
    """The width of the page, once late pictures have theirs: within three seconds."""
    for _pause in range(30):
        if (found := page.evaluate("document.documentElement.scrollWidth")) == wanted:
            break
        page.wait_for_timeout(100)
    return int(found)


def test_the_header_keeps_one_line_however_many_categories_there_are(
    shop: Any, browse: Browse
) -> None:
    for number in range(9):
        CategoryFactory(name=f"Department of many words {number}", slug=f"department-{number}")
    Category.objects.update(is_active=True, product_count=1)

    for width in (1024, 1100, 1440):
        page = browse(width=width)
        page.goto("/")
        assert width_at_rest(page, width) == width
        assert box_of(page.locator(".header"))["height"] <= 74


def test_a_tablet_shows_the_picture_beside_the_button(shop: Any, browse: Browse) -> None:
    page = browse(width=820)

    page.goto("/p/oak-board/")

    picture = box_of(page.locator("[data-main]"))
    assert picture["width"] < 420
    assert bottom_of(page.locator("[data-buy] .btn")) < 900


def test_a_phone_has_the_price_and_the_button_on_the_first_screen(
    shop: Any, browse: Browse
) -> None:
    page = browse(width=390)
    page.goto("/p/enamel-cup/")
    bar = page.locator("[data-buybar]")
    expect(bar).to_be_visible()
    assert bottom_of(bar) <= 900
    shown = page.locator("#product").get_attribute("data-price")
    expect(bar.locator("b")).to_have_text(shown or "")

    page.get_by_role("radio", name="Teal").check()

    expect(bar.locator("small")).to_have_text("Teal")
    page.locator("[data-buy] .btn").scroll_into_view_if_needed()
    expect(bar).to_be_hidden()


def test_the_button_of_the_filter_sheet_says_how_many_the_ticks_leave(
    shop: Any, browse: Browse
) -> None:
    page = browse(width=390)
    page.goto("/c/kitchen/")
    page.get_by_role("link", name="Filter", exact=True).click()
    sheet = page.get_by_role("dialog", name="Filters")
    expect(sheet.get_by_role("button", name="Show 2 items")).to_be_visible()

    sheet.get_by_label("Clay Works").check()

    expect(sheet.get_by_role("button", name="Show 1 item", exact=True)).to_be_visible()
    sheet.get_by_role("button", name="Show 1 item", exact=True).click()
    expect(page.locator("#grid .card")).to_have_count(1)
    assert page.url.partition("?")[2] == "sort=popular&maker=clay-works"
    assert Product.objects.count() > 2
