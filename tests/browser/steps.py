"""What visitors do on several journeys."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import deliver

ACCEPTED, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
EMAIL = "guest@example.com"


def put_into_cart(page: Page, slug: str) -> None:
    """From the product's page into the cart; ends on whatever the shop shows then."""
    page.goto(f"/p/{slug}/")
    page.get_by_role("button", name="Add to cart", exact=True).first.click()
    expect(page.get_by_role("button", name="Check out")).to_be_visible()


def fill_checkout(page: Page, email: str = EMAIL, *, method: str = "Card") -> None:
    """Fill what is empty for a guest; delivery is chosen already."""
    same = page.get_by_label("Billing address is the same", exact=False)
    if not same.is_checked():
        # What was chosen before is kept.
        same.check()
        expect(page.get_by_label("Country")).to_have_count(1)
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_label("Full name").fill("Greta Gast")
    page.get_by_label("Street and house number").fill("Lindenstraße 7")
    page.get_by_label("Postal code").fill("10969")
    page.get_by_label("City").fill("Berlin")
    page.get_by_label(method).check()


def pay_with(page: Page, number: str) -> None:
    """Type a card on the provider's page and send it."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Valid until").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Greta Gast")
    page.get_by_role("button", name="€").click()


def check_out(page: Page, number: str = ACCEPTED) -> None:
    """From the cart to the provider's answer."""
    page.goto("/checkout/")
    fill_checkout(page)
    page.get_by_role("button", name="Pay €").click()
    expect(page.get_by_role("heading", name="Test payment")).to_be_visible()
    pay_with(page, number)


def number_of(page: Page) -> str:
    """The number of the order whose thanks are shown."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("We've received order")
    return next(word for word in heading.inner_text().rstrip(".").split() if word.startswith("LN-"))


def open_email(page: Page, subject: str) -> Page:
    """Let the worker write, then open the newest e-mail with this subject in the mailbox."""
    deliver()
    page.goto("/dev/mail/")
    page.get_by_role("link", name=subject).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(subject)
    return page


def find_order(page: Page, number: str, email: str = EMAIL) -> None:
    """Track an order as a guest."""
    page.goto("/track/")
    page.get_by_label("Order number").fill(number)
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_role("button", name="View order").click()


def sign_in_by_form(page: Page, email: str, password: str, path: str = "/account/login/") -> None:
    page.goto(path)
    page.get_by_label("E-mail or username", exact=True).fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_sound() -> bool:
    """Whether all books agree when the journey is over."""
    from django.utils import timezone

    from shop.core.integrity import check

    faults: list[Any] = [found for _name, found in check(at=timezone.now()) if found]
    assert faults == []
    return True
