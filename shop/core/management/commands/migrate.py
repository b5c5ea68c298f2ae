"""`manage.py migrate` with a short lock timeout, so that migrations do not block a running shop."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoCommand
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# While a migration waits for a table, everybody who comes after it waits behind it: so it waits
# this long, lets the others go on, and comes back after a pause.
LOCK_TIMEOUT_MS = 2000
PAUSES = (1, 2, 5, 10, 20, 30, 60)
# lock_not_available: https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOCK_NOT_AVAILABLE = "55P03"


class Command(DjangoCommand):
    """Django's command. On PostgreSQL a table in use is asked for again, after growing pauses."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database up to date. What was applied before a refusal stays applied."""
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        for number, pause in enumerate((*PAUSES, None), start=1):
            _set_limits(connection)
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                if pause is None:
                    raise CommandError(
                        f"A table was still locked after {number} attempts. Migrations that were "
                        "already applied stay applied. End long transactions (see "
                        "pg_stat_activity), then run migrate again."
                    ) from error
                self.stderr.write(f"A table is locked. Retrying in {pause} s.")
                time.sleep(pause)
            else:
                return


def _set_limits(connection: BaseDatabaseWrapper) -> None:
    """Wait for locks a moment, and for large tables as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        cursor.execute("SET statement_timeout = 0")
