"""Release stock that was held for orders that were not paid."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from inventory.models import Reservation
from inventory.services import release_expired
from shop.core.clock import database_now


class Command(BaseCommand):
    help = (
        "Release stock held for orders that were not paid in time. The worker also does this "
        "automatically."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only print how many there are")

    def handle(self, *args: Any, **options: Any) -> None:
        """Release what has expired by the database's clock."""
        at = database_now()
        if options["dry_run"]:
            count = Reservation.objects.expired(at=at).count()
            self.stdout.write(f"{count} expired reservations would be released.")
            return
        released = 0
        while count := release_expired(at=at):
            released += count
        self.stdout.write(f"{released} expired reservations released.")
