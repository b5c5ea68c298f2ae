"""Caches with explicit keys: the catalog's version, and fragments of pages.

A page or fragment is cached under everything it depends on, so nothing is ever purged: when the catalog
changes, its version goes up and old keys are simply not asked for again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from django.core.cache import cache
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils.safestring import SafeString

from shop.core.models import CacheVersion
from shop.core.plain import Garbled, from_plain, to_plain

T = TypeVar("T")
logger = logging.getLogger(__name__)

CATALOG = "catalog"
# How long another process may go on showing the old version.
MEMO_SECONDS = 1.0
FRAGMENT_SECONDS = 60 * 60

_memo = threading.local()


def keep(key: str, value: object, seconds: int) -> None:
    """Put `value` into the cache for at most `seconds`, in its plain form (`shop.core.plain`)."""
    cache.set(key, to_plain(value), seconds)


def keep_many(values: Mapping[str, object], seconds: int) -> None:
    """Put several values into the cache."""
    cache.set_many({key: to_plain(value) for key, value in values.items()}, seconds)


def recall(kind: type[T], key: str) -> T | None:
    """The value of type `kind` that is kept under `key`; None where there is none, or something else."""
    return recall_many(kind, [key]).get(key)


def recall_many(kind: type[T], keys: Iterable[str]) -> dict[str, T]:
    """The values of type `kind` that are kept under `keys`, by key."""
    found = {}
    for key, data in cache.get_many(list(keys)).items():
        try:
            found[key] = from_plain(kind, data)
        except Garbled as garbled:
            logger.warning("The cache holds something odd under %s: %s", key, garbled)
    return found


def kept(kind: type[T], key: str, seconds: int, make: Callable[[], T]) -> T:
    """What is kept under `key`, made and kept where there is nothing."""
    found = recall(kind, key)
    if found is None:
        found = make()
        keep(key, found, seconds)
    return found


def catalog_version() -> int:
    """The catalog's version; asked of the database at most once a second in each thread."""
    now = time.monotonic()
    if now < getattr(_memo, "expires", 0.0):
        return int(_memo.version)
    rows = CacheVersion.objects.filter(name=CATALOG).values_list("version", flat=True)
    try:
        _memo.version = rows.first() or 0
    except (OperationalError, InterfaceError):
        # While the database is away, the pages that are cached go on being served.
        if not hasattr(_memo, "version"):
            raise
        logger.warning("The database does not answer; pages stay as they were")
    _memo.expires = now + MEMO_SECONDS
    return int(_memo.version)


def forget_catalog_version() -> None:
    """Ask the database the next time."""
    _memo.expires = 0.0


def bump_catalog_version() -> None:
    """Make every cached catalog page stale when the current transaction commits, once per transaction."""
    connection = transaction.get_connection()
    if connection.in_atomic_block and any(
        function is _bump for _ids, function, *_rest in connection.run_on_commit
    ):
        return
    transaction.on_commit(_bump)


def _bump() -> None:
    if not CacheVersion.objects.filter(name=CATALOG).update(version=F("version") + 1):
        CacheVersion.objects.get_or_create(name=CATALOG, defaults={"version": 1})
    forget_catalog_version()


def fragment(
    key_parts: tuple[object, ...], render: Callable[[], str], seconds: int = FRAGMENT_SECONDS
) -> SafeString:
    """The HTML cached under `key_parts`, rendered if it is not there. The parts must name all it depends on."""
    text = "\x1f".join(str(part) for part in key_parts)
    key = "fragment:" + hashlib.sha256(text.encode()).hexdigest()[:40]
    return SafeString(kept(str, key, seconds, lambda: str(render())))
