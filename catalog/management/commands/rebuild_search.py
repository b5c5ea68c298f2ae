"""`manage.py rebuild_search`: rebuild the search index."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from catalog.models import Product
from catalog.search import rebuild
from shop.core.progress import Progress


class Command(BaseCommand):
    """Empties the index and fills it from the products that are for sale."""

    help = "Rebuild the search index and its vocabulary from the products that are for sale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only print how many products would be indexed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            count = Product.objects.filter(status="active").count()
            self.stdout.write(f"Would index {count} products. Nothing was written.")
            return
        count = rebuild(Progress("Search", self.stdout))
        self.stdout.write(self.style.SUCCESS(f"{count} products indexed."))
