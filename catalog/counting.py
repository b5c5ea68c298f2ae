"""Counts of lists, remembered by catalog version: a list costs the same at any size."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.utils.translation import get_language

from shop.core import caching

T = TypeVar("T")
# Below this, counting is cheaper than being out of date for a moment.
WORTH_REMEMBERING = 2_000
SECONDS = 60 * 60
# No longer than the pages that show them.
SMALL_LIST_SECONDS = 60


def remembered_by(
    kind: type[T], parts: Sequence[object], count: Callable[[], T], *, size: Callable[[T], int]
) -> T:
    """What `count` says of the list that `parts` name whole, in the active language.

    A small list is counted again after a minute, in case something has changed that the
    catalog version does not tell.
    """
    text = "\x1f".join(str(part) for part in (get_language(), *parts))
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:40]
    key = f"counts:{caching.catalog_version()}:{digest}"
    found = caching.recall(kind, key)
    if found is None:
        found = count()
        is_large = size(found) >= WORTH_REMEMBERING
        caching.keep(key, found, SECONDS if is_large else SMALL_LIST_SECONDS)
    return found


def remembered(
    kind: type[T],
    queryset: QuerySet[Any],
    name: str,
    count: Callable[[], T],
    *,
    size: Callable[[T], int],
) -> T:
    """What `count` says of `queryset`, remembered where `size` of it is large.

    The moment a list is asked at is no part of the key: the catalog version changes as soon as a
    product's time to be published has come.
    """
    key = key_of(queryset, name)
    found = caching.recall(kind, key) if key else None
    if found is None:
        found = count()
        if key and size(found) >= WORTH_REMEMBERING:
            caching.keep(key, found, SECONDS)
    return found


def key_of(queryset: QuerySet[Any], name: str) -> str:
    """The key of what `name` says of a list in whatever order and at whatever moment;
    empty if nothing can be in it.
    """
    try:
        sql, params = queryset.order_by().query.sql_with_params()
    except EmptyResultSet:
        return ""
    parts = [
        sql,
        *(str(each) for each in params if not isinstance(each, date) and not _is_moment(each)),
    ]
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
    return f"count:{caching.catalog_version()}:{name}:{digest}"


def _is_moment(value: Any) -> bool:
    """Whether a parameter is a time as SQLite gets it: `2026-05-04 12:00:00`."""
    return (
        isinstance(value, str) and len(value) >= 19 and value[:4].isdigit() and value[10:11] == " "
    )
