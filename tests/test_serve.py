"""`manage.py serve` and `manage.py worker` as a newcomer starts them: processes of their own."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.timeout(180)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("GET", "/healthz")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


def children_of(pid: int) -> list[int]:
    """All descendants of a process, by the kernel's own book."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def developers_shell(folder: Path) -> dict[str, str]:
    """The environment of a developer whose shop keeps everything in that folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    return kept | {
        "ENVIRONMENT": "development",
        "DATABASE_URL": f"sqlite:///{folder / 'linden.db'}",
        "REDIS_URL": "",
        "MEDIA_ROOT": str(folder / "media"),
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "LOG_DIR": str(folder / "logs"),
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def empty_shop(tmp_path_factory) -> Path:
    """A database that is up to date and holds nothing, made once for all tests here."""
    folder = tmp_path_factory.mktemp("empty-shop")
    done = manage(developers_shell(folder), "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return folder / "linden.db"


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    return developers_shell(tmp_path)


@pytest.fixture
def prepared(empty_shop, tmp_path) -> None:
    shutil.copy(empty_shop, tmp_path / "linden.db")


Serve = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def serve(environment) -> Iterator[Serve]:
    started = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What the process printed, up to the line with those words or to its end."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if words in line:
            break
    return text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_shop_opens_and_a_signal_closes_it_without_a_trace(
    prepared, serve, environment, number
):
    port = int(environment["PORT"])
    process = serve("--no-demo")
    greeting = read_until(process, "Ctrl-C")
    family = children_of(process.pid)
    was_open = answers(port)

    process.send_signal(number)
    rest, _ = process.communicate(timeout=40)

    assert f"running at http://127.0.0.1:{port}" in greeting
    assert was_open
    assert len(family) == 3  # gunicorn, its one web process, the worker
    assert process.returncode == 0
    assert rest.splitlines()[-1] == "The shop has stopped."
    assert "Traceback" not in rest
    assert [pid for pid in family if is_alive(pid)] == []
    assert not answers(port)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells what processes share.")
def test_the_web_server_loads_the_shop_once_for_all_its_workers(prepared, serve):
    process = serve("--no-demo", "--no-worker")
    read_until(process, "Ctrl-C")

    _master, worker = children_of(process.pid)

    lines = Path(f"/proc/{worker}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(size) for name, size, *_unit in map(str.split, lines)}
    shared = kilobytes["Shared_Clean:"] + kilobytes["Shared_Dirty:"]
    assert shared > kilobytes["Rss:"] * 0.6


def test_what_is_loaded_before_the_workers_opens_no_connection(environment):
    script = """
import shop.wsgi
from django.core.cache import caches
from django.db import connections
from shop.runtime.warming import warm_up
warm_up()
opened = connections.all(initialized_only=True)
print([each.connection for each in opened], len(caches.all(initialized_only=True)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.splitlines()[-1:] == ["[None] 0"], done.stderr


def test_a_port_that_is_taken_is_named_before_any_work_is_done(serve, environment, tmp_path):
    with socket.socket() as neighbor:
        neighbor.bind(("127.0.0.1", int(environment["PORT"])))
        neighbor.listen()

        output, _ = serve().communicate(timeout=60)

    assert f"Port {environment['PORT']} on 127.0.0.1 is already in use" in output
    assert "Set PORT to another port" in output
    assert "Traceback" not in output
    assert not (tmp_path / "linden.db").exists()


def test_nothing_outlives_a_shop_that_is_killed(prepared, serve):
    process = serve("--no-demo")
    read_until(process, "Ctrl-C")
    family = children_of(process.pid)

    process.kill()
    process.wait()

    for _ in range(200):
        if not any(map(is_alive, family)):
            break
        time.sleep(0.1)
    assert len(family) == 3
    assert [pid for pid in family if is_alive(pid)] == []


def test_a_worker_that_dies_is_replaced(prepared, serve):
    process = serve("--no-demo")
    read_until(process, "Ctrl-C")
    (worker,) = (
        pid
        for pid in children_of(process.pid)
        if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    )

    os.kill(worker, signal.SIGKILL)

    for _ in range(100):
        if len(children_of(process.pid)) == 3 and not is_alive(worker):
            break
        time.sleep(0.1)
    assert not is_alive(worker)
    assert len(children_of(process.pid)) == 3


def test_production_refuses_to_change_the_database_unasked(serve, environment, tmp_path):
    environment |= {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "only-for-this-test-7Qm2vX9pLr4tYw8zBn3kHd6sJf1gCa5eUo0iTxRq",
        "ALLOWED_HOSTS": "shop.example",
        "SITE_URL": "https://shop.example",
        "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").write_text('{"version": "1.1", "paths": {}}')

    process = serve()
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "Run `manage.py migrate`, or add --migrate" in output


def test_a_worker_asked_for_one_round_ends_by_itself(prepared, environment):
    done = manage(environment, "worker", "--once")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_worker_runs_what_is_queued_in_redis(prepared, environment):
    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
    try:
        redis.Redis.from_url(url).ping()
    except redis.ConnectionError:
        pytest.skip("No Redis answers (set TEST_REDIS_URL).")
    environment["REDIS_URL"] = url
    environment["REDIS_QUEUE_URL"] = ""
    script = """
import django; django.setup()
from shop.runtime import worker
from shop.runtime.tests.test_worker import calls, write_down

results = [write_down.enqueue(word) for word in ("broken", "first")]
worker.drain()
for result in results:
    result.refresh()
print(calls, [result.status.value for result in results])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "shop.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    printed = "['broken', 'first', 'second'] ['FAILED', 'SUCCESSFUL']"
    assert done.stdout.splitlines()[-1:] == [printed], done.stderr


def test_a_probe_is_answered_while_every_thread_is_busy(prepared, serve, environment):
    environment["WEB_THREADS"] = "2"
    port = int(environment["PORT"])
    read_until(serve("--no-demo", "--no-worker"), "Ctrl-C")
    stuck = [socket.create_connection(("127.0.0.1", port), timeout=10) for _number in range(4)]
    for client in stuck:
        # Each holds a thread: the body that it announces never comes.
        client.sendall(
            b"POST /api/cart/items HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
    time.sleep(1.0)

    started = time.monotonic()
    was_answered = answers(port)
    seconds = time.monotonic() - started

    for client in stuck:
        client.close()
    assert was_answered
    assert seconds < 0.5
