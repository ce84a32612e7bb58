"""Posts interest as the nightly task does."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.accruing import accrue
from core.clock import business_today, now


class Command(BaseCommand):
    help = "Post the interest of every open account up to and with a day; a day posted before is not posted again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="business day, YYYY-MM-DD (default: today)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        on = options["on"] or business_today(at)
        if on > business_today(at):
            raise CommandError(f"--on: {on} lies ahead; interest is posted when it has accrued.")
        done = accrue(on=on, at=at)
        if options["json"]:
            self.stdout.write(json.dumps(done))
        else:
            self.stdout.write("{entries} entries for {accounts} accounts.".format(**done))
