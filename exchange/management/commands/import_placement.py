"""Loads a placement file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Client
from core.clock import business_today, now
from core.money import NotMoney, parse_money
from exchange.mapping import MappingRefused
from exchange.reader import FileRefused
from exchange.services import ImportRefused, load_placement, read_mapping_file


class Command(BaseCommand):
    help = (
        "Load a placement from CSV or XLSX: all good rows in one transaction, the others into a reject file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--client", required=True, help="the client's code")
        parser.add_argument(
            "--mapping",
            default="canonical",
            help="canonical, a saved or shipped name, or a .toml or .json file",
        )
        parser.add_argument(
            "--placed-on",
            "--on",
            dest="placed_on",
            type=date.fromisoformat,
            help="day of placement (default: today)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, load nothing")
        parser.add_argument("--expect-rows", type=int, help="control total: rows of the file")
        parser.add_argument("--expect-amount", help="control total: dollars")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        client = Client.objects.filter(code=options["client"]).first()
        if client is None:
            raise CommandError(f"There is no client with the code {options['client']!r}.")
        at = now()
        try:
            expected = parse_money(options["expect_amount"]) if options["expect_amount"] else None
            result = load_placement(
                path=options["file"],
                client=client,
                mapping=_mapping(options["mapping"]),
                placed_on=options["placed_on"] or business_today(at),
                by=None,
                at=at,
                dry_run=options["dry_run"],
                expect_rows=options["expect_rows"],
                expect_amount=expected,
            )
        except (ImportRefused, FileRefused, MappingRefused, NotMoney) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json()))
            return
        verb = (
            "would be loaded" if result.dry_run else f"loaded as {result.batch}" if result.batch else "loaded"
        )
        self.stdout.write(
            f"{result.rows} rows: {result.loaded} {verb} (${result.amount}), {result.rejected} rejected."
        )
        for problem in result.problems[:20]:
            self.stdout.write(f"  row {problem['row']}: {problem['reason']}")
        if result.reject_file:
            self.stdout.write(f"Rejects: {result.reject_file}")


def _mapping(given: str) -> str | dict[str, Any]:
    return read_mapping_file(Path(given)) if given.endswith((".toml", ".json")) else given
