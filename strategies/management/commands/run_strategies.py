from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.audit import audit_actor
from core.clock import business_today, business_zone, now
from strategies.services import PassResult, run_pass

NIGHT = time(2)


class Command(BaseCommand):
    help = "One nightly pass over the book: whatever is due, once. Safe to run twice, and after days missed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", metavar="DATE", help="the business day, YYYY-MM-DD; default: today")
        parser.add_argument(
            "--at",
            metavar="INSTANT",
            help="the instant, ISO 8601 with its offset; default: now, or that night",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, on: str | None, at: str | None, **options: Any) -> None:
        instant = _instant(at) if at else None
        day = _day(on) if on else business_today(instant or now())
        if instant is None:
            instant = now() if day == business_today(now()) else datetime.combine(day, NIGHT, business_zone())
        with audit_actor(None, "command:run_strategies"):
            result = run_pass(on=day, at=instant)
        self.stdout.write(json.dumps(result.as_json()) if options["json"] else _sentence(result))


def _sentence(result: PassResult) -> str:
    queued = (
        ", ".join(f"{count} {channel}" for channel, count in sorted(result.queued.items())) or "no message"
    )
    stopped = ", ".join(f"{count} {code}" for code, count in sorted(result.stopped.items())) or "none"
    return (
        f"{result.on}: {result.evaluated} accounts looked at, {result.due} due; queued {queued}; {result.tasks} tasks, "
        f"{result.escalations} escalations; stopped: {stopped}; {result.seconds} s"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no date; write it as 2026-04-07.") from error


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no instant; write it as 2026-04-07T02:00:00-04:00.") from error
    if instant.tzinfo is None:
        raise CommandError(f"{text} lacks its offset; write it as 2026-04-07T02:00:00-04:00.")
    return instant
