"""`manage.py make_renditions`: the smaller pictures that are missing, made now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.pictures import make_renditions
from catalog.pictures.services import find_pictured, lacking_renditions


class Command(BaseCommand):
    help = (
        "Create missing renditions of pictures, for example after files were restored or tasks "
        "were lost. The worker also creates them automatically. It is safe to run this again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only count the pictures without renditions"
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        found = list(lacking_renditions())
        if dry_run:
            self.stdout.write(f"Pictures without renditions: {len(found)}")
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
        self.stdout.write(f"Renditions created: {made}")
        if failed:
            lines = "\n".join(failed)
            raise CommandError(
                f"These pictures cannot be read. Upload them again or remove them:\n{lines}"
            )
