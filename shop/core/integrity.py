"""The shop's own fsck: every promise about money, stock, coupons, states and trees as one query.

    @invariant("I1", "Movements sum to on-hand")
    def movements_sum_to_on_hand(at: datetime) -> Iterable[object]:
        return StockItem.objects....values_list("sku", flat=True)

Each app keeps its promises in its `integrity.py`; a query returns the ids of the rows that break
the promise, never personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule

Query = Callable[[datetime], Iterable[object]]

# How many ids of a breach are shown; the rest is counted.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, and the query that finds what breaks it."""

    code: str
    promise: str
    query: Query


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken promise: how many rows break it, and the first ids."""

    code: str
    promise: str
    count: int
    ids: list[str]


class CouldNotLook(Exception):
    """A promise could be neither confirmed nor refuted; the text says which, and why."""


_invariants: list[Invariant] = []


def invariant(code: str, promise: str) -> Callable[[Query], Query]:
    """Register the decorated query under `code`; codes sort as they are written."""

    def register(query: Query) -> Query:
        _invariants.append(Invariant(code, promise, query))
        return query

    return register


def invariants() -> list[Invariant]:
    """All promises of all apps, by number."""
    for config in apps.get_app_configs():
        # shop.core's own module of that name is this one.
        if config.name != "shop.core" and module_has_submodule(config.module, "integrity"):
            import_module(f"{config.name}.integrity")
    return sorted(
        _invariants, key=lambda promise: (int(promise.code[1:3].rstrip("abc")), promise.code)
    )


def check(
    *, at: datetime, only: frozenset[str] = frozenset()
) -> Iterator[tuple[Invariant, Breach | None]]:
    """Each promise with its breach, or None; all read from one snapshot of the database.

    Raises `CouldNotLook` if the database, or a query itself, stands in the way.
    """
    code = "connecting"
    try:
        nested = connection.in_atomic_block
        with transaction.atomic():
            if connection.vendor == "postgresql" and not nested:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    # The web's limit is for visitors who wait; a large shop takes
                    # longer to examine.
                    cursor.execute("SET LOCAL statement_timeout = 0")
            for promise in invariants():
                code = promise.code
                if only and code not in only:
                    continue
                ids = [str(row) for row in promise.query(at)]
                breach = Breach(code, promise.promise, len(ids), ids[:SHOWN]) if ids else None
                yield promise, breach
    except Exception as error:
        said = " ".join(str(error).split())
        raise CouldNotLook(f"Could not look, at {code}: {type(error).__name__}: {said}") from error
