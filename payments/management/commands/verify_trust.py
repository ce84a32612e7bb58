"""Re-derives the trust account from payments, refunds and remittances."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.trust import balances, verify_trust


class Command(BaseCommand):
    help = "Check that the trust journal balances and agrees with payments and the ledger; fails and lists what disagrees."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = verify_trust()
        if options["json"]:
            self.stdout.write(json.dumps({"books": balances(), "disagreements": wrong}, default=str))
        else:
            for sentence in wrong:
                self.stdout.write(sentence)
        if wrong:
            raise CommandError(f"{len(wrong)} things in the trust journal do not add up.")
        if not options["json"]:
            self.stdout.write("The trust journal balances and agrees with the payments.")
