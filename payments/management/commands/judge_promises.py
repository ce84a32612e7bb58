"""Judges promises, settlements and plans against the ledger."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.clock import business_today, now
from payments.agreements import judge_due
from payments.services import judge_promises


class Command(BaseCommand):
    help = "Judge every open promise that is due and every agreement with an instalment due, by the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="business day, YYYY-MM-DD (default: today)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        on = options["on"] or business_today(at)
        counts, agreed = judge_promises(on=on, at=at), judge_due(on=on, at=at)
        if options["json"]:
            self.stdout.write(json.dumps({**counts, "agreements": agreed}))
            return
        for name, found in (("Promises", counts), ("Settlements and plans", agreed)):
            said = ", ".join(f"{count} {verdict}" for verdict, count in found.items())
            self.stdout.write(f"{name}: {said or 'nothing to judge'}.")
