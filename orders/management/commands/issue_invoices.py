"""Issue missing invoices and credit notes, for a shop that sold before it issued any."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import F, Min
from django.utils import timezone

from orders.invoices import settle_invoices
from orders.models import Order
from shop.core.progress import Progress


class Command(BaseCommand):
    help = (
        "Issue missing invoices and credit notes, in the order in which the orders shipped. They "
        "are dated today, and no e-mail is sent. You can stop and rerun the command: it continues "
        "with what is still missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list the orders")

    def handle(self, *args: Any, **options: Any) -> None:
        """One transaction for each order."""
        lacking = (
            Order.objects.lacking_documents()
            .annotate(left_at=Min("fulfillments__shipped_at"))
            .order_by(F("left_at").asc(nulls_last=True), "pk")
        )
        if options["dry_run"]:
            numbers = list(lacking.values_list("number", flat=True))
            for number in numbers:
                self.stdout.write(number)
            self.stdout.write(f"{len(numbers)} orders are missing an invoice or a credit note.")
            return
        keys = list(lacking.values_list("pk", flat=True))
        progress, issued = Progress("Orders", self.stdout), 0
        for done, key in enumerate(keys, 1):
            issued += len(settle_invoices(key, at=timezone.now()))
            progress(done, len(keys))
        self.stdout.write(f"{issued} invoices and credit notes issued.")
