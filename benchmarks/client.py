"""A client with keep-alive, and the loop that measures."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.servers import Server


class Client:
    """One connection to one server; keeps cookies as a browser would."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def request(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """(status, body); raises `AssertionError` for a server error."""
        sent = {"Accept-Encoding": "gzip", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        content = response.read()
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _equals, rest = header.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        assert response.status < 500, f"{method} {path}: {response.status}"
        return response.status, content

    def get(self, path: str) -> bytes:
        """The body of a page that must be there."""
        status, content = self.request("GET", path)
        assert status == 200, f"GET {path}: {status}"
        return content

    def call(self, method: str, path: str, data: Any, **headers: str) -> Any:
        """The `data` of an API call that must succeed."""
        status, content = self.request(
            method,
            path,
            None if data is None else json.dumps(data),
            {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers},
        )
        assert status < 300, f"{method} {path}: {status} {content[:300]!r}"
        answer = json.loads(content)
        return answer.get("data", answer)


@dataclass(slots=True)
class Figure:
    """What one scenario cost, measured in several rounds."""

    name: str
    cpu_ms: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Median CPU milliseconds of the process tree for one request."""
        return statistics.median(self.cpu_ms)


def measure(figure: Figure, server: Server, act: Callable[[int], None], times: int) -> None:
    """One round: `act(0)` … `act(times - 1)`, one after the other."""
    cpu_before = server.cpu_seconds()
    for index in range(times):
        act(index)
    figure.cpu_ms.append((server.cpu_seconds() - cpu_before) * 1000 / times)


def rate(acts: list[Callable[[int], None]], times: int) -> tuple[float, float]:
    """Acts a second with one thread for each of `acts`, each done `times` times; and
    the 95th percentile in ms.
    """
    walls: list[float] = []
    failures: list[BaseException] = []

    def work(act: Callable[[int], None]) -> None:
        try:
            for index in range(times):
                started = time.perf_counter()
                act(index)
                walls.append((time.perf_counter() - started) * 1000)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    seconds = time.perf_counter() - started
    return len(walls) / seconds, sorted(walls)[int(len(walls) * 0.95)]
