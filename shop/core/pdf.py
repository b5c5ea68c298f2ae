"""PDFs from the same HTML that pages show.

PlutoPrint lays out HTML and CSS by itself: no browser, no network, nothing to install beside its
wheel. It is loaded with the first PDF (about 20 MB, once a process), and machines without a
wheel of it go without PDFs.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shop.core.errors import Unavailable

logger = logging.getLogger(__name__)

# Where the fonts of a document seem to be: the only address that is answered, and
# no request leaves for it.
_FONTS = "https://fonts.invalid/"
# The family for all that the shop's own font lacks: Noto, in a file for each script.
SCRIPTS = "Shop Scripts"
_FOLDER = Path(__file__).parent / "fonts"
_LAST_LATIN = 0x24F
# One document at a time: the library's caches of fonts belong to the process.
_turn = threading.Lock()


class PdfUnavailable(Unavailable):
    """This machine makes no PDFs, or not of this document."""

    code = "pdf_unavailable"
    default_message = _("The PDF can't be created right now. Print the page instead.")


@cache
def can_make_pdf() -> bool:
    """Whether the library is installed; it is not loaded for the answer."""
    return find_spec("plutoprint") is not None


def sheet(path: str) -> str:
    """A style sheet of `static/`."""
    return (Path(settings.BASE_DIR) / "static" / path).read_text(encoding="utf-8")


def fonts(text: str) -> str:
    """The faces of the shop's own font, as pages declare them, and of `SCRIPTS` as
    far as `text` needs it.

    At addresses that a document can load. A family with all scripts of the world would cost each
    document the reading of 17 MB.
    """
    faces = re.findall(r"@font-face \{[^}]*?fonts/[^}]*\}", sheet("css/tokens.css"))
    address = re.compile(r'url\("\.\./fonts/([^"]+)"\) format\("woff2"\)')
    own = address.sub(rf'url("{_FONTS}\1")', "\n".join(faces))
    return "\n".join([own, *(_face(name) for name in _needed(text))])


@cache
def _coverage() -> dict[str, list[tuple[int, int]]]:
    """The first and last characters that each file of `SCRIPTS` is for."""
    listed: dict[str, list[tuple[int, int]]] = json.loads(
        (_FOLDER / "faces.json").read_text("ascii")
    )
    return listed


def _needed(text: str) -> list[str]:
    codes = {ord(character) for character in text if ord(character) > _LAST_LATIN}
    return [
        name
        for name, ranges in _coverage().items()
        if any(first <= code <= last for code in codes for first, last in ranges)
    ]


def _face(name: str) -> str:
    ranges = ", ".join(f"U+{first:X}-{last:X}" for first, last in _coverage()[name])
    # One weight for all: bold that is made of regular letters fills Arabic and
    # Chinese ones with ink.
    return (
        f'@font-face {{ font-family: "{SCRIPTS}"; font-weight: 100 900; src: url("{_FONTS}{name}");'
        f" unicode-range: {ranges}; }}"
    )


def make_pdf(html: str, *, style: str, title: str, author: str, at: datetime) -> bytes:
    """The document as an A4 PDF; margins and page numbers are the business of `style`.

    It can load nothing but `fonts`. Takes 20 to 60 ms a page. Raises `PdfUnavailable`.
    """
    if not can_make_pdf():
        raise PdfUnavailable
    with _turn:
        return _render(html, style=style, title=title, author=author, at=at)


@cache
def _library() -> Any:
    return import_module("plutoprint")


def _render(html: str, *, style: str, title: str, author: str, at: datetime) -> bytes:
    library = _library()
    book = library.Book(library.PAGE_SIZE_A4)
    book.custom_resource_fetcher = _fetcher()
    out = BytesIO()
    try:
        book.load_html(html, style)
        # Loading would forget what was said before.
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        book.set_metadata(library.PDF_METADATA_TITLE, title)
        book.set_metadata(library.PDF_METADATA_AUTHOR, author)
        book.set_metadata(library.PDF_METADATA_CREATION_DATE, moment)
        book.set_metadata(library.PDF_METADATA_MODIFICATION_DATE, moment)
        book.write_to_pdf_stream(out)
    except library.Error as error:
        logger.exception("A PDF could not be made: %s", title)
        raise PdfUnavailable from error
    return out.getvalue()


@cache
def _fetcher() -> Any:
    library = _library()
    base: Any = library.ResourceFetcher

    class Fonts(base):
        """Answers with the shop's own fonts and with nothing else, whatever a text smuggles in."""

        def fetch_url(self, url: str) -> Any:
            name = url.removeprefix(_FONTS)
            folder = _FOLDER if name in _coverage() else Path(settings.BASE_DIR) / "static/fonts"
            path = folder / name
            kind = {".woff2": "font/woff2", ".otf": "font/otf"}.get(path.suffix)
            if name == url or "/" in name or kind is None or not path.is_file():
                # Nothing, rather than an error: the document goes on without it.
                return library.ResourceData(b"", "text/plain", "")
            return library.ResourceData(path.read_bytes(), kind, "")

    return Fonts()
