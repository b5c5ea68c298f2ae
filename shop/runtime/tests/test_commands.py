"""`manage.py`: one line where the database stands in the way, and exit codes that tell
a finding from a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError, connection

from shop.core import integrity
from shop.runtime import commands


def run(monkeypatch, *arguments: str, error: Exception | None = None) -> int | str | None:
    """The exit code of a command line whose command raises `error`."""

    def execute(argv: list[str]) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(commands, "execute_from_command_line", execute)
    with pytest.raises(SystemExit) as stopped:
        commands.run(["manage.py", *arguments])
    return stopped.value.code


def test_a_command_without_its_database_prints_one_line(monkeypatch, capsys):
    error = OperationalError(
        'connection to server at "db", port 5432 failed:\n\tConnection refused'
    )

    code = run(monkeypatch, "rebuild_search", error=error)

    assert code == 2
    assert capsys.readouterr().err == (
        "rebuild_search could not do its work. The database reports: connection to server at "
        '"db", port 5432 failed: Connection refused. Is it running, reachable at DATABASE_URL and '
        "migrated? --traceback shows more.\n"
    )


def test_a_command_that_examines_never_ends_a_failure_with_the_code_of_a_finding(
    monkeypatch, capsys
):
    code = run(monkeypatch, "reconcile_payments", error=KeyError("currency"))

    assert code == 2
    assert capsys.readouterr().err.startswith(
        "reconcile_payments could not do its work. KeyError: 'currency'."
    )


@pytest.mark.parametrize("error", [OperationalError("away"), ValueError("a bug")])
def test_a_traceback_is_shown_to_whoever_asks_and_for_faults_of_our_own(monkeypatch, error):
    arguments = ["demo"] if isinstance(error, ValueError) else ["demo", "--traceback"]

    with pytest.raises(type(error)):
        run(monkeypatch, *arguments, error=error)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("check_integrity", "0"), ("migrate", "0"), ("worker", None), ("serve", None)],
)
def test_only_what_serves_visitors_has_the_limit_of_the_web(monkeypatch, name, limit):
    monkeypatch.delenv("DATABASE_STATEMENT_SECONDS", raising=False)
    monkeypatch.setattr(commands, "execute_from_command_line", lambda argv: None)

    commands.run(["manage.py", name])

    assert os.environ.pop("DATABASE_STATEMENT_SECONDS", None) == limit


def test_a_limit_that_somebody_chose_stays(monkeypatch):
    monkeypatch.setenv("DATABASE_STATEMENT_SECONDS", "900")
    monkeypatch.setattr(commands, "execute_from_command_line", lambda argv: None)

    commands.run(["manage.py", "check_integrity"])

    assert os.environ["DATABASE_STATEMENT_SECONDS"] == "900"


def test_a_database_that_is_gone_is_one_line_and_exit_code_two(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check_integrity"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "ENVIRONMENT": "development",
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
            "LOG_TO_FILE": "off",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    # What the log says meanwhile starts with the time, and may come after the answer.
    (answer,) = [line for line in done.stderr.splitlines() if not line[:1].isdigit()]
    assert answer.startswith("CommandError: Could not look, at connecting: OperationalError:")


# check_integrity ---------------------------------------------------------------------------------


def broken_query(monkeypatch, error: Exception) -> None:
    """Make one promise's query fail."""

    def query(at: object) -> list[object]:
        raise error

    only_invariant(monkeypatch, query)


def only_invariant(monkeypatch, query: Callable[[object], list[object]]) -> None:
    """Let `query` be all that is checked.

    The command is loaded before: one that is loaded meanwhile would keep it for good.
    """
    import_module("shop.core.management.commands.check_integrity")
    promise = integrity.Invariant("I1", "Movements sum to on-hand", query)
    monkeypatch.setattr(integrity, "invariants", lambda: [promise])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        OperationalError("canceling statement due to statement timeout"),
        ProgrammingError('relation "inventory_movement" does not exist'),
        TypeError("a bug"),
    ],
)
def test_a_promise_that_cannot_be_checked_is_no_breach(monkeypatch, error):
    broken_query(monkeypatch, error)

    with pytest.raises(CommandError) as refusal:
        call_command("check_integrity")

    assert refusal.value.returncode == 2
    assert str(refusal.value) == f"Could not look, at I1: {type(error).__name__}: {error}"


@pytest.mark.django_db
def test_a_program_that_reads_the_findings_is_told_too(monkeypatch, capsys):
    broken_query(monkeypatch, OperationalError("away"))

    with pytest.raises(CommandError):
        call_command("check_integrity", "--json")

    assert json.loads(capsys.readouterr().out) == {
        "ok": None,
        "error": "Could not look, at I1: OperationalError: away",
    }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_promise_may_take_longer_than_a_page(monkeypatch):
    limits = []

    def query(at: object) -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            limits.extend(cursor.fetchone())
        return []

    only_invariant(monkeypatch, query)

    call_command("check_integrity")

    assert limits == ["0"]
