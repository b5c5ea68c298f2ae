"""What must happen survives a Redis that forgets, a worker that is killed, and a
database that goes away.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import redis
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from django.utils.module_loading import module_has_submodule
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from catalog import tasks as catalog_tasks
from catalog.models import ProductImage
from catalog.pictures import add_image, make_renditions
from catalog.tests.factories import ProductFactory
from catalog.tests.test_pictures import file_of, plain
from shop.core import recovery
from shop.core.actors import SYSTEM
from shop.core.environment import _next_redis_database
from shop.core.outbox import deliver_due
from shop.runtime import schedule, worker
from tests.test_serve import ROOT, developers_shell, free_port, manage

WITHIN_SECONDS = 60


@pytest.fixture
def image(db: None, monkeypatch: pytest.MonkeyPatch) -> ProductImage:
    """A picture whose smaller ones a queued task will make."""
    monkeypatch.setattr(schedule, "_jobs", {})
    image = add_image(
        ProductFactory(), file=file_of(plain((400, 300))), actor=SYSTEM, at=timezone.now()
    )
    deliver_due()
    return image


def is_made(image: ProductImage) -> bool:
    return "avif" in ProductImage.objects.get(pk=image.pk).renditions


def test_every_task_of_the_shop_is_found_again_in_the_database():
    tasks = set()
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "tasks") and Path(config.path).is_relative_to(ROOT):
            module = import_module(f"{config.name}.tasks")
            tasks |= {part.module_path for part in vars(module).values() if isinstance(part, Task)}

    assert tasks == {one.task.module_path for one in recovery.recoveries()}
    assert tasks == {"catalog.tasks.make_renditions_of"}


@pytest.mark.django_db(transaction=True)
def test_a_task_that_the_queue_forgot_is_queued_again(image: ProductImage):
    DBTaskResult.objects.all().delete()

    queued = recovery.queue_lost_work()
    worker.drain()

    assert (queued, is_made(image)) == (1, True)
    assert recovery.queue_lost_work() == 0


@pytest.mark.django_db(transaction=True)
def test_a_task_during_which_the_database_went_away_is_queued_again(
    image: ProductImage, monkeypatch: pytest.MonkeyPatch
):
    def lose_the_database(_image: Any) -> int:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(catalog_tasks, "make_renditions", lose_the_database)
    worker.drain()
    failed = DBTaskResult.objects.failed().count()
    monkeypatch.setattr(catalog_tasks, "make_renditions", make_renditions)

    queued = recovery.queue_lost_work()
    worker.drain()

    assert (failed, queued, is_made(image)) == (1, 1, True)


def test_a_task_that_fails_each_time_is_queued_with_growing_pauses(
    image: ProductImage, monkeypatch: pytest.MonkeyPatch
):
    pauses = []
    cache = recovery.cache
    monkeypatch.setattr(
        cache, "add", lambda key, value, timeout: pauses.append(timeout) or True, raising=False
    )

    for _run in range(8):
        recovery.queue_lost_work()

    assert pauses == [*recovery.PAUSES, recovery.PAUSES[-1], recovery.PAUSES[-1]]


def test_it_is_queued_once_within_its_pause(image: ProductImage):
    assert [recovery.queue_lost_work() for _run in range(3)] == [1, 0, 0]


# The command
# ---------------------------------------------------------------------------------------


def test_the_command_makes_what_is_missing(image: ProductImage, capsys: pytest.CaptureFixture[str]):
    call_command("make_renditions", "--dry-run")
    before = is_made(image)

    call_command("make_renditions")

    assert (before, is_made(image)) == (False, True)
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["Pictures without renditions: 1", "Renditions created: 5"]


def test_the_command_names_pictures_whose_file_is_gone(image: ProductImage):
    image.picture.storage.delete(image.picture.name)

    with pytest.raises(CommandError, match=rf"catalog\.productimage {image.pk}"):
        call_command("make_renditions")

    assert not is_made(image)


# A real Redis, a real worker
# -----------------------------------------------------------------------


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis that the test may empty: one of its own, else the one for tests."""
    program = shutil.which("redis-server")
    if program is None:
        url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
        try:
            redis.Redis.from_url(url).ping()
        except redis.ConnectionError:
            pytest.skip("No Redis answers (set TEST_REDIS_URL).")
        yield url
        return
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    wait_until(lambda: _answers(port), "Redis answers")
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_so: Any, what: str, *, seconds: float = WITHIN_SECONDS) -> None:
    give_up_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up_at, f"Not within {seconds} s: {what}"
        time.sleep(0.1)


SHELL = """
import django; django.setup()
from django.utils import timezone
"""
UPLOAD = """
from catalog.pictures import add_image
from catalog.tests.factories import ProductFactory
from catalog.tests.test_pictures import file_of
from PIL import Image
from shop.core.actors import SYSTEM
from shop.core.outbox import deliver_due

# Noise of this size keeps a task busy for seconds.
noise = Image.effect_noise((1600, 1200), 80).convert("RGB")
add_image(ProductFactory(), file=file_of(noise), actor=SYSTEM, at=timezone.now())
while deliver_due():
    pass
"""


def renditions(folder: Path) -> list[str]:
    """What the shop's database says was made of each picture."""
    with closing(sqlite3.connect(folder / "linden.db")) as database:
        rows = database.execute("SELECT renditions FROM catalog_productimage").fetchall()
    return [row[0] for row in rows]


def shell(environment: dict[str, str], script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHELL + script],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "shop.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def start_worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)


@pytest.mark.timeout(300)
def test_a_killed_worker_and_an_emptied_redis_lose_no_picture(own_redis: str, tmp_path: Path):
    environment = developers_shell(tmp_path) | {"REDIS_URL": own_redis, "REDIS_QUEUE_URL": ""}
    environment["LOG_LEVEL"] = "WARNING"
    assert manage(environment, "migrate", "--verbosity", "0").returncode == 0
    queue = redis.Redis.from_url(_next_redis_database(own_redis))
    shell(environment, UPLOAD)
    assert queue.llen("rq:queue:default") == 1

    first = start_worker(environment)
    try:
        wait_until(lambda: queue.zcard("rq:wip:default") == 1, "the worker has the task")
    finally:
        first.kill()
        first.wait()
    assert renditions(tmp_path) == ["{}"]
    # As FLUSHALL does, and no more: a Redis for tests may hold what other tests put there.
    queue.flushdb()
    redis.Redis.from_url(own_redis).flushdb()
    second = start_worker(environment)
    try:
        wait_until(
            lambda: queue.llen("rq:queue:default") or queue.zcard("rq:wip:default"),
            "the task is queued again",
        )
        wait_until(lambda: "avif" in renditions(tmp_path)[0], "pictures are made", seconds=150)
    finally:
        second.terminate()
        second.wait(60)
