"""Who waits for another company in the background holds up nobody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from notifications.handlers import MAIL_ATTEMPTS
from notifications.models import OutgoingMail
from notifications.services.mail import queue_mail
from shop.core import breaker, events
from shop.core.events import Event, publish
from shop.core.lanes import MAIL_BREAKER, Lane
from shop.core.models import OutboxDelivery
from shop.core.outbox import BACKOFF, deliver_due
from shop.runtime import schedule, worker

SOON = 15.0


@dataclass(frozen=True)
class PaymentBooked(Event):
    """A fact of these tests."""

    number: int


class SilentServer:
    """Accepts connections and never says a word, as a mail server in trouble does."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.accepted: list[socket.socket] = []
        self.was_called = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.accepted.append(connection)
            self.was_called.set()

    def close(self) -> None:
        """Hang up on everybody."""
        self._listener.close()
        for connection in self.accepted:
            connection.close()


@pytest.fixture
def silent_mail(settings: Any) -> Iterator[SilentServer]:
    """The shop's mail goes to a server that never answers."""
    server = SilentServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 60
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_jobs", {})


@pytest.fixture
def booked(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once the money lane has brought an event to its handler."""
    done = threading.Event()
    monkeypatch.setitem(events._handlers, "PaymentBooked", {})

    @events.on(PaymentBooked, lane=Lane.MONEY)
    def book(event: PaymentBooked) -> None:
        done.set()

    return done


@pytest.fixture
def running() -> Iterator[Callable[[], None]]:
    """`running()` starts a worker; it is stopped after the test."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start() -> None:
        thread = threading.Thread(target=worker.run_until, args=(stop,), daemon=True)
        thread.start()
        threads.append(thread)

    yield start
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def write_mail(number: int = 1) -> OutgoingMail:
    mail = queue_mail(
        f"test:{number}",
        kind="account_account_deleted",
        to="alice@example.com",
        language="en",
        about=[{}],
        at=timezone.now(),
    )
    assert mail is not None
    return mail


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_never_answers_stalls_only_mail(
    silent_mail: SilentServer, booked: threading.Event, running: Callable[[], None]
):
    for number in range(20):
        write_mail(number)
    running()
    assert silent_mail.was_called.wait(SOON)

    with transaction.atomic():
        publish(PaymentBooked(number=1))

    assert booked.wait(SOON)
    assert OutboxDelivery.objects.filter(lane="mail", status="pending").count() == 20
    silent_mail.close()


@pytest.mark.django_db(transaction=True)
def test_a_payment_provider_that_never_answers_stalls_no_booking(
    booked: threading.Event, running: Callable[[], None]
):
    is_asking, may_answer = threading.Event(), threading.Event()

    @events.on(PaymentBooked, outside=True, lane=Lane.PROVIDERS)
    def ask(event: PaymentBooked) -> None:
        is_asking.set()
        assert may_answer.wait(60)

    try:
        with transaction.atomic():
            publish(PaymentBooked(number=1))
        running()
        assert is_asking.wait(SOON)
        booked.clear()
        with transaction.atomic():
            publish(PaymentBooked(number=2))

        assert booked.wait(SOON)
    finally:
        may_answer.set()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_waits_for_a_provider_holds_up_no_other_job(running: Callable[[], None]):
    is_asking, may_answer, has_released = threading.Event(), threading.Event(), threading.Event()

    def ask_provider() -> None:
        is_asking.set()
        assert may_answer.wait(60)

    def release_stock() -> None:
        assert is_asking.wait(SOON)
        has_released.set()

    for job, outside in ((ask_provider, True), (release_stock, False)):
        job.__qualname__ = job.__name__  # its name fits into its column then
        schedule.every(timedelta(minutes=5), outside=outside)(job)
    try:
        running()

        assert has_released.wait(SOON)
    finally:
        may_answer.set()


# The mail server is left alone
# ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_never_answers_is_left_alone_after_three_calls(
    silent_mail: SilentServer, settings: Any
):
    settings.EMAIL_TIMEOUT = 0.1
    for number in range(5):
        write_mail(number)
    loop = worker.MailLoop()

    worked = [loop.turn() for _turn in range(5)]

    attempts = OutboxDelivery.objects.filter(lane="mail").order_by("pk")
    assert worked == [True, True, True, False, False]
    assert breaker.resting([MAIL_BREAKER]) == {MAIL_BREAKER}
    # What waits for the rest to end uses up none of its attempts.
    assert list(attempts.values_list("attempt_count", flat=True)) == [1, 1, 1, 0, 0]
    assert len(silent_mail.accepted) == 3


@pytest.mark.django_db
def test_an_address_that_is_refused_is_an_answer_of_the_mail_server(
    monkeypatch: pytest.MonkeyPatch,
):
    def refuse(message: Any, **_options: Any) -> None:
        raise mail_module.smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"nobody")})

    from notifications.services import mail as mail_module

    monkeypatch.setattr(mail_module.EmailMultiAlternatives, "send", refuse)
    for number in range(breaker.FAILURES + 1):
        write_mail(number)

    deliver_due(lane=Lane.MAIL)

    assert breaker.resting([MAIL_BREAKER]) == set()
    assert OutgoingMail.objects.filter(status="failed").count() == breaker.FAILURES + 1


@pytest.mark.django_db
def test_an_e_mail_is_given_up_after_a_whole_day_and_no_sooner(monkeypatch: pytest.MonkeyPatch):
    from notifications.services import mail as mail_module

    def fail(message: Any, **_options: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr(mail_module.EmailMultiAlternatives, "send", fail)
    start = timezone.now()
    write_mail()
    delivery = OutboxDelivery.objects.get(lane="mail")

    while delivery.status == "pending":
        last_at = max(delivery.due_at, start)
        deliver_due(lane=Lane.MAIL, at=last_at)
        delivery.refresh_from_db()

    assert delivery.attempt_count == MAIL_ATTEMPTS
    assert timedelta(hours=24) <= last_at - start < timedelta(hours=24) + BACKOFF[-1]


# Who runs where
# ------------------------------------------------------------------------------------


def test_no_handler_that_calls_another_company_shares_a_lane_with_our_own_books():
    calling = {
        handler.name: handler.lane
        for handlers in events._handlers.values()
        for handler in handlers.values()
        if handler.outside
    }

    assert len(calling) >= 6
    assert {
        name for name, lane in calling.items() if lane not in {Lane.PROVIDERS, Lane.MAIL}
    } == set()


def test_stock_and_money_are_never_among_the_rest():
    lanes = {
        handler.name: handler.lane
        for handlers in events._handlers.values()
        for handler in handlers.values()
    }

    assert {lane for name, lane in lanes.items() if name.startswith("payments.")} == {
        Lane.MONEY,
        Lane.PROVIDERS,
    }
    assert lanes["orders.handlers.cancel_unpaid"] == Lane.MONEY
    assert lanes["catalog.handlers.show_availability"] == Lane.MONEY
