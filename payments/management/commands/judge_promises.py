"""Judges promises against the ledger."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.clock import business_today, now
from payments.services import judge_promises


class Command(BaseCommand):
    help = "Judge every open promise that is due, by the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="business day, YYYY-MM-DD (default: today)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        counts = judge_promises(on=options["on"] or business_today(at), at=at)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(
                ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "No promise was due."
            )
