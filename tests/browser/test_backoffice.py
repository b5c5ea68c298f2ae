"""The back office in Chromium: nothing breaks the strict policy, axe finds
nothing, keys and phones work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.tests.factories import AdminFactory
from catalog.categories import create_category
from catalog.models import Category
from inventory.models import StockItem
from orders.invoices import issue_invoice
from orders.models import Order
from payments.models import Refund
from pricing.tests.factories import make_gift_card
from shop.core.actors import SYSTEM
from tests.backoffice import data as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.BACKOFFICE_REQUIRE_MFA = False


@pytest.fixture
def order() -> Order:
    return make.order("POT", "CUP")


@pytest.fixture
def enter(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open the back office as Carol: `enter(width=390, dark=True, script=False)`."""
    contexts: list[BrowserContext] = []
    client = Client()
    client.force_login(AdminFactory(email="carol@example.com", first_name="Carol"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    def open_page(*, width: int = 1280, dark: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        context.add_init_script(WATCH)
        page = context.new_page()
        page.faults = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
        return page

    yield open_page
    for context in contexts:
        context.close()


def assert_clean(page: Page) -> None:
    """No violation of the policy and no error of a script since the page was opened."""
    assert page.evaluate("violations") == []
    assert page.faults == []  # type: ignore[attr-defined]


def page_types(order: Order) -> list[str]:
    product = order.items.first().variant.product_id  # type: ignore[union-attr]
    stock = StockItem.objects.get(sku="POT").pk
    invoice = issue_invoice(make.order("LAMP"), actor=SYSTEM, at=timezone.now())
    return [
        reverse("admin:index"),
        reverse("admin:orders_order_changelist"),
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:orders_order_refund", args=[order.pk]),
        reverse("admin:orders_order_edit", args=[order.pk]),
        reverse("admin:orders_order_ship", args=[order.pk]),
        reverse("admin:orders_order_history", args=[order.pk]),
        reverse("admin:orders_order_change", args=[invoice.order_id]),
        reverse("admin:orders_invoice_changelist"),
        reverse("admin:orders_invoice_change", args=[invoice.pk]),
        reverse("admin:catalog_product_changelist"),
        reverse("admin:catalog_product_change", args=[product]),
        reverse("admin:catalog_product_add"),
        reverse("admin:catalog_category_changelist"),
        reverse("admin:catalog_homeblock_add"),
        reverse("admin:inventory_stockitem_changelist"),
        reverse("admin:inventory_stockitem_change", args=[stock]),
        reverse("admin:accounts_customer_change", args=[order.customer_id]),
        reverse("admin:pricing_coupon_add"),
        reverse("admin:pricing_shippingzone_add"),
        reverse("admin:core_auditentry_changelist"),
        reverse("admin:pricing_giftcard_changelist"),
        reverse("admin:pricing_giftcard_add"),
        reverse("admin:pricing_giftcard_change", args=[make_gift_card().pk]),
    ]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_and_the_policy_holds_on_every_page_type(enter, order, dark):
    page = enter(dark=dark)
    found = []

    for url in page_types(order):
        page.goto(url)
        page.wait_for_load_state("load")
        assert_clean(page)
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:3]]
            found.append((url, violation["id"], nodes))

    assert found == []


def test_nothing_is_wider_than_a_phone(enter, order):
    page = enter(width=390)
    wide = []

    for url in page_types(order):
        page.goto(url)
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wide.append(url)

    assert wide == []


def test_what_is_driven_on_the_list_keeps_to_the_policy(enter, order):
    page = enter()
    page.goto(reverse("admin:orders_order_changelist"))

    page.locator(".bo-expand button").first.click()
    expect(page.locator(".bo-more").first).to_contain_text("0 of 2 shipped")
    page.locator(".bo-row-menu summary").last.click()
    expect(page.get_by_role("link", name="Open to ship")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("button", name="Apply Filters")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#result_list .action-select").first.check()
    expect(page.locator(".action-counter")).to_contain_text("1 of 1 selected")

    assert_clean(page)


def test_the_head_of_a_list_stays_in_sight(enter):
    for number in range(30):
        make.order(f"SKU-{number}")
    page = enter()
    page.goto(reverse("admin:orders_order_changelist"))

    page.mouse.wheel(0, 700)
    page.wait_for_function("scrollY > 300")

    assert page.locator("#result_list thead th").first.bounding_box()["y"] == 0


def test_the_palette_opens_by_key_and_goes_where_one_wants(enter, order):
    page = enter()
    page.goto(reverse("admin:index"))

    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(order.number)
    expect(page.locator("#command-results-list")).to_contain_text(order.number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:orders_order_change', args=[order.pk])}")

    assert_clean(page)


def test_an_order_is_shipped_by_keyboard_alone(enter, order):
    page = enter()
    page.goto(reverse("admin:orders_order_change", args=[order.pk]))

    page.keyboard.press("s")
    expect(page.get_by_label("Tracking number")).to_be_focused()
    page.keyboard.type("00340434161094042557")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Parcel 1")).to_be_visible()

    assert_clean(page)
    assert Order.objects.get(pk=order.pk).fulfillment_status == "fulfilled"


def test_a_dialog_closes_by_key_and_gives_the_focus_back(enter, order):
    page = enter()
    page.goto(reverse("admin:orders_order_change", args=[order.pk]))
    page.locator(".bo-acts.hidden .bo-act-menu summary").click()
    page.locator(".bo-acts.hidden").get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("4 units become available for sale again.")

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert_clean(page)
    assert Order.objects.get(pk=order.pk).status == "confirmed"


def test_a_refund_shows_its_total_while_one_types(enter, order):
    page = enter()
    page.goto(reverse("admin:orders_order_refund", args=[order.pk]))

    page.get_by_label("Units of Teapot POT to refund").fill("1")
    expect(page.locator("output")).to_have_text("€19.00")
    page.get_by_label("Reason").fill("chipped")
    page.get_by_role("button", name="Refund").click()
    page.wait_for_url(f"**{reverse('admin:orders_order_change', args=[order.pk])}")

    assert Refund.objects.get().amount_minor == 1900


def test_keys_lead_to_the_lists(enter, order):
    page = enter()
    page.goto(reverse("admin:index"))

    page.keyboard.press("g")
    page.keyboard.press("o")

    page.wait_for_url(f"**{reverse('admin:orders_order_changelist')}")


def test_the_theme_is_chosen_and_kept(enter):
    page = enter()
    page.goto(reverse("admin:index"))

    page.locator(".bo-user summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_class("js dark")
    page.reload()

    expect(page.locator("html")).to_have_class("js dark")
    assert_clean(page)


def test_the_menu_opens_on_a_phone(enter):
    page = enter(width=390)
    page.goto(reverse("admin:index"))
    expect(page.locator("#nav-sidebar")).to_be_hidden()

    page.get_by_role("button", name="Menu", exact=True).click()

    expect(page.locator("#nav-sidebar")).to_be_visible()
    assert_clean(page)


def test_views_that_do_not_fit_on_a_phone_stand_in_a_menu(enter):
    page = enter(width=390)
    page.goto(reverse("admin:orders_order_changelist") + "?status__exact=confirmed")

    page.locator("summary[aria-label='More views']").click()
    page.get_by_role("navigation", name="More views").get_by_text("+ Save view").click()

    expect(page.get_by_label("View name")).to_be_visible()
    assert_clean(page)


def test_rows_of_a_form_are_added_and_moved_by_buttons(enter):
    page = enter()
    page.goto(reverse("admin:pricing_shippingzone_add"))

    page.locator(".add-row").click()
    page.locator(".add-row").click()
    rows = page.locator(".form-group:not(.empty-form)")
    rows.nth(0).locator("input[name$=-name]").fill("Slow")
    rows.nth(1).locator("input[name$=-name]").fill("Fast")
    rows.nth(1).get_by_role("button", name="Move up").click()

    assert rows.nth(0).locator("input[name$=-name]").input_value() == "Fast"
    assert rows.nth(0).locator("input[name$=-position]").input_value() == "0"
    assert rows.nth(1).locator("input[name$=-position]").input_value() == "1"
    assert_clean(page)


def test_a_category_is_dragged_into_another(enter):
    kitchen, music = create_category(name="Kitchen"), create_category(name="Music")
    page = enter()
    page.goto(reverse("admin:catalog_category_changelist"))

    handle = page.locator(f'[data-tree="{music.pk}"] .bo-tree-handle')
    handle.drag_to(page.locator(f'tr:has([data-tree="{kitchen.pk}"])'))
    expect(page.get_by_text("Music was moved.")).to_be_visible()

    assert Category.objects.get(pk=music.pk).parent_id == kitchen.pk


def test_orders_are_found_shipped_and_refunded_without_script(enter, order):
    page = enter(script=False)
    page.goto(reverse("admin:orders_order_changelist"))
    page.get_by_role("link", name="To ship").first.click()
    page.get_by_role("link", name=order.number).click()
    page.locator(".bo-acts.hidden").get_by_role("link", name="Ship").click()
    page.get_by_label("Tracking number").fill("00340")
    page.get_by_role("button", name="Ship").click()
    expect(page.get_by_role("heading", name="Parcel 1")).to_be_visible()
    page.goto(reverse("admin:orders_order_refund", args=[order.pk]))
    page.get_by_label("Units of Teapot CUP to refund").fill("2")
    page.get_by_label("Reason").fill("wrong color")
    page.get_by_role("button", name="Refund").click()

    assert Order.objects.get(pk=order.pk).fulfillment_status == "fulfilled"
    assert Refund.objects.get().amount_minor == 3800
