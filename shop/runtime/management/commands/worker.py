import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from shop.runtime import worker


class Command(BaseCommand):
    help = (
        "Run the shop's background work: deliver events to their handlers, start periodic jobs "
        "and run queued tasks. `serve` starts one worker; you can run more on any number of "
        "machines. On SIGTERM or Ctrl-C it finishes the work in progress and exits."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="process everything that is due, including follow-up events, then exit",
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
