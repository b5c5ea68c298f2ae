"""Questions that are asked with every order or page: their SQL is written once in each process.

    open_cart_of = Prepared(lambda token: Cart.objects.open().filter(token=token))

    cart = open_cart_of.first(token=token)

Django writes the SQL of a queryset again each time it is evaluated; for a row with its relations
that costs more than asking PostgreSQL and reading the answer. The question stays an ordinary
queryset, to be read, composed and tested as any other. It may depend on its parameters only through
values in the SQL: never on the clock, a setting or a length.

This reaches below Django's public API, so `settings.PREPARED_QUERIES` turns it off, which it does
by itself on a Django that it was not tested with: every question is then an ordinary queryset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models.query import (
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
    prefetch_related_objects,
)

M = TypeVar("M", bound=models.Model)
Value = int | str | datetime | Sequence[int] | Sequence[str]

LONGEST_KEPT = 50
# Stand where the values will: none of ours is ever one of them.
_FIRST_MARK = 7_700_000_000_000_000_000
_FIRST_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)


class Prepared(Generic[M]):
    """A queryset as a function of its parameters: whole numbers, texts, moments, and
    sequences of the first two.

    A sequence of another length is another SQL. Of `values_list()` the rows are tuples. Calling it
    runs one query, and those of `prefetch_related`. Raises `TypeError` the first time if a
    parameter is not found in the SQL as it is, as for a whole number that is compared with a
    column of less than 64 bits.
    """

    def __init__(self, ask: Callable[..., models.QuerySet[M]]) -> None:
        self.ask = ask
        self._plans: dict[tuple[object, ...], _Plan[M]] = {}

    def __call__(self, **values: Value) -> list[M]:
        """The rows."""
        if not settings.PREPARED_QUERIES or not all(_has_plan(value) for value in values.values()):
            return list(self.ask(**values))
        connection = connections[DEFAULT_DB_ALIAS]
        key = (connection.vendor, *((name, _kind(value)) for name, value in values.items()))
        plan = self._plans.get(key)
        if plan is None:
            try:
                plan = _Plan(self.ask, values)
            except EmptyResultSet:
                raise TypeError("The mark of a parameter does not fit its column.") from None
            if all(_is_short(value) for value in values.values()):
                self._plans[key] = plan
        return plan.run(values)

    def first(self, **values: Value) -> M | None:
        """The first row, or None. The question itself should ask for no more than it needs."""
        rows = self(**values)
        return rows[0] if rows else None


def keep_loaded(row: models.Model, name: str, related: Sequence[models.Model]) -> None:
    """Let `row.<name>.all()` answer with `related`, as if `prefetch_related` had loaded it."""
    field = getattr(type(row), name).field
    for other in related:
        field.set_cached_value(other, row)
    loaded = getattr(row, name).all()
    loaded._result_cache = list(related)
    loaded._prefetch_done = True
    cache: dict[str, Any] = row.__dict__.setdefault("_prefetched_objects_cache", {})
    cache[name] = loaded


def _is_one(value: Value) -> bool:
    return isinstance(value, int | str | datetime)


def _has_plan(value: Value) -> bool:
    """Whether SQL can be kept for a value: Django alone knows what a number that no column holds
    and a sequence of nothing mean for each comparison.
    """
    if isinstance(value, str | datetime):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return len(value) > 0 and all(_has_plan(each) for each in value)


def _is_short(value: Value) -> bool:
    """Whether the SQL is worth keeping: a long sequence hardly comes twice, and a plan for
    each length fills the memory.
    """
    return _is_one(value) or len(value) <= LONGEST_KEPT  # type: ignore[arg-type]


def _kind(value: Value) -> object:
    if isinstance(value, int | str | datetime):
        return type(value)
    return (len(value), type(value[0]) if value else None)


class _Plan(Generic[M]):
    """The SQL of one shape of a question, where its values go, and how a row becomes an object."""

    def __init__(self, ask: Callable[..., models.QuerySet[M]], values: dict[str, Value]) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        marks = _marks(values)
        queryset = ask(**marks)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        self.sql, params = compiler.as_sql()
        self.constants = list(params)
        self.places = _places(self.constants, marks, connection)
        self.locks = queryset.query.select_for_update
        self.prefetches = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        # From here on what `ModelIterable` works out for each evaluation.
        select, klass_info = compiler.select, compiler.klass_info
        self.converters = list(
            compiler.get_converters([column[0] for column in select[: compiler.col_count]]).items()
        )
        kind: Any = queryset._iterable_class
        if kind is not ModelIterable and kind is not ValuesListIterable:
            raise TypeError("A prepared question gives objects or values_list() rows.")
        makes_objects = issubclass(kind, ModelIterable)
        self.model: type[M] | None = klass_info["model"] if makes_objects else None
        if not makes_objects:  # `values_list()`
            return
        fields = klass_info["select_fields"]
        self.start, self.end = fields[0], fields[-1] + 1
        self.names = [column[0].target.attname for column in select[self.start : self.end]]
        self.populators = get_related_populators(  # type: ignore[call-arg]  # the stubs are those of Django 6
            klass_info, select, DEFAULT_DB_ALIAS
        )
        self.annotations = list((compiler.annotation_col_map or {}).items())

    def run(self, values: dict[str, Value]) -> list[M]:
        """The rows for these values."""
        connection = connections[DEFAULT_DB_ALIAS]
        if self.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("A lock needs a transaction.")
        params = list(self.constants)
        for name, adapted in _flat(values, connection):
            for place in self.places[name]:
                params[place] = adapted
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        converted = [self._converted(row, connection) for row in rows]
        if self.model is None:
            return [tuple(row) for row in converted]  # type: ignore[misc]  # what M is then
        found = [self._object(self.model, row) for row in converted]
        if self.prefetches and found:
            prefetch_related_objects(found, *self.prefetches)
        return found

    def _converted(self, row: Sequence[Any], connection: Any) -> Sequence[Any]:
        if not self.converters:
            return row
        converted = list(row)
        for place, (converters, expression) in self.converters:
            for convert in converters:
                converted[place] = convert(converted[place], expression, connection)
        return converted

    def _object(self, model: type[M], row: Sequence[Any]) -> M:
        found = model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.start : self.end])
        for populator in self.populators:
            populator.populate(row, found)
        for name, place in self.annotations:
            setattr(found, name, row[place])
        return found


def _marks(values: dict[str, Value]) -> dict[str, Any]:
    numbers = iter(range(_FIRST_MARK, _FIRST_MARK + 100_000))

    def mark(value: object) -> Any:
        number = next(numbers)
        if isinstance(value, datetime):
            return _FIRST_MOMENT + timedelta(seconds=number - _FIRST_MARK)
        return number if isinstance(value, int) else f"mark-{number}"

    return {
        name: mark(value)
        if isinstance(value, int | str | datetime)
        else [mark(each) for each in value]
        for name, value in values.items()
    }


def _flat(values: dict[str, Any], connection: Any) -> list[tuple[tuple[str, int], Any]]:
    """((name, place in the sequence), value as the database takes it)."""
    flat = []
    for name, value in values.items():
        is_one = isinstance(value, int | str | datetime)
        for index, each in enumerate([value] if is_one else value):
            if isinstance(each, datetime):
                each = connection.ops.adapt_datetimefield_value(each)  # noqa: PLW2901
            flat.append(((name, index), each))
    return flat


def _places(
    params: Sequence[Any], marks: dict[str, Any], connection: Any
) -> dict[tuple[str, int], list[int]]:
    """Where in `params` each mark has come to stand."""
    found: dict[tuple[str, int], list[int]] = {}
    for name, mark in _flat(marks, connection):
        found[name] = [place for place, param in enumerate(params) if param == mark]
        if not found[name]:
            raise TypeError(f"The parameter {name[0]} does not reach the SQL as it is.")
    known = set(chain.from_iterable(found.values()))
    for place, param in enumerate(params):
        if place not in known and (str(_FIRST_MARK)[:8] in str(param) or "9000-" in str(param)):
            raise TypeError("A parameter reaches the SQL changed.")
    return found
