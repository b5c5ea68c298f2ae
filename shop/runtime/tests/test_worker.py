from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from shop.core.models import ScheduledJob
from shop.runtime import schedule, worker
from shop.runtime.tasks import forget_finished_work, queue_lost_tasks_again

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
calls: list[str] = []


@task()
def write_down(word: str) -> None:
    calls.append(word)
    if word == "first":
        write_down.enqueue("second")
    if word == "broken":
        raise ValueError("This task is meant to fail.")


@pytest.fixture(autouse=True)
def _nothing_else_to_do(monkeypatch):
    calls.clear()
    monkeypatch.setattr(schedule, "_jobs", {})


@pytest.fixture
def job():
    @schedule.every(timedelta(minutes=5))
    def tidy() -> None:
        calls.append("tidy")

    return schedule.jobs()[0]


def test_draining_runs_queued_tasks_and_those_they_queue():
    write_down.enqueue("first")

    worker.drain()

    assert calls == ["first", "second"]
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}


def test_a_task_that_fails_does_not_hold_up_the_next():
    write_down.enqueue("broken")
    write_down.enqueue("good")

    worker.drain()

    assert calls == ["broken", "good"]
    assert DBTaskResult.objects.failed().count() == 1


def test_a_periodic_job_starts_once_in_its_interval(job):
    assert [schedule.claim_due(job, at=NOON + timedelta(minutes=m)) for m in (0, 4, 5, 6)] == [
        True,
        False,
        True,
        False,
    ]


def test_of_two_workers_only_one_starts_a_periodic_job(job):
    worker.drain()
    worker.drain()

    assert calls == ["tidy"]


def test_a_periodic_job_that_fails_waits_for_its_next_time(monkeypatch):
    def fail() -> None:
        calls.append("fail")
        raise ValueError("This job is meant to fail.")

    fail.__qualname__ = "fail"
    schedule.every(timedelta(hours=1))(fail)

    worker.drain()
    worker.drain()

    assert calls == ["fail"]
    assert ScheduledJob.objects.get().last_started_at is not None


def test_the_loops_do_what_is_queued_until_they_are_stopped(job):
    stop = threading.Event()
    done = threading.Event()
    worked_to_the_end = []

    def run() -> None:
        worked_to_the_end.append(worker.run_until(stop))
        done.set()

    write_down.enqueue("first")
    threading.Thread(target=run, daemon=True).start()
    for _ in range(100):
        if sorted(calls) == ["first", "second", "tidy"]:
            break
        done.wait(0.1)
    stop.set()

    assert done.wait(10)
    assert sorted(calls) == ["first", "second", "tidy"]
    assert worked_to_the_end == [True]


def test_a_loop_that_fails_goes_on_after_a_pause(monkeypatch, caplog):
    class Faulty(worker.Loop):
        name = "faulty"
        turns = 0

        def turn(self) -> bool:
            self.turns += 1
            if self.turns == 1:
                raise OSError("The database is away.")
            stop.set()
            return False

    stop = threading.Event()
    loop = Faulty()
    monkeypatch.setattr(worker, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)

    worker._keep_turning(loop, stop)

    assert loop.turns == 2
    assert "The faulty loop failed" in caplog.text


def test_a_task_lost_with_its_worker_is_queued_again():
    write_down.enqueue("lost")
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=16))

    assert queue_lost_tasks_again() == 1
    worker.drain()

    assert calls == ["lost"]


def test_a_task_that_is_still_running_is_left_alone():
    write_down.enqueue("busy")
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=14))

    assert queue_lost_tasks_again() == 0


def test_old_results_are_forgotten_and_new_ones_kept():
    for days in (6, 8):
        write_down.enqueue("word")
        DBTaskResult.objects.filter(finished_at=None).update(
            status="SUCCESSFUL", finished_at=timezone.now() - timedelta(days=days)
        )

    forget_finished_work()

    assert DBTaskResult.objects.count() == 1
