"""The shop while its database is stopped, and while it is frozen: a drill with servers of its own.

Cached pages go on, everything else says within three seconds that it is to be tried
again, a probe of the process is always answered at once, and five seconds after the
database is back the shop sells.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.postgres import OwnPostgres
from tests.test_serve import ROOT, answers, developers_shell

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

TROUBLE_SECONDS = 4.0
ANSWER_SECONDS = 3.0
HEALTH_SECONDS = 0.5
BACK_SECONDS = 5.0
THREADS = 4
SKU = "DRILL-1"
CATALOG = f"""
import django; django.setup()
from catalog.tests.factories import VariantFactory
VariantFactory(sku="{SKU}", on_hand=1000)
"""


@dataclass(frozen=True)
class Seen:
    """One answer, and how long it took."""

    path: str
    status: int
    seconds: float
    retry_after: str | None


@dataclass
class Shop:
    """A web server on a port."""

    port: int
    process: subprocess.Popen[bytes]
    seen: list[Seen] = field(default_factory=list)

    def ask(self, path: str, body: object = None) -> Seen:
        """Send a request and wait for its answer, however long it takes."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        started = time.monotonic()
        try:
            if body is None:
                client.request("GET", path)
            else:
                headers = {"Content-Type": "application/json"}
                client.request("POST", path, json.dumps(body), headers)
            response = client.getresponse()
            response.read()
            seconds = time.monotonic() - started
            return Seen(path, response.status, seconds, response.getheader("Retry-After"))
        finally:
            client.close()

    def sell(self) -> Seen:
        """Put an item into a new cart, which reads and writes."""
        return self.ask("/api/cart/items", {"sku": SKU, "quantity": 1})

    def watch(self, path: str, stop: threading.Event, pause: float) -> threading.Thread:
        """Ask for a page again and again, in a thread."""

        def keep_asking() -> None:
            while not stop.is_set():
                self.seen.append(self.ask(path))
                stop.wait(pause)

        thread = threading.Thread(target=keep_asking)
        thread.start()
        return thread


@pytest.fixture(scope="module")
def database() -> Iterator[OwnPostgres]:
    server = OwnPostgres()
    yield server
    server.close()


@pytest.fixture(scope="module")
def shop(database: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("drill")
    environment = developers_shell(folder) | {
        "DATABASE_URL": database.url,
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": str(THREADS),
        "THROTTLE_ANON": "off",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }
    for command in (["manage.py", "migrate", "--verbosity", "0"], ["-c", CATALOG]):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "shop.wsgi"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    running = Shop(int(environment["PORT"]), process)
    try:
        while not answers(running.port):
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def under_load(shop: Shop, trouble: object) -> list[Seen]:
    """What visitors see during `trouble`, with more of them than the shop has threads."""
    shop.seen = []
    stop = threading.Event()
    # The cached page is in the cache by now, for as long as the drill takes.
    assert shop.ask("/").status == 200
    threads = [shop.watch("/api/products", stop, 0.02) for _number in range(2 * THREADS)]
    threads += [shop.watch("/", stop, 0.1), shop.watch("/healthz", stop, 0.05)]
    time.sleep(0.5)
    before = len(shop.seen)
    try:
        trouble()  # type: ignore[operator]
        time.sleep(TROUBLE_SECONDS)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return shop.seen[before:]


def seconds_until_it_sells(shop: Shop) -> float:
    started = time.monotonic()
    while shop.sell().status != 201:
        assert time.monotonic() - started < 60
        time.sleep(0.1)
    return time.monotonic() - started


def assert_promises_held(seen: list[Seen]) -> None:
    by_path = {path: [each for each in seen if each.path == path] for path in PATHS}
    assert all(by_path.values()), "every page was asked for"
    assert {each.status for each in by_path["/"]} == {200}
    assert {each.status for each in by_path["/healthz"]} == {200}
    assert {each.status for each in by_path["/api/products"]} <= {200, 503}
    refused = [each for each in seen if each.status == 503]
    assert refused, "the database was away"
    assert {each.retry_after for each in refused} == {"5"}
    assert max(each.seconds for each in seen) < ANSWER_SECONDS
    assert max(each.seconds for each in by_path["/healthz"]) < HEALTH_SECONDS


PATHS = ["/", "/healthz", "/api/products"]


def test_a_stopped_database_is_told_at_once_and_sold_with_soon_after_its_return(shop, database):
    assert shop.sell().status == 201

    seen = under_load(shop, database.stop)
    ready = shop.ask("/readyz")
    database.start()
    seconds = seconds_until_it_sells(shop)

    assert_promises_held(seen)
    assert (ready.status, ready.retry_after) == (503, "5")
    assert ready.seconds < ANSWER_SECONDS
    assert seconds < BACK_SECONDS


def test_a_frozen_database_is_told_in_three_seconds_and_sold_with_soon_after(shop, database):
    assert shop.sell().status == 201

    try:
        seen = under_load(shop, database.freeze)
        ready = shop.ask("/readyz")
    finally:
        database.thaw()
    seconds = seconds_until_it_sells(shop)

    assert_promises_held(seen)
    assert (ready.status, ready.retry_after) == (503, "5")
    assert ready.seconds < ANSWER_SECONDS
    assert seconds < BACK_SECONDS
