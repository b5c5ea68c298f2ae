"""A gift card is bought, arrives, is spent in part, and gets back what is refunded; staff issue
one. With and without script.
"""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.tests.factories import AdminFactory, StaffFactory
from orders.models import Order
from pricing.models import GiftCard
from tests.browser.conftest import deliver
from tests.browser.steps import (
    ACCEPTED,
    fill_checkout,
    is_sound,
    number_of,
    open_email,
    pay_with,
    put_into_cart,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}\b")


def balance_of(page: Page, code: str) -> str:
    """What the shop says is on the card."""
    page.goto(reverse("cart:gift-card-balance"))
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Check balance").click()
    return page.get_by_role("status").filter(has_text="Gift card").locator("b").inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_gift_card_is_bought_mailed_spent_in_part_and_refunded(shop, browse, script):
    alice = browse(script=script)
    alice.goto("/p/gift-card/")
    alice.get_by_role("radio", name="€50").click()
    if not script:
        alice.get_by_role("button", name="Show", exact=True).click()
    expect(alice.get_by_role("group", name="Amount: €50")).to_be_visible()
    expect(alice.get_by_text("Sent by e-mail once paid.", exact=True)).to_be_visible()
    alice.get_by_label("Name (optional)").fill("Bob")
    alice.get_by_label("Recipient's e-mail").fill("bob@example.com")
    alice.get_by_label("From").fill("Alice")
    alice.get_by_label("Message").fill("For your new kitchen")
    alice.get_by_role("button", name="Add to cart", exact=True).first.click()
    expect(alice.get_by_text("For Bob, bob@example.com").first).to_be_visible()
    alice.get_by_role("button", name="Check out").click()
    fill_checkout(alice)
    expect(alice.get_by_text("Gift cards are sent by e-mail", exact=False)).to_be_visible()
    alice.get_by_role("button", name="Pay €50").click()
    pay_with(alice, ACCEPTED)
    bought = number_of(alice)

    message = open_email(alice, "Alice sent you a €50 gift card")
    found = CODE.search(
        message.locator("section", has_text="For your new kitchen").last.inner_text()
    )
    assert found is not None
    code = found[0]
    bob = browse(script=script, width=390)
    put_into_cart(bob, "oak-board")
    bob.goto("/cart/")
    bob.get_by_text("Add a discount code or gift card").click()
    bob.get_by_role("textbox", name="Code").fill(code.lower().replace("-", " "))
    bob.get_by_role("button", name="Apply").click()
    expect(bob.get_by_text("Code applied.").first).to_be_attached()
    bob.goto("/checkout/")
    fill_checkout_without_payment(bob)
    bob.get_by_role("button", name="Order").last.click()
    spent = number_of(bob)
    assert balance_of(bob, code) == "€21.10"

    carol = browse(script=script, user=AdminFactory(email="carol@example.com"))
    order = Order.objects.get(number=spent)
    carol.goto(reverse("admin:orders_order_refund", args=[order.pk]))
    carol.get_by_label("Units of Oak board to refund").fill("1")
    carol.get_by_label("Reason (shown in the timeline)").fill("Scratched")
    carol.get_by_role("button", name="Refund", exact=True).click()
    expect(carol.get_by_text("The refund was submitted.")).to_be_visible()
    deliver()

    assert balance_of(bob, code) == "€45.10"
    carol.goto(reverse("admin:pricing_giftcard_change", args=[GiftCard.objects.get().pk]))
    for line in ("Issued +€50.00", "Redeemed -€28.90", "Refunded +€24.00"):
        expect(carol.get_by_text(line)).to_be_visible()
    carol.get_by_role("link", name=bought).click()
    expect(carol.get_by_text("Purchased gift cards")).to_be_visible()
    expect(carol.locator("body")).not_to_contain_text(code)
    assert is_sound()


def fill_checkout_without_payment(page: Page) -> None:
    """What a guest fills in where the card pays all."""
    page.get_by_label("E-mail", exact=True).fill("bob@example.com")
    page.get_by_label("Full name").fill("Bob Gast")
    page.get_by_label("Street and house number").fill("Lindenstraße 7")
    page.get_by_label("Postal code").fill("10969")
    page.get_by_label("City").fill("Berlin")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_finance_issues_a_card_changes_it_and_support_switches_it_off(shop, browse, script):
    finance = browse(script=script, user=StaffFactory(groups=["finance"], email="f@example.com"))
    finance.goto(reverse("admin:pricing_giftcard_changelist"))
    finance.goto(reverse("admin:pricing_giftcard_add"))
    finance.get_by_label("Amount").fill("20.00")
    finance.get_by_label("Reason").fill("Lost parcel")
    finance.get_by_label("Recipient name").fill("Bob")
    finance.get_by_role("button", name="Issue gift card").click()
    code = finance.locator("output").inner_text()
    assert CODE.fullmatch(code)
    finance.get_by_role("link", name="View gift card").click()
    expect(finance.locator("body")).not_to_contain_text(code)
    finance.get_by_role("link", name="Change balance").click()
    finance.get_by_label("Change in EUR").fill("-5.50")
    finance.get_by_label("Reason").fill("Counted wrong")
    finance.get_by_role("button", name="Change balance").click()
    expect(finance.get_by_text("The balance was changed.")).to_be_visible()
    expect(finance.locator(".bo-quiet", has_text="balance €14.50")).to_be_visible()

    support = browse(script=script, user=StaffFactory(groups=["support"], email="s@example.com"))
    support.goto(reverse("admin:pricing_giftcard_changelist") + f"?q={code[-4:]}")
    support.get_by_role("link", name=f"·{code[-4:]}").click()
    expect(support.get_by_role("link", name="Change balance")).to_have_count(0)
    support.get_by_role("link", name="Switch off").click()
    expect(support.get_by_text("It keeps its balance of €14.50.")).to_be_visible()
    support.get_by_label("Reason").fill("Stolen")
    support.get_by_role("button", name="Switch off").click()

    expect(support.locator(".bo-badge", has_text="Switched off")).to_be_visible()
    guest = browse(script=script)
    guest.goto(reverse("cart:gift-card-balance"))
    guest.get_by_label("Code").fill(code)
    guest.get_by_role("button", name="Check balance").click()
    expect(guest.get_by_role("alert").first).to_be_visible()
    assert is_sound()
