"""Puts the letters that wait into print batches."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contacts.draining import print_all
from contacts.management.commands.send_due import instant
from core.audit import audit_actor
from core.clock import now


class Command(BaseCommand):
    help = (
        "Put the letters that wait for the printer into print batches: one PDF and one manifest (CSV) each."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="the business clock, an instant with its zone")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object: batches, letters, pages"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        fixed = instant(options["at"]) if options["at"] else None
        with audit_actor(None, "command:print_letters"):
            batches = print_all(clock=lambda: fixed or now(), by=None)
        result = {
            "batches": [{"id": b.pk, "pdf": b.pdf.name, "manifest": b.manifest.name} for b in batches],
            "letters": sum(batch.letters for batch in batches),
            "pages": sum(batch.pages for batch in batches),
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(
                f"{result['letters']} letters on {result['pages']} pages in {len(batches)} batches."
            )
