"""A deterministic, realistic, fictional book. Nothing in it can reach anybody (see seeding.people)."""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collections_crm.seeding.book import Plan
from collections_crm.seeding.load import AlreadySeeded, SeedDisagrees, seed
from core.audit import audit_actor
from core.clock import business_today, now
from payments.trust import open_journal


def accounts(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 10_000_000:
        raise argparse.ArgumentTypeError("between 1 and 10,000,000 accounts")
    return count


class Command(BaseCommand):
    help = (
        "Fills an empty database with a realistic, fictional portfolio; the same numbers give the same book."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accounts", type=accounts, default=2000, help="how many (default 2000; a million is supported)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another seed, another book (default 1)")
        parser.add_argument(
            "--history",
            action="store_true",
            help="with contacts, promises, payments, disputes, tasks and escalations",
        )
        parser.add_argument(
            "--on", type=date.fromisoformat, help="the day the book stands at, YYYY-MM-DD (default today)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(options["accounts"], options["seed"], options["on"] or business_today(now()))
        began = time.monotonic()
        totals = None
        try:
            with audit_actor(None, "command:seed_portfolio"):
                for totals in seed(plan, history=options["history"]):
                    if not options["json"] and plan.chunks > 1:
                        self.stderr.write(f"{totals.accounts:,} of {plan.accounts:,} accounts")
                open_journal()
        except (AlreadySeeded, SeedDisagrees) as error:
            raise CommandError(str(error)) from error
        assert totals is not None
        summary = {
            "accounts": totals.accounts,
            "debtors": totals.debtors,
            "contacts": totals.contacts,
            "promises": totals.promises,
            "payments": totals.payments,
            "tasks": totals.tasks,
            "amount": f"{totals.amount_cents // 100}.{totals.amount_cents % 100:02d}",
            "on": plan.on.isoformat(),
            "seed": plan.seed,
            "seconds": round(time.monotonic() - began, 2),
        }
        self.stdout.write(
            json.dumps(summary)
            if options["json"]
            else ", ".join(f"{value} {name}" for name, value in summary.items())
        )
