"""How `manage.py` runs a command: with time for long statements, and one line where
it cannot look or finish.

Exit codes of the commands that examine something: 0 all is well, 1 something is wrong, 2
it could not be found out.
"""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line
from django.db import DatabaseError, InterfaceError

COULD_NOT = 2
# These examine: whatever keeps them from it must not look like a finding.
EXAMINING = ("check_", "reconcile_")
# These serve visitors: a statement that takes long is given up for the sake of the others.
HURRIED = frozenset({"serve", "worker", "runserver"})


def run(arguments: list[str]) -> None:
    """Run the command line; ends the process with 2 where the database stands in the way."""
    name = arguments[1] if len(arguments) > 1 else ""
    if name not in HURRIED:
        os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "0")
    try:
        execute_from_command_line(arguments)
    except Exception as error:
        is_database = isinstance(error, DatabaseError | InterfaceError)
        if "--traceback" in arguments or not (is_database or name.startswith(EXAMINING)):
            raise
        said = " ".join(str(error).split())
        where = "The database reports" if is_database else type(error).__name__
        hint = "Is it running, reachable at DATABASE_URL and migrated? " if is_database else ""
        sys.stderr.write(
            f"{name} could not do its work. {where}: {said}. {hint}--traceback shows more.\n"
        )
        sys.exit(COULD_NOT)
