"""What in a migration would stop the previous release, which goes on selling until it is restarted.

The rules, for every migration beyond the first of its app:

- A new column takes NULL or has `db_default`: old code does not name it in an INSERT.
- Columns and tables are not removed, renamed or narrowed while old code names them. Let one release
  stop using them, and take them away in the next with an entry in `CONFIRMED`.
- What old code writes is not refused: no NOT NULL, UNIQUE or CHECK on columns that it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

_BREAKING_SQL = re.compile(
    r"\b(DROP\s+(COLUMN|TABLE)|RENAME\s+(TO|COLUMN)|SET\s+NOT\s+NULL)\b", re.IGNORECASE
)


def faults_of(migration: Migration, before: ProjectState) -> list[str]:
    """What in the migration breaks the release before it; `before` is the state
    that it starts from.
    """
    state = before.clone()
    new = _new_names(migration)
    found: list[str] = []
    for operation in migration.operations:
        found += _faults(operation, migration.app_label, state, new)
        operation.state_forwards(migration.app_label, state)
    return found


def _new_names(migration: Migration) -> set[str]:
    """`model.` of the tables and `model.field` of the columns that the migration itself makes."""
    names = set()
    for operation in migration.operations:
        if isinstance(operation, operations.CreateModel):
            names.add(f"{operation.name.lower()}.")
        elif isinstance(operation, operations.AddField):
            names.add(f"{operation.model_name.lower()}.{operation.name}")
    return names


def _faults(
    operation: Operation, app_label: str, state: ProjectState, new: set[str]
) -> Iterator[str]:
    model = str(getattr(operation, "model_name", "") or getattr(operation, "name", "")).lower()
    if f"{model}." in new:
        return
    match operation:
        case operations.AddField():
            if not _takes_nothing(operation.field):
                yield f"adds {model}.{operation.name} NOT NULL without db_default"
        case operations.AlterField():
            old = state.models[app_label, model].fields[operation.name]
            yield from _narrowings(f"{model}.{operation.name}", old, operation.field)
        case operations.RemoveField():
            yield f"removes {model}.{operation.name}, which the previous release selects"
        case operations.RenameField():
            yield f"renames {model}.{operation.old_name}"
        case operations.AddConstraint():
            columns = set(_columns(operation.constraint))
            if not any(f"{model}.{column}" in new for column in columns):
                yield f"adds {operation.constraint.name} on columns that old code writes"
        case operations.RunSQL():
            yield from _sql_faults(operation.sql)
        case operations.SeparateDatabaseAndState():
            yield from _separated(operation, app_label, state, new)
        case _:
            yield from _faults_of_tables(operation, model)


def _faults_of_tables(operation: Operation, model: str) -> Iterator[str]:
    match operation:
        case operations.DeleteModel():
            yield f"deletes the table of {model}"
        case operations.RenameModel():
            yield f"renames the table of {operation.old_name.lower()}"
        case operations.AlterModelTable():
            yield f"renames the table of {model}"
        case operations.AlterUniqueTogether():
            yield f"changes what is unique together in {model}"


def _separated(
    operation: operations.SeparateDatabaseAndState,
    app_label: str,
    state: ProjectState,
    new: set[str],
) -> Iterator[str]:
    for part in operation.database_operations:
        yield from _faults(part, app_label, state, new)
    for part in operation.state_operations:
        # The column stays: code that does not know it any more leaves it out of its INSERTs.
        if isinstance(part, operations.RemoveField):
            field = state.models[app_label, part.model_name.lower()].fields[part.name]
            if not _takes_nothing(field):
                yield f"forgets {part.model_name.lower()}.{part.name}, NOT NULL without db_default"


def _takes_nothing(field: models.Field) -> bool:
    """Whether an INSERT may leave the column out."""
    return (
        field.null
        or field.many_to_many
        or field.db_default is not NOT_PROVIDED
        or isinstance(field, models.GeneratedField)
    )


def _narrowings(name: str, old: models.Field, new: models.Field) -> Iterator[str]:
    if old.null and not new.null:
        yield f"makes {name} NOT NULL, where old code may write NULL"
    if new.unique and not old.unique:
        yield f"makes {name} unique"
    if (old.max_length or 0) > (new.max_length or old.max_length or 0):
        yield f"shortens {name}"
    if (old.db_column or "") != (new.db_column or ""):
        yield f"renames the column of {name}"
    if old.db_default is not NOT_PROVIDED and new.db_default is NOT_PROVIDED and not new.null:
        yield f"takes db_default from {name}"
    widenings = {("SmallIntegerField", "IntegerField"), ("IntegerField", "BigIntegerField")}
    widenings |= {("PositiveSmallIntegerField", "PositiveIntegerField"), ("CharField", "TextField")}
    widenings |= {("EmailField", "CharField"), ("SlugField", "CharField")}
    kinds = (_kind(old), _kind(new))
    if kinds[0] != kinds[1] and kinds not in widenings:
        yield f"makes {name} a {kinds[1]}"


def _kind(field: models.Field) -> str:
    kind = field.get_internal_type()
    return "ForeignKey" if kind == "OneToOneField" else kind


def _columns(constraint: models.BaseConstraint) -> Iterator[str]:
    """Names of columns in a constraint, wherever they stand in its expressions."""
    yield from getattr(constraint, "fields", ())
    parts: list[object] = [
        getattr(constraint, "condition", None),
        getattr(constraint, "check", None) if not hasattr(constraint, "condition") else None,
        *getattr(constraint, "expressions", ()),
    ]
    while parts:
        part = parts.pop()
        if isinstance(part, models.F):
            yield part.name
        elif isinstance(part, models.Q):
            parts += part.children
        elif isinstance(part, tuple):
            yield str(part[0]).partition("__")[0]
            parts.append(part[1])
        elif isinstance(part, models.Expression):
            parts += part.get_source_expressions()


def _sql_faults(sql: object) -> Iterator[str]:
    statements: Iterable[object] = [sql] if isinstance(sql, str) else _sequence(sql)
    for statement in statements:
        text = statement if isinstance(statement, str) else str(_sequence(statement)[0])
        if found := _BREAKING_SQL.search(text):
            yield f"runs SQL with {found[0]}"


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else []
