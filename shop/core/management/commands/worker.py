import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from shop.core import worker


class Command(BaseCommand):
    help = (
        "Do the shop's background work: bring events to their handlers (e-mails, stored facts), "
        "start periodic jobs, run queued tasks. `serve` starts one; start more of them on as many "
        "machines as you like. SIGTERM or Ctrl-C lets it finish what it has begun."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="do everything that is due, and what follows from it, then exit",
        )

    def handle(self, *, once: bool, **options: Any) -> None:
        if once:
            worker.drain()
            return
        stop = threading.Event()

        def on_signal(number: int, frame: FrameType | None) -> None:
            stop.set()
            # A second one means now.
            signal.signal(number, signal.SIG_DFL)

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        worker.run_until(stop)
