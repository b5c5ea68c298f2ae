"""The planner's knowledge of how much is in a table."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import connection


def refresh_statistics(tables: Iterable[str]) -> None:
    """Count what tables hold, for whoever has just filled them with many rows.

    PostgreSQL does so by itself some time later; until then it expects one row where there are a
    hundred thousand, and reads all of them. SQLite never does.
    """
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def tables_of(*app_labels: str) -> list[str]:
    """All tables of these apps."""
    return [
        model._meta.db_table
        for label in app_labels
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
