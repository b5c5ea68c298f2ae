"""Invoices in a real browser: found, read on every screen, printed without the
shop around them, and kept.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.tests.factories import AdminFactory, CustomerFactory
from orders.fulfillment import fulfill_order
from orders.models import Order
from orders.tests.factories import CAROL, make_order
from payments.refunds import refund_order
from payments.tests.factories import make_paid_order
from shop.core.clock import database_now
from tests.browser.conftest import deliver
from tests.browser.looks import assert_looks_right, overflow
from tests.browser.window import WIDE_NAME

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]


def sent(**options: object) -> Order:
    """An order that has left, with its invoice."""
    at = database_now()
    order = make_order(payment_method="cash", at=at, **options)
    fulfill_order(order, actor=CAROL, at=at)
    deliver()
    return order


def credited() -> Order:
    """An order with an invoice and a credit note."""
    order = make_paid_order(at=database_now(), items={"BOARD": 2})
    fulfill_order(order, actor=CAROL, at=database_now())
    refund_order(order, items={order.items.get().pk: 1}, actor=CAROL, at=database_now())
    deliver()
    return order


def open_by_link(page: Page, order: Order) -> None:
    page.goto(f"/orders/{order.number}/?token={order.token}")


def test_a_customer_finds_and_keeps_the_invoice(shop, browse):
    customer = CustomerFactory(user__email="alice@example.com")
    order = sent(customer=customer, items={"BOARD": 2})
    page = browse(user=customer.user)

    page.goto(f"/account/orders/{order.number}/")
    page.get_by_role("link", name="Invoice 2026-00001").click()
    expect(page.get_by_role("heading", level=1, name="Invoice 2026-00001")).to_be_visible()
    link = page.get_by_role("link", name="Download PDF").get_attribute("href")
    kept = page.request.get(str(link))
    page.get_by_role("link", name=f"Back to order {order.number}").click()

    assert kept.headers["content-type"] == "application/pdf"
    assert "Invoice 2026-00001" in PdfReader(BytesIO(kept.body())).pages[0].extract_text()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)


@pytest.mark.parametrize("width", [390, 1440])
def test_the_document_looks_right_on_every_screen(shop, browse, width):
    order = credited()
    page = browse(width=width)
    open_by_link(page, order)

    for name in ["Invoice 2026-00001", "Credit note C2026-00001"]:
        page.goto(f"/orders/{order.number}/invoices/")
        assert_looks_right(page)
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        assert_looks_right(page)


def test_wide_names_fit_into_the_narrowest_window(shop, browse):
    order = sent(items={"WIDE": 1})
    page = browse(width=320)
    open_by_link(page, order)

    page.get_by_role("link", name="Invoice 2026-00001").click()

    expect(page.get_by_text(WIDE_NAME[:40])).to_be_visible()
    assert overflow(page) == 0


def test_it_is_printed_without_the_shop_around_it(shop, browse):
    order = sent(items={"BOARD": 2, "CLAY": 1})
    page = browse()
    open_by_link(page, order)
    page.get_by_role("link", name="Invoice 2026-00001").click()

    page.emulate_media(media="print", color_scheme="dark")
    picture = Image.open(BytesIO(page.screenshot(full_page=True))).convert("L")
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))

    for gone in ["header", "footer", ".document-bar", ".skip"]:
        expect(page.locator(f"body > {gone}, main {gone}").first).to_be_hidden()
    dark = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    assert 0.002 < dark < 0.2, "black words on white"
    text = printed.pages[0].extract_text()
    assert len(printed.pages) == 1
    for words in ["Invoice 2026-00001", "Linden Trading GmbH", "Oak board", "1 / 1"]:
        assert words in text, words
    for words in ["Download PDF", "Back to order", "Kitchen", "Monthly newsletter"]:
        assert words not in text, words


def test_finance_issues_an_invoice_from_the_orders_page(shop, browse):
    order = make_order(payment_method="cash", at=database_now(), items={"BOARD": 1})
    page = browse(user=AdminFactory())

    page.goto(reverse("admin:orders_order_change", args=[order.pk]))
    page.locator(".bo-acts.hidden .bo-act-menu summary").click()
    page.locator(".bo-acts.hidden").get_by_role("link", name="Issue invoice").click()
    page.get_by_role("dialog").get_by_role("button", name="Issue invoice").click()

    expect(page.get_by_role("link", name="2026-00001")).to_be_visible()
