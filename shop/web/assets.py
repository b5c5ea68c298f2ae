"""Which style sheets a page type needs, and how they reach the browser.

In development every file is linked by itself. For production `collectstatic` joins the files of
each page type into one (same order, no other transform), hashes and compresses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage
from django.templatetags.static import static

_FRAME = [
    "tokens",
    "base",
    "components/header",
    "components/menu",
    "components/suggest",
    "components/controls",
    "components/card",
    "components/dialog",
    "components/message",
]
_FORMS = ["components/forms", "components/panel"]
_SHOPPING = [*_FORMS, "components/cart"]

PAGES: dict[str, list[str]] = {
    "plain": [*_FRAME, "components/panel"],
    "home": [*_FRAME, *_SHOPPING, "pages/home"],
    "category": [*_FRAME, *_SHOPPING, "components/facets", "components/empty", "pages/category"],
    "search": [
        *_FRAME,
        *_SHOPPING,
        "components/facets",
        "components/empty",
        "pages/category",
        "pages/search",
    ],
    "product": [*_FRAME, *_SHOPPING, "components/table", "pages/product"],
    "cart": [*_FRAME, *_SHOPPING, "components/empty", "pages/cart"],
    "checkout": [*_FRAME, *_SHOPPING, "pages/checkout"],
    "pay": [*_FRAME, *_SHOPPING, "components/table", "pages/checkout", "pages/pay"],
    "thanks": [*_FRAME, *_SHOPPING, "components/timeline", "pages/checkout", "pages/account"],
    "account": [
        *_FRAME,
        *_SHOPPING,
        "components/table",
        "components/timeline",
        "components/empty",
        "pages/account",
    ],
    "invoice": [*_FRAME, "components/panel", "pages/invoice"],
    "content": [*_FRAME, *_FORMS, "pages/content"],
    "lost": [*_FRAME, *_SHOPPING, "pages/content"],
    "broken": [*_FRAME, "components/panel", "pages/checkout", "pages/content"],
}


def bundle_path(page: str) -> str:
    """The name of a page type's one file, beside the files it is made of."""
    return f"css/page-{page}.css"


def stylesheet_urls(page: str) -> list[str]:
    """The addresses of a page type's style sheets: one where the bundles are served."""
    if settings.CSS_BUNDLES:
        return [static(bundle_path(page))]
    return [static(f"css/{name}.css") for name in PAGES[page]]


def write_bundles(*, source: Path, target: Path) -> list[str]:
    """Write every page type's file below `target` from the parts below `source`; their names."""
    for page, names in PAGES.items():
        path = target / bundle_path(page)
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = [(source / f"css/{name}.css").read_text(encoding="utf-8") for name in names]
        path.write_text("\n".join(parts), encoding="utf-8")
    return [bundle_path(page) for page in PAGES]


class BundleFinder(BaseFinder):
    """Hands the page types' style sheets to `collectstatic`, made again each time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.CSS_BUNDLE_DIR)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Nothing: in development the parts are linked one by one."""
        return []

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        source = Path(settings.BASE_DIR) / "static"
        for name in write_bundles(source=source, target=Path(settings.CSS_BUNDLE_DIR)):
            yield name, self.storage
