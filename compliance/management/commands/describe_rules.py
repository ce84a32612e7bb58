"""The table of the gate's rules, as Markdown. Reads no database."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from compliance.describing import described, statements_by_code
from compliance.policy import known_policies
from compliance.rules import ENTRIES, state_of


class Command(BaseCommand):
    help = "Print every rule of the contact gate, its law and the tests that show it, as Markdown (docs/compliance.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        tests = [settings.BASE_DIR / "tests" / room for room in ("compliance", "contacts")]
        if not options["json"]:
            self.stdout.write(described(known_policies(), tests), ending="")
            return
        shown = statements_by_code(tests)
        rows = [
            {
                "code": entry.code, "state": state_of(entry), "citation": entry.citation, "sentence": entry.sentence,
                "confidence": entry.confidence, "statements": shown.get(entry.code, []),
            }
            for entry in ENTRIES
        ]  # fmt: skip
        self.stdout.write(json.dumps({"rules": rows}))
