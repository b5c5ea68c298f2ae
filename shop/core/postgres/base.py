"""The backend that `DATABASES` names; Django finds it by the name of this module."""

from __future__ import annotations

import select
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus

from shop.core.postgres.watch import DOUBT_SECONDS, watch

# How often a statement that waits is looked at: psycopg sends its generator a 0 then.
TICK_SECONDS = 0.1
NOTHING_YET = 0
AWAY = "The database does not answer."


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that gives a statement up once the database answers nobody."""

    def wait(self, gen: Any, interval: float = TICK_SECONDS, timeout: float | None = None) -> Any:
        """Do what psycopg does, looking up now and then."""
        try:
            return super().wait(self._looking_up(gen), interval, timeout)
        except psycopg.OperationalError:
            if self.pgconn.status == ConnStatus.BAD:
                watch.ask()
            raise

    def _looking_up(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        ticks = 0
        try:
            state = next(gen)
            while True:
                ready = yield state
                if ready == NOTHING_YET:
                    ticks += 1
                    if ticks * TICK_SECONDS >= DOUBT_SECONDS:
                        self._doubt()
                state = gen.send(ready)
        except StopIteration as done:
            return done.value

    def _doubt(self) -> None:
        watch.ask()
        if watch.is_silent:
            # Without asking the server, as nobody can tell how far it got.
            self.close()
            raise psycopg.OperationalError(AWAY)


class DatabaseWrapper(base.DatabaseWrapper):
    """Fails at once while the database is known to be away, and hands out living
    connections only.
    """

    Database = SimpleNamespace(  # type: ignore[assignment]  # all that Django asks of it
        **vars(psycopg) | {"connect": WatchedConnection.connect}
    )

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(settings_dict, alias)
        if pool := settings_dict["OPTIONS"].get("pool"):
            pool["connection_class"] = WatchedConnection

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection from the pool, or a new one. Raises psycopg's `OperationalError`."""
        if self.settings_dict["NAME"]:
            watch.parameters = {**conn_params, "application_name": "linden-watch"}
        if watch.is_away:
            raise psycopg.OperationalError(AWAY)
        try:
            return self._living_connection(conn_params)
        except psycopg.OperationalError:
            watch.ask()
            raise

    def _living_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        while self.pool and _is_hung_up(connection):
            # Each of those that a restart of the server has left behind.
            connection.close()
            self.pool.putconn(connection)
            watch.ask()
            connection = super().get_new_connection(conn_params)
        return connection


def _is_hung_up(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has closed an idle connection; costs no round trip."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))
