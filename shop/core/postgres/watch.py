"""Whether the database answers, as far as this process knows.

Nobody waits for a database that is gone: who meets trouble asks here, one thread connects
again until that works, and meanwhile everybody else fails at once. A frozen server keeps its
sockets alive, so that neither keepalives nor `tcp_user_timeout` notice: a statement that has
waited for a while asks, too, and is given up if a new connection gets no answer either. One
that is merely slow goes on.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import psycopg

logger = logging.getLogger(__name__)

# A statement that has waited this long asks whether the database answers at all,
# at most once in a second.
DOUBT_SECONDS = 0.7
ASK_AGAIN_SECONDS = 1.0
# A question without an answer for this long: the database is frozen, or its machine is gone.
SILENCE_SECONDS = 1.2
RETRY_SECONDS = 0.3

SILENT = (psycopg.errors.ConnectionTimeout, psycopg.errors._WaitTimeout)


class Probe(psycopg.Connection[Any]):
    """A connection that waits for nothing longer than two seconds."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Give up early."""
        return super().wait(gen, interval, timeout or 2.0)


class Watch:
    """What a process knows of its database. All threads share one."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked_at: float | None = None
        self._answered_at = 0.0
        self._has_failed = False

    @property
    def is_silent(self) -> bool:
        """Whether a question has been open for too long."""
        asked_at = self._asked_at
        return asked_at is not None and time.monotonic() - asked_at > SILENCE_SECONDS

    @property
    def is_away(self) -> bool:
        """Whether a new connection would only be waited for."""
        return self._has_failed or self.is_silent

    def ask(self) -> None:
        """Find out whether the database answers, in a thread; many that ask at
        once are one question.
        """
        if time.monotonic() - self._answered_at < ASK_AGAIN_SECONDS and not self._has_failed:
            return
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._asked_at = time.monotonic()
            self._thread = threading.Thread(
                target=self._ask_until_answered, name="database-watch", daemon=True
            )
            self._thread.start()

    def _ask_until_answered(self) -> None:
        while not self._is_answered():
            time.sleep(RETRY_SECONDS)

    def _is_answered(self) -> bool:
        try:
            self._try()
        except SILENT as error:
            self._fail(error)
            return False
        except psycopg.Error as error:
            if "FATAL" not in str(error):
                self._fail(error)
                self._asked_at = None
                return False
            # It answers, though with a no: too many connections, or it is starting up.
        if self._has_failed:
            logger.warning("The database answers again")
        self._answered_at = time.monotonic()
        self._asked_at, self._has_failed = None, False
        return True

    def _try(self) -> None:
        with Probe.connect(**self.parameters) as connection:
            connection.execute("SELECT 1")

    def _fail(self, error: psycopg.Error) -> None:
        if not self._has_failed:
            logger.error("The database does not answer: %s", error)
        self._has_failed = True


watch = Watch()
