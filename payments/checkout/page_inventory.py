"""The payment page's inventory: which scripts, style sheets, frames and headers it may
have, and whether it does.

PCI DSS 4.0.1 asks for both: 6.4.3, that every script of a payment page is known, has a reason and
is whole; 11.6.1, that somebody notices when the page or its headers change on the way to the
browser. The inventory is `payment_page.json`. Style sheets and scripts are compared with this
release's own files besides.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders

from shop.web.assets import PAGES, bundle_path

INVENTORY = Path(__file__).with_name("payment_page.json")
# `collectstatic` puts twelve digits of a sum into names, and into what files say of one another.
_SUM_IN_NAME = re.compile(r"\.[0-9a-f]{12}(?=\.\w)")
_LOADED = {"stylesheet", "preload", "modulepreload", "prefetch", "prerender", "import"}
_FRAMES = {"iframe": "src", "frame": "src", "embed": "src", "object": "data", "portal": "src"}


@cache
def inventory() -> dict[str, Any]:
    """The file's content."""
    found: dict[str, Any] = json.loads(INVENTORY.read_text(encoding="utf-8"))
    return found


def differences(html: str, headers: Mapping[str, str], read: Callable[[str], bytes]) -> list[str]:
    """What of a page differs from the inventory, in words; nothing if all is as it should be.

    `read` fetches one of the shop's own files by its address. What comes from
    elsewhere is never fetched.
    """
    page = _Page()
    page.feed(html)
    page.close()
    return [*page.faults, *_of_headers(headers), *_of_files(page, read), *_of_frames(page)]


def sum_of(content: bytes) -> str:
    """The integrity sum of a file, as browsers write it; sums in the names of
    other files do not count.
    """
    plain = _SUM_IN_NAME.sub("", content.decode("utf-8", "surrogateescape"))
    digest = hashlib.sha384(plain.encode("utf-8", "surrogateescape")).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def released(name: str) -> bytes:
    """A static file as this release has it, by its name without a sum; empty if it has none."""
    for page in PAGES:
        if name == bundle_path(page):
            parts = [released(f"css/{part}.css") for part in PAGES[page]]
            return b"\n".join(parts)
    path = finders.find(name)
    return Path(path).read_bytes() if path else b""


def _of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    sent = {name.lower(): value for name, value in headers.items()}
    for name, wanted in inventory()["headers"].items():
        value = sent.get(name.lower())
        if value != wanted["value"]:
            yield f"header {name}: is {value!r}, should be {wanted['value']!r}"


def _of_files(page: _Page, read: Callable[[str], bytes]) -> Iterator[str]:
    scripts = inventory()["scripts"]
    sheets = inventory()["stylesheets"]
    seen = set()
    for kind, address in page.files:
        name = _name_of(address)
        seen.add(name)
        known = scripts if kind == "script" else sheets
        if name is None or name not in known:
            yield f"{kind} {address}: not in the inventory"
            continue
        found = sum_of(read(address))
        if kind == "script" and found != scripts[name]["integrity"]:
            yield f"script {address}: its sum is {found}, not the inventory's"
        if found != sum_of(released(name)):
            yield f"{kind} {address}: not what this release has"
    for name in scripts:
        if name not in seen:
            yield f"script {name}: in the inventory, not on the page"


def _of_frames(page: _Page) -> Iterator[str]:
    for origin in page.frames:
        if origin not in inventory()["frames"]:
            yield f"frame {origin}: not in the inventory"


def _name_of(address: str) -> str | None:
    """The name of a static file of ours, without the sum; None for anything else."""
    base = settings.STATIC_URL
    if not address.startswith(base) or ".." in address:
        return None
    return _SUM_IN_NAME.sub("", address.removeprefix(base))


class _Page(HTMLParser):
    """What a page loads and runs."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, str]] = []
        self.frames: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        for name, value in has.items():
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.faults.append(f"<{tag} {name}>: code or style in an attribute")
            if re.match(r"\s*(javascript|vbscript)\s*:", value, re.IGNORECASE):
                self.faults.append(f"<{tag} {name}>: code in an address")
        if tag == "script":
            if "src" in has:
                self.files.append(("script", has["src"]))
            else:
                self.faults.append("<script>: code in the page")
        elif tag == "style":
            self.faults.append("<style>: a style sheet in the page")
        elif tag == "link":
            self._link(has)
        elif tag in _FRAMES:
            self.frames.append(has.get(_FRAMES[tag], ""))
        elif tag == "base" or (tag == "meta" and "http-equiv" in has):
            self.faults.append(f"<{tag}>: changes what the rest of the page means")

    def _link(self, has: dict[str, str]) -> None:
        kinds = set(has.get("rel", "").lower().split()) & _LOADED
        address = has.get("href", "")
        if "stylesheet" in kinds or has.get("as") == "style":
            self.files.append(("stylesheet", address))
        elif kinds and (has.get("as") != "font" or _name_of(address) is None):
            self.files.append(("script", address))
