"""Whether a page looks right: axe finds nothing in the light and in the dark, and
nothing is too wide.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
_AXE = Axe()


# A page that came by a link may be looked at before its style sheets have come.
LOOKS, PAUSE_MS = 20, 150


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window, once its styles are there."""
    for _look in range(LOOKS):
        pixels = int(
            page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )
        if not pixels:
            break
        page.wait_for_timeout(PAUSE_MS)
    return pixels


def violations(page: Page) -> list[Any]:
    """What axe finds on the page as it is now: the rule, and where."""
    return [
        (violation["id"], *[node["html"][:160] for node in violation["nodes"][:3]])
        for violation in _AXE.run(page, options=RULES).response["violations"]
    ]


def assert_looks_right(page: Page) -> None:
    """Look at the page as it is now, in both schemes. Needs script."""
    found: list[Any] = [f"{overflow(page)} px too wide"] if overflow(page) > 0 else []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [(scheme, *violation) for violation in violations(page)]
    assert found == [], f"{page.url}\n" + "\n".join(map(str, found))
