"""What every queryset of ours can do."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models.constants import OnConflict

M = TypeVar("M", bound=models.Model)


class LockingQuerySet(models.QuerySet[M]):
    """A queryset whose rows can be locked in an order that cannot deadlock."""

    def locked(self) -> Self:
        """Rows locked until the transaction ends, in primary-key order.

        Evaluate it at once: a lazy lock locks nothing. On SQLite the transaction
        itself is the lock.
        """
        return self.select_for_update(of=("self",)).order_by("pk")


def insert_if_new(row: models.Model) -> bool:
    """Insert `row`, unless a row that is unique stands in its way: then False, and
    nothing is written.

    One statement, where catching `IntegrityError` takes a savepoint around it. A twin that has not
    committed yet is waited for, and its row can be read afterwards.
    """
    model = type(row)
    key = model._meta.pk
    fields = [field for field in model._meta.concrete_fields if field is not key]
    # What `bulk_create(ignore_conflicts=True)` runs; only it does not tell whether it has inserted.
    returned = model._base_manager.all()._insert(  # type: ignore[attr-defined]  # Django's own name
        [row], fields=fields, returning_fields=[key], on_conflict=OnConflict.IGNORE
    )
    if not returned or returned[0] is None:
        return False
    (row.pk,) = returned[0]
    row._state.adding = False
    return True
