"""Hands the messages that are due to their channels, through the gate once more."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from contacts.draining import drain
from core.audit import audit_actor
from core.clock import now


class Command(BaseCommand):
    help = "Hand queued messages that are due to their channels, through the contact gate once more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", help="the business clock, an instant with its zone, such as 2026-04-07T15:00:00-04:00"
        )
        parser.add_argument("--channel", choices=["email", "letter"], help="this channel only")
        parser.add_argument("--json", action="store_true", help="print one JSON object: count per status")

    def handle(self, *args: Any, **options: Any) -> None:
        fixed = instant(options["at"]) if options["at"] else None
        with audit_actor(None, "command:send_due"):
            counts = drain(clock=lambda: fixed or now(), channel=options["channel"])
        if options["json"]:
            self.stdout.write(json.dumps(counts, sort_keys=True))
        elif not counts:
            self.stdout.write("Nothing is due.")
        for status, count in sorted(counts.items()) if not options["json"] else []:
            self.stdout.write(f"{status}: {count}")


def instant(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError(f"{text!r} is no instant with a zone, such as 2026-04-07T15:00:00-04:00.")
    return at
