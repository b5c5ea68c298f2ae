"""Ledgers: tables whose rows are added and never changed again.

A new ledger takes three lines: its model derives from `AppendOnly`, its queryset (if it has one
of its own) from `AppendOnlyQuerySet`, and a migration that depends on `("core",
"0002_append_only")` has the operation

    append_only("payments_paymententry")

PostgreSQL then refuses UPDATE, DELETE and TRUNCATE, whoever asks. SQLite rebuilds a table whenever
a column changes and drops its triggers in silence, so that there the models and querysets are the
guard, and people who open the file itself are not held back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import connection, models, transaction
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from shop.core.querysets import LockingQuerySet

M = TypeVar("M", bound=models.Model)

_erasing: ContextVar[frozenset[str]] = ContextVar("erasing", default=frozenset())


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or delete a row of a ledger. A mistake is set right by a new row."""

    def __init__(self, model: type[models.Model], act: str) -> None:
        super().__init__(f"{model._meta.label} is append-only: no {act}.")


class AppendOnlyQuerySet(LockingQuerySet[M]):
    """The questions asked of a ledger, and one act: adding rows."""

    def _refuse(self, act: str) -> NoReturn:
        raise AppendOnlyError(self.model, act)

    def update(self, **kwargs: Any) -> int:
        """Refuse: what happened stays as it is."""
        self._refuse("update")

    def bulk_update(self, objs: Any, fields: Iterable[str], batch_size: int | None = None) -> int:
        """Refuse: what happened stays as it is."""
        self._refuse("update")

    def bulk_create(self, objs: Any, *args: Any, **options: Any) -> list[M]:
        """Add rows. Rows that are there already are not written over."""
        if options.get("update_conflicts"):
            self._refuse("update")
        return super().bulk_create(objs, *args, **options)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse, unless the ledger may be erased and is being erased (see `erasing`)."""
        if self.model._meta.db_table not in _erasing.get():
            self._refuse("delete")
        return super().delete()

    # Managers get no such method, as with Django's own.
    delete.queryset_only = True  # type: ignore[attr-defined]

    # Below: what `Model.save` and the deleting of rows that point elsewhere go through.

    def _update(self, values: Any) -> int:
        self._refuse("update")

    def _raw_delete(self, using: str | None) -> int:
        if self.model._meta.db_table not in _erasing.get():
            self._refuse("delete")
        return int(super()._raw_delete(using))


class AppendOnly(models.Model):
    """A row of a ledger: added once, never changed, never deleted.

    `is_erasable`: rows may go together with the thing they are about, inside `erasing`. The table's
    operation must say so, too.
    """

    is_erasable: ClassVar[bool] = False

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        # Rows that would be deleted with others are looked up through this manager.
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises `AppendOnlyError` if it is there already."""
        if not self._state.adding:
            raise AppendOnlyError(type(self), "update")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: what happened stays."""
        raise AppendOnlyError(type(self), "delete")


@contextmanager
def erasing(*ledgers: type[AppendOnly]) -> Iterator[None]:
    """Let rows of these ledgers be deleted together with what they are about, within
    a transaction of its own.
    """
    for ledger in ledgers:
        if not ledger.is_erasable:
            raise AppendOnlyError(ledger, "delete")
    tables = frozenset(ledger._meta.db_table for ledger in ledgers)
    before = _erasing.set(tables)
    try:
        with transaction.atomic():
            _tell_database(",".join(sorted(tables)))
            yield
            _tell_database("")
    finally:
        _erasing.reset(before)


def _tell_database(tables: str) -> None:
    """Set what the triggers ask, until the transaction ends; a rollback takes it back as well."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('linden.erasing', %s, true)", [tables])


# Migrations ---------------------------------------------------------------------------------------

# One function for all ledgers. A connection opened with `-c linden.truncate=allowed` may empty
# them: the tests' database does, because Django's flush between tests truncates every table.
FUNCTION = """
CREATE OR REPLACE FUNCTION linden_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('linden.truncate', true) = 'allowed' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' AND TG_NARGS = 1 AND TG_TABLE_NAME = ANY (
        string_to_array(current_setting('linden.erasing', true), ',')
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""


class _OnPostgreSQL(RunSQL):
    """SQL that only PostgreSQL runs."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


def append_only_function() -> Operation:
    """The operation that writes what all triggers run; it stands before the first `append_only`."""
    return _OnPostgreSQL(FUNCTION, "DROP FUNCTION linden_append_only()")


def append_only(table: str, *, is_erasable: bool = False) -> Operation:
    """The operation that makes a table append-only; PostgreSQL only, reversible.

    With `is_erasable` a DELETE passes inside `erasing`.
    """
    argument = "'erasable'" if is_erasable else ""
    return _OnPostgreSQL(
        f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION linden_append_only({argument})",
        f'DROP TRIGGER append_only ON "{table}"',
    )
