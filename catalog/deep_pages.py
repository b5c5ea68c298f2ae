"""Deep pages of lists, found by the key of a row not far before them: OFFSET reads
all the rows it leaves out.

Every `STRIDE` rows a list has a mark, the product before that place. Marks are remembered with the
catalog's version; a new one is found from the nearest before it. What is sold meanwhile may shift a
page by some products, as it does between any two pages.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, Value

from catalog.counting import key_of
from catalog.models import Product
from catalog.querysets import SORTS, ProductQuerySet
from shop.core import caching

STRIDE = 1_000
SECONDS = 60 * 10


def rows_of(
    products: ProductQuerySet, sort: str, *columns: str, start: int, size: int
) -> list[tuple[Any, ...]]:
    """`columns` of `size` published products from place `start` on, in the order `sort`.

    One query near the beginning, two beyond, and two more where the mark is not remembered.
    """
    ordered = products.sorted_by(sort)
    place = start // STRIDE * STRIDE if sort in SORTS else 0
    if place:
        ordered = _beyond(ordered, sort, _mark(products, sort, place))
    return list(ordered.values_list(*columns)[start - place : start - place + size])


def _mark(products: ProductQuerySet, sort: str, place: int) -> tuple[Any, ...] | None:
    """The sort key of the product before a place; None where the list is shorter."""
    name = key_of(products, f"mark-{sort}")
    known = caching.recall_many(
        int, [f"{name}:{each}" for each in range(STRIDE, place + 1, STRIDE)]
    )
    ordered, done = products.sorted_by(sort), 0
    if known:
        done = max(int(key.rpartition(":")[2]) for key in known)
        rows = Product.objects.filter(pk=known[f"{name}:{done}"]).values_list(*_names(sort))
        key = rows.first()
        if done == place and key:
            return tuple(key)
        # A product that is gone marks nothing.
        ordered, done = (
            (_beyond(ordered, sort, key), done) if key and done < place else (ordered, 0)
        )
    found = ordered.values_list("pk", *_names(sort))[place - done - 1 : place - done].first()
    if found is None:
        return None
    caching.keep(f"{name}:{place}", found[0], SECONDS)
    return tuple(found[1:])


def _names(sort: str) -> list[str]:
    return [column.removeprefix("-") for column in SORTS[sort]]


def _beyond(ordered: ProductQuerySet, sort: str, key: tuple[Any, ...] | None) -> ProductQuerySet:
    """What comes after the row with this key."""
    return ordered.none() if key is None else ordered.filter(_Beyond(sort, key))


class _Beyond(Func):
    """`(sold_count, id) < (12, 345)`: compared as rows, an index is read from there on."""

    output_field = BooleanField()

    def __init__(self, sort: str, key: tuple[Any, ...]) -> None:
        super().__init__(*map(F, _names(sort)), *map(Value, key))
        # All columns of a sort run the same way.
        self.sign = "<" if SORTS[sort][0].startswith("-") else ">"

    def as_sql(self, compiler: Any, connection: Any, **_options: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(part) for part in self.get_source_expressions()]
        half = len(parts) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        return f"({left}) {self.sign} ({right})", [each for _, params in parts for each in params]
