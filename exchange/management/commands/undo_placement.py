"""Takes a batch back."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Placement
from core.clock import now
from exchange.services import undo_placement
from exchange.undoing import UndoRefused


class Command(BaseCommand):
    help = "Take a placement back; refused, saying why, if anything was worked since."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        placement = Placement.objects.filter(batch=options["batch"]).first()
        if placement is None:
            raise CommandError(f"There is no batch {options['batch']!r}.")
        try:
            undone = undo_placement(placement=placement, by=None, at=now())
        except UndoRefused as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(
                json.dumps({"batch": undone.batch, "accounts": undone.rows, "status": undone.status})
            )
        else:
            self.stdout.write(f"{undone.batch} taken back: {undone.rows} accounts closed.")
