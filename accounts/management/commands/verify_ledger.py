"""Re-derives every balance from the entries."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from accounts.services import verify_ledger


class Command(BaseCommand):
    help = "Re-derive every balance from the ledger's entries; fails and lists what disagrees."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = verify_ledger()
        if options["json"]:
            self.stdout.write(
                json.dumps({"accounts": Account.objects.count(), "disagreements": wrong}, default=str)
            )
        else:
            for row in wrong:
                self.stdout.write("{account} {bucket}: balance {kept}, entries {entries}".format(**row))
        if wrong:
            raise CommandError(f"{len(wrong)} balances disagree with their entries.")
        if not options["json"]:
            self.stdout.write("Every balance agrees with its entries.")
