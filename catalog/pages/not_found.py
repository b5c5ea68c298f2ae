"""What an address that leads nowhere may have meant."""

from __future__ import annotations

import re
from datetime import datetime

from catalog.models import Category, Product
from catalog.pages.layout import current_tree
from catalog.search import closest
from shop.core.languages import split

_NOT_A_WORD = re.compile(r"[^\w]+")


def words_of(path: str) -> str:
    """The words of the last part of a path: `/p/field-camera-53/` → "field camera 53"."""
    last = path.rstrip("/").rsplit("/", 1)[-1]
    return " ".join(_NOT_A_WORD.sub(" ", last.replace("_", " ")).split())[:80]


def guess_from_path(
    path: str, *, at: datetime
) -> tuple[str, list[tuple[int, int]], list[Category]]:
    """A search for the path's words, up to four (product, version) pairs near to
    it, and six rooms.
    """
    query = words_of(split(path)[1])
    rooms = [branch.category for branch in current_tree()[:6]]
    products = Product.objects.published(at=at)
    found = (
        list(closest(products, query).sorted_by("relevance").values_list("pk", "version")[:4])
        if query
        else []
    )
    if not found:
        found = list(products.sorted_by("popular").values_list("pk", "version")[:4])
    return query, found, rooms
