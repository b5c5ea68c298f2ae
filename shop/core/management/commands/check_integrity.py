"""`manage.py check_integrity`: every invariant of the shop, one query each."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shop.core.integrity import Breach, CouldNotLook, check, invariants


class Command(BaseCommand):
    """Reads only; prints ids, never personal data."""

    help = (
        "Check every invariant of money, stock, coupons, statuses, prices and the category tree. "
        "Reads one snapshot and writes nothing. Exit codes: 0, all hold; 1, an invariant is broken "
        "(ids are printed); 2, the check could not run (the last line says why)."
    )
    # A wrong setting is not a broken invariant.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--only",
            nargs="+",
            metavar="CODE",
            default=[],
            help="check only these invariants, for example I1 I7",
        )
        parser.add_argument("--list", action="store_true", help="list the invariants and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        known = {promise.code: promise for promise in invariants()}
        unknown = set(options["only"]) - set(known)
        if unknown:
            raise CommandError(
                f"Unknown invariant: {', '.join(sorted(unknown))}. Run check_integrity --list.",
                returncode=2,
            )
        if options["list"]:
            for promise in known.values():
                self.stdout.write(f"{promise.code:5} {promise.promise}")
            return
        try:
            breaches = self._run(frozenset(options["only"]), quiet=options["json"])
        except CouldNotLook as error:
            if options["json"]:
                self.stdout.write(json.dumps({"ok": None, "error": str(error)}))
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"ok": not breaches, "breaches": [asdict(breach) for breach in breaches]}
                )
            )
        if breaches:
            raise SystemExit(1)

    def _run(self, only: frozenset[str], *, quiet: bool) -> list[Breach]:
        breaches: list[Breach] = []
        checked = 0
        for promise, breach in check(at=timezone.now(), only=only):
            checked += 1
            if breach:
                breaches.append(breach)
            if quiet:
                continue
            if breach:
                more = (
                    f" and {breach.count - len(breach.ids)} more"
                    if breach.count > len(breach.ids)
                    else ""
                )
                self.stdout.write(self.style.ERROR(f"{promise.code:5} BROKEN  {promise.promise}"))
                self.stdout.write(f"      {breach.count}: {', '.join(breach.ids)}{more}")
            else:
                self.stdout.write(f"{promise.code:5} holds   {promise.promise}")
        if not quiet:
            verdict = f"{len(breaches)} broken" if breaches else "all hold"
            self.stdout.write(f"{checked} invariants checked, {verdict}.")
        return breaches
