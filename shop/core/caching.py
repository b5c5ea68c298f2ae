"""Caches with explicit keys: versions of what changes slowly, fragments of pages,
rows remembered in process.

A page or fragment is cached under everything it depends on, so nothing is ever purged: when the
catalog changes, its version goes up and old keys are simply not asked for again.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils.safestring import SafeString

from shop.core.models import CacheVersion
from shop.core.plain import Garbled, from_plain, to_plain
from shop.core.prepared import Prepared

T = TypeVar("T")
logger = logging.getLogger(__name__)

CATALOG = "catalog"
# How long another process may go on showing the old version.
MEMO_SECONDS = 1.0
FRAGMENT_SECONDS = 60 * 60
REMEMBERED_SECONDS = 300.0

_memo = threading.local()
# What any thread of this process was told last, for those that never asked before
# the database went away.
_last_told: dict[str, int] = {}
_shared: dict[str, tuple[Standing, float, Any]] = {}
_numbers = itertools.count(1)


def keep(key: str, value: object, seconds: int) -> None:
    """Put `value` into the cache for at most `seconds`, in its plain form (`shop.core.plain`)."""
    cache.set(key, to_plain(value), seconds)


def keep_many(values: Mapping[str, object], seconds: int) -> None:
    """Put several values into the cache."""
    cache.set_many({key: to_plain(value) for key, value in values.items()}, seconds)


def recall(kind: type[T], key: str) -> T | None:
    """The value of type `kind` that is kept under `key`; None where there is none,
    or something else.
    """
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
        _memo.version = _last_told[CATALOG] = rows.first() or 0
    except (OperationalError, InterfaceError):
        # While the database is away, the pages that are cached go on being served.
        if CATALOG not in _last_told:
            raise
        _memo.version = _last_told[CATALOG]
        logger.warning("The database does not answer; pages stay as they were")
    _memo.expires = now + MEMO_SECONDS
    return int(_memo.version)


def forget_catalog_version() -> None:
    """Ask the database the next time."""
    _memo.expires = 0.0


def bump_catalog_version() -> None:
    """Make every cached catalog page stale when the current transaction commits,
    once per transaction.
    """
    bump_version(CATALOG)


def bump_version(name: str) -> None:
    """Raise the version of `name` when the current transaction commits, once per transaction."""
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        here = frozenset(connection.savepoint_ids)
        for savepoints, change, *_rest in connection.run_on_commit:
            if isinstance(change, _Change) and change.name == name and here == savepoints:
                change.renew()
                return
    transaction.on_commit(_Change(name))


class _Change:
    """A change of this transaction that its commit will tell.

    Django drops it if its savepoint is rolled back.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.renew()

    def renew(self) -> None:
        """A number that no other state of these rows has had in this process."""
        self.number = next(_numbers)

    def __call__(self) -> None:
        told: dict[str, int] = _memo.__dict__.setdefault("told", {})
        if self.number <= told.get(self.name, 0):
            # An earlier change of the same commit has told for all.
            return
        if not CacheVersion.objects.filter(name=self.name).update(version=F("version") + 1):
            CacheVersion.objects.get_or_create(name=self.name, defaults={"version": 1})
        told[self.name] = next(_numbers)
        if self.name == CATALOG:
            forget_catalog_version()


# Rows remembered in process -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What rows are remembered under: versions as committed, and this transaction's own changes."""

    versions: tuple[int, ...]
    changes: tuple[int, ...]


# Asked with every quote.
_versions: Prepared[Any] = Prepared(
    lambda names: CacheVersion.objects.filter(name__in=names).values_list("name", "version")
)


def standing(*names: str) -> Standing:
    """Return the versions of `names` as this transaction sees them: 1 query."""
    rows: dict[str, int] = dict(_versions(names=names))
    connection = transaction.get_connection()
    return Standing(
        tuple(rows.get(name, 0) for name in names),
        tuple(
            change.number
            for _savepoints, change, *_rest in connection.run_on_commit
            if isinstance(change, _Change) and change.name in names
        ),
    )


def remembered(part: str, now: Standing, load: Callable[[], T]) -> T:
    """Return what `load` gave for the versions in `now`, loaded once per version and process.

    A transaction that has changed something itself sees its own rows, and nobody else does. The
    values are shared by all threads: nobody may change them.
    """
    rows: dict[str, tuple[Standing, float, Any]] = (
        _memo.__dict__.setdefault("own", {}) if now.changes else _shared
    )
    found = rows.get(part)
    if found is None or found[0] != now or found[1] < time.monotonic():
        # A process that dies between a commit and what it tells of it leaves the version behind.
        rows[part] = found = (now, time.monotonic() + REMEMBERED_SECONDS, load())
    value: T = found[2]
    return value


def forget_remembered() -> None:
    """Load everything again the next time."""
    _shared.clear()
    _memo.__dict__.pop("own", None)


def fragment(
    key_parts: tuple[object, ...], render: Callable[[], str], seconds: int = FRAGMENT_SECONDS
) -> SafeString:
    """The HTML cached under `key_parts`, rendered if it is not there.

    The parts must name all it depends on.
    """
    text = "\x1f".join(str(part) for part in key_parts)
    key = "fragment:" + hashlib.sha256(text.encode()).hexdigest()[:40]
    return SafeString(kept(str, key, seconds, lambda: str(render())))
