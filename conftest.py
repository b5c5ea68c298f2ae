"""What every test shares: closed sockets, an empty cache, and the rule that CI
leaves nothing out.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client

from tests.chromium import ARGUMENTS, find_chromium
from tests.contract import check_answer

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LONGEST_NAME = 60
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave aside what runs elsewhere, PostgreSQL's own tests on SQLite and on PostgreSQL what
    needs no database, and skip walks without a browser.

    `make test` runs the suite on both databases, so the first lose nothing; the second is a skip,
    which the summary names.
    """
    if find_chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="No Chromium on this machine."))
    if connection.vendor == "postgresql":
        runs = [item for item in items if uses_database(item)]
    else:
        runs = [item for item in items if not item.get_closest_marker("postgres")]
    if len(runs) < len(items):
        kept = set(runs)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = runs


def uses_database(item: pytest.Item) -> bool:
    """Whether a test asks for the database, by a mark or through a fixture."""
    fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", []))
    return bool(fixtures) or any(map(item.get_closest_marker, ("django_db", "postgres", "once")))


def pytest_make_parametrize_id(config: pytest.Config, val: object) -> str | None:
    """Name a test by the beginning of a long value.

    pytest puts the name into the environment, where 128 KB make every subprocess of the test fail.
    """
    if isinstance(val, str | bytes) and len(val) > LONGEST_NAME:
        # Bytes may hold the moment they were made; every worker has to name the same tests.
        begin = "bytes" if isinstance(val, bytes) else ascii(val[:LONGEST_NAME])
        return f"{begin}...{len(val)}"
    return None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where `CI=true`: there a missing tool is a
    fault of the machine.
    """
    outcome: Any = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Left out, though CI=true: {report.longrepr[2]}"


@pytest.fixture(scope="session", autouse=True)
def _closed_sockets() -> Iterator[None]:
    """Let no test reach beyond this machine: other companies are fakes."""
    connect = socket.socket.connect

    def connect_nearby(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_nearby)
        yield


@pytest.fixture(scope="session", autouse=True)
def _kept_contract() -> Iterator[None]:
    """Hold every API answer that a test client gets against the OpenAPI document."""
    ask = Client.request

    def ask_and_check(self: Client, **environment: Any) -> Any:
        response = ask(self, **environment)
        check_answer(environment["REQUEST_METHOD"], environment["PATH_INFO"], response)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", ask_and_check)
        yield


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every test with nothing remembered: no pages, no rates, no versions."""
    from shop.core import caching

    for alias in settings.CACHES:
        caches[alias].clear()
    caching.forget_catalog_version()
    caching.forget_remembered()
    if "live_server" not in request.fixturenames:
        # A slow machine would ask a second time within a test, and its queries would not add up.
        monkeypatch.setattr(caching, "MEMO_SECONDS", 3600.0)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's own Chromium, without a sandbox (CI runs as root) or calls home."""
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": ARGUMENTS}


@pytest.fixture
def alice(db: None) -> Any:
    """Alice buys. A customer with a verified e-mail; `accounts.tests.factories.PASSWORD` opens."""
    from accounts.tests.factories import CustomerFactory

    return CustomerFactory(
        user__email="alice@example.com", user__first_name="Alice", user__last_name="Lind"
    ).user


@pytest.fixture
def bob(db: None) -> Any:
    """Bob is another customer."""
    from accounts.tests.factories import CustomerFactory

    return CustomerFactory(
        user__email="bob@example.com", user__first_name="Bob", user__last_name="Baum"
    ).user


@pytest.fixture
def carol(db: None) -> Any:
    """Carol is an administrator; for one group's rights use `StaffFactory(groups=[…])`."""
    from accounts.tests.factories import AdminFactory

    return AdminFactory(email="carol@example.com", first_name="Carol", last_name="Chief")


@pytest.fixture
def mallory(db: None) -> Any:
    """Mallory means harm, and has an ordinary account for it."""
    from accounts.tests.factories import CustomerFactory

    return CustomerFactory(
        user__email="mallory@example.com", user__first_name="Mallory", user__last_name="Malice"
    ).user
