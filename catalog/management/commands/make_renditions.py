"""`manage.py make_renditions`: the smaller pictures that are missing, made now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services import make_renditions
from catalog.services.pictures import find_pictured, lacking_renditions


class Command(BaseCommand):
    help = (
        "Make the smaller pictures that are missing, such as after files were restored or tasks were lost. "
        "Without it the worker makes them, too. Running it again is harmless."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only count the pictures that lack them"
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        found = list(lacking_renditions())
        if dry_run:
            self.stdout.write(f"Pictures without smaller ones: {len(found)}")
            return
        made, failed = 0, []
        for label, pk in found:
            image = find_pictured(label, pk)
            if image is None:
                continue
            try:
                made += make_renditions(image)
            except (OSError, ValueError) as error:
                failed.append(f"{label} {pk}: {error}")
        self.stdout.write(f"Smaller pictures made: {made}")
        if failed:
            lines = "\n".join(failed)
            raise CommandError(
                f"These pictures cannot be read. Upload them again, or remove them:\n{lines}"
            )
