"""`manage.py reconcile_payments`: compare our ledger with the providers' records."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from payments.reconciliation import Difference, reconcile


def moment(text: str) -> datetime:
    """A date or a moment in ISO 8601, taken as UTC where it names no zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("Use a date such as 2026-11-01.") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


class Command(BaseCommand):
    """Prints ids and amounts, never personal data."""

    help = (
        "Compare the ledger with each provider's records, record what missing callbacks would "
        "have reported, and print every difference. Exit codes: 0, no difference is left; 1, a "
        "person must review the open differences."
    )

    # A wrong setting is not a finding.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="compare only, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--since", type=moment, help="compare from this date on (default: three days ago)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        since = options["since"] or now - timedelta(days=3)
        differences = reconcile(since=since, at=now, dry_run=options["dry_run"])
        left = [difference for difference in differences if not difference.is_settled]
        if options["json"]:
            rows = [asdict(difference) for difference in differences]
            self.stdout.write(json.dumps({"ok": not left, "differences": rows}))
        else:
            self._print(differences, left)
        if left:
            raise SystemExit(1)

    def _print(self, differences: list[Difference], left: list[Difference]) -> None:
        for one in differences:
            style = self.style.SUCCESS if one.is_settled else self.style.ERROR
            verdict = "settled" if one.is_settled else "OPEN   "
            order = f" (order {one.order})" if one.order else ""
            self.stdout.write(
                style(f"{one.provider:7} {verdict} {one.kind} {one.reference}{order}")
            )
            self.stdout.write(f"        ours: {one.ours or 'nothing'}; theirs: {one.theirs or '-'}")
        self.stdout.write(f"{len(differences)} differences, {len(left)} open.")
