"""What the planner believes."""

from __future__ import annotations

from django.db import connection


def counted_rows(table: str) -> int | None:
    """The rows a table had when it was counted last; None if it never was."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [table])
            count = cursor.fetchone()[0]
            return None if count < 0 else int(count)
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table])
        row = cursor.fetchone()
        return int(row[0].split()[0]) if row else None
