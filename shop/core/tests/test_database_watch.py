"""What a process knows of a database that does not answer, and that nobody waits for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError, connection

from shop.core import caching
from shop.core.postgres import base, watch
from shop.core.postgres.watch import Watch


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers, as a frozen server does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


def wait_for(condition, seconds: float = 5.0) -> bool:
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def test_a_database_that_refuses_is_away_at_once():
    seen = Watch()
    seen.parameters = {"host": "127.0.0.1", "port": 1, "dbname": "nothing"}

    seen.ask()

    assert wait_for(lambda: seen.is_away)
    assert not seen.is_silent


def test_a_database_that_says_nothing_is_away_after_a_moment(monkeypatch, silent_port):
    monkeypatch.setattr(watch, "SILENCE_SECONDS", 0.2)
    seen = Watch()
    seen.parameters = {"host": "127.0.0.1", "port": silent_port, "dbname": "nothing"}

    seen.ask()
    was_away_at_once = seen.is_away

    assert not was_away_at_once
    assert wait_for(lambda: seen.is_silent)
    assert seen.is_away


def test_many_that_ask_are_one_question(monkeypatch):
    tries = []
    release = threading.Event()

    def wait(self: Watch) -> None:
        tries.append(1)
        release.wait(5)

    monkeypatch.setattr(Watch, "_try", wait)
    seen = Watch()

    for _number in range(20):
        seen.ask()

    assert wait_for(lambda: bool(tries))
    release.set()
    assert len(tries) == 1


def test_it_is_back_as_soon_as_it_answers(monkeypatch):
    answers = [psycopg.OperationalError("connection refused"), None]
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0.01)

    def answer(self: Watch) -> None:
        if error := answers.pop(0):
            raise error

    monkeypatch.setattr(Watch, "_try", answer)
    seen = Watch()

    seen.ask()

    assert wait_for(lambda: not answers)
    assert wait_for(lambda: not seen.is_away)


def test_a_server_that_is_full_answers(monkeypatch):
    def answer(self: Watch) -> None:
        raise psycopg.OperationalError("FATAL:  sorry, too many clients already")

    monkeypatch.setattr(Watch, "_try", answer)
    seen = Watch()

    seen.ask()

    assert wait_for(lambda: seen._asked_at is None)
    assert not seen.is_away


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_connects_to_a_database_that_is_away(monkeypatch):
    connection.close()
    monkeypatch.setattr(base.watch, "_has_failed", True)
    started = time.monotonic()

    with pytest.raises(OperationalError, match="does not answer"):
        connection.ensure_connection()

    assert time.monotonic() - started < 0.1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_statement_that_is_merely_slow_goes_on(monkeypatch):
    monkeypatch.setattr(base, "DOUBT_SECONDS", 0.1)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.6), 1")
        row = cursor.fetchone()

    assert row[1] == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_statement_is_given_up_once_nobody_is_answered(monkeypatch):
    monkeypatch.setattr(base, "DOUBT_SECONDS", 0.1)
    monkeypatch.setattr(base.watch, "_asked_at", time.monotonic() - 60)
    monkeypatch.setattr(base.watch, "ask", lambda: None)
    started = time.monotonic()

    with (
        pytest.raises(OperationalError, match="does not answer"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(5)")

    assert time.monotonic() - started < 2
    monkeypatch.undo()
    connection.close()


@pytest.mark.django_db
def test_a_thread_that_never_asked_serves_what_another_was_told(monkeypatch):
    known = caching.catalog_version()
    seen = []

    def away(*_args: object, **_options: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)
    thread = threading.Thread(target=lambda: seen.append(caching.catalog_version()))
    thread.start()
    thread.join()

    assert seen == [known]
