"""Doing behind the shop's back what the shop refuses to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models


@contextmanager
def no_triggers() -> Iterator[None]:
    """PostgreSQL runs no trigger meanwhile, as for somebody who owns the database;
    inside a transaction.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def rows(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """All rows of a table, with Django's own queryset, which refuses nothing."""
    return models.QuerySet(model)
