"""`manage.py check_category_tree`: whether the tree nests as its parents say."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.categories import misplaced_categories, repair_tree


class Command(BaseCommand):
    """Lists categories whose stored place is wrong; with --fix it sets them right."""

    help = (
        "Check that every category's position in the tree matches its parent. Exits with 1 if one "
        "does not. --fix rebuilds all positions and keeps the order of siblings."
    )

    # A wrong setting is not a finding.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="correct wrong positions")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = misplaced_categories()
        fixed = repair_tree() if options["fix"] and found else 0
        if options["json"]:
            report = {"misplaced": [each.as_dict() for each in found], "fixed": fixed}
            self.stdout.write(json.dumps(report, indent=2))
        else:
            for each in found:
                self.stdout.write(f"{each.slug}: stored {each.stored}, should be {each.right}")
            if fixed:
                self.stdout.write(self.style.SUCCESS(f"{fixed} categories were corrected."))
            elif not found:
                self.stdout.write(self.style.SUCCESS("The category tree is consistent."))
        if found and not fixed:
            raise CommandError(
                f"{len(found)} categories are misplaced. Run the command with --fix."
            )
