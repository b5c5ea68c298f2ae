"""One address for everything: a web server and a worker, started, watched and stopped together."""

from __future__ import annotations

import ctypes
import errno
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

from django.conf import settings

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
STOP_SECONDS = 25.0
# A worker that keeps dying comes back ever more slowly, so that the log stays readable.
RESTART_PAUSES = [1.0, 5.0, 30.0]
PR_SET_PDEATHSIG = 1


class PortTaken(Exception):
    """Somebody else listens there."""


class WebServerStopped(Exception):
    """The web server ended by itself."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the shop listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def bind(self) -> str:
        """The address as gunicorn wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def require_free(self) -> None:
        """Raise `PortTaken` if something listens there already."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken from error
                raise

    def answers(self) -> bool:
        """Whether a request there gets an answer, whatever it says."""
        host = self.url.removeprefix("http://").rpartition(":")[0].strip("[]")
        client = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            client.request("GET", "/healthz")
            client.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        else:
            return True
        finally:
            client.close()


def web_command(address: Address) -> list[str]:
    """How to start gunicorn there; the rest is in `gunicorn.conf.py`."""
    return [sys.executable, "-m", "gunicorn", "shop.wsgi", "--bind", address.bind]


def worker_command() -> list[str]:
    """How to start a background worker."""
    return [sys.executable, "manage.py", "worker"]


@dataclass
class Household:
    """The processes of one shop. `stop()` leaves none of them behind."""

    address: Address
    with_worker: bool = True
    _web: subprocess.Popen[bytes] | None = None
    _worker: subprocess.Popen[bytes] | None = None
    _deaths: int = 0
    _restart_at: float = 0.0
    _environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start all and return at once."""
        self._environment = {
            **os.environ,
            "HOST": self.address.host,
            "PORT": str(self.address.port),
        }
        self._web = self._spawn(web_command(self.address))
        if self.with_worker:
            self._worker = self._spawn(worker_command())

    def wait_until_open(self) -> None:
        """Return once the address answers. Raises `WebServerStopped` if it never does."""
        give_up_at = time.monotonic() + START_SECONDS
        while not self.address.answers():
            if self._web is None or self._web.poll() is not None or time.monotonic() > give_up_at:
                raise WebServerStopped
            time.sleep(0.05)

    def look_after(self) -> None:
        """Bring back a worker that died. Raises `WebServerStopped` if there is no web server."""
        if self._web is None or self._web.poll() is not None:
            raise WebServerStopped
        if self._worker is not None and self._worker.poll() is not None:
            pause = RESTART_PAUSES[min(self._deaths, len(RESTART_PAUSES) - 1)]
            logger.error(
                "The worker ended with %s; another starts in %s s", self._worker.returncode, pause
            )
            self._deaths += 1
            self._restart_at = time.monotonic() + pause
            self._worker = None
        elif self._worker is None and self.with_worker and time.monotonic() >= self._restart_at:
            self._worker = self._spawn(worker_command())

    def stop(self) -> None:
        """Let every process finish what it has begun, for a while; then end it."""
        processes = [process for process in (self._web, self._worker) if process is not None]
        for process in processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        give_up_at = time.monotonic() + STOP_SECONDS
        for process in processes:
            try:
                process.wait(max(give_up_at - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                logger.warning("Process %s did not stop in time", process.pid)
                process.kill()
                process.wait()

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal reaches only us, and we stop it in order.
        return subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=self._environment,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )


def _end_with_parent() -> None:
    """Ask Linux for a SIGTERM when the process that started us is gone, however it ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
