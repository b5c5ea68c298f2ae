"""Servers under measurement: gunicorn with two workers, and what their processes cost."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn: its port, its master process and how long it took to answer."""

    port: int
    pid: int
    start_seconds: float

    def processes(self) -> list[int]:
        """The master and all that descend from it."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            queue += children.get(pid, [])
        return found

    def cpu_seconds(self) -> float:
        """User and system time of the process tree so far, to the microsecond."""
        # clock_getcpuclockid(3): the clock of another process; /proc counts in steps of 10 ms.
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.processes())

    def worker_megabytes(self) -> tuple[float, float]:
        """Resident memory of the largest worker: its share (PSS), and with all that it
        shares with others (RSS).
        """
        sizes = []
        for pid in self.processes()[1:]:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
            kilobytes = {name: int(size) for name, size, *_unit in map(str.split, lines)}
            sizes.append((kilobytes["Pss:"] * 1024 / 1e6, kilobytes["Rss:"] * 1024 / 1e6))
        return max(sizes)


@contextmanager
def serving(
    application: str, port: int, environment: dict[str, str], probe: str, config: str
) -> Iterator[Server]:
    """Gunicorn with two workers of four threads and the settings that `config`
    names, until the block ends.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"),
            *("--config", config),
            *("--workers", "2", "--threads", "4", "--log-level", "warning", "--keep-alive", "600"),
        ],
        env={**os.environ, **environment},
    )
    try:
        while not answers(port, probe):
            if process.poll() is not None or time.monotonic() - started > START_SECONDS:
                raise SystemExit(f"{application} did not start on port {port}.")
            time.sleep(0.02)
        yield Server(port, process.pid, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def answers(port: int, path: str) -> bool:
    """Whether a GET there is answered with 200."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("GET", path)
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()
