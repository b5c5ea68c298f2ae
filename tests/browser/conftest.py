"""The browser's side: a furnished shop, and pages that fail their test if anything complains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from shop.core.outbox import deliver_due
from tests.browser.window import furnish
from tests.faults.conftest import paypal_company, stripe_company

WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# The browser's own line for an answer of 4xx; whether it was expected is what the tests say.
EXPECTED = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")

__all__ = ["browse", "paypal_company", "shop", "stripe_company"]

expect.set_options(timeout=20_000)

Browse = Callable[..., Page]


@pytest.fixture
def shop(live_server: Any, transactional_db: None, settings: Any) -> Any:
    """The furnished shop; its e-mails and payments lead back to the server of the tests."""
    settings.SITE_URL = live_server.url
    settings.BACKOFFICE_REQUIRE_MFA = False
    furnish()
    deliver()
    return live_server


@pytest.fixture
def browse(browser: Browser, live_server: Any) -> Iterator[Browse]:
    """Open a page of a new visitor: `browse(width=390, dark=True, script=False, user=alice)`.

    At the end the test fails if a page broke the security policy, threw an error, wrote one to the
    console, was answered by a 5xx, or missed a file.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.match(message.text):
            faults.append(f"{message.page.url if message.page else ''} says {message.text}")

    def note_answer(response: Response) -> None:
        is_page = response.request.resource_type in {"document", "xhr", "fetch"}
        if response.status >= 500 or (response.status >= 400 and not is_page):
            faults.append(f"{response.url} answered {response.status}")

    def open_page(
        *, width: int = 1440, dark: bool = False, script: bool = True, user: Any = None
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        context.add_init_script(WATCH)
        context.on("console", note_message)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("response", note_answer)
        if user:
            sign_in(context, user, live_server.url)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(context: BrowserContext, user: Any, url: str) -> None:
    """Give the visitor a session of this user."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}]
    )


def deliver() -> None:
    """Do what the worker does: run the handlers of all that has happened, until nothing is due."""
    while deliver_due():
        pass
