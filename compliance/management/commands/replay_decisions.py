"""Asks the gate every decision on record again and tells what it would answer otherwise. Changes nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.packs import PackRefused, policies, read_pack
from compliance.policy import Policy
from compliance.replaying import Difference, Tally, replay


class Command(BaseCommand):
    help = "Re-decide the decisions on record, under the policy each names or under another, and show the differences."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--policy",
            default="",
            help="a version on record, or a pack's file (TOML); each decision's own when left out",
        )
        parser.add_argument(
            "--from", dest="since", type=_day, help="first day of those asked again, YYYY-MM-DD"
        )
        parser.add_argument("--to", dest="until", type=_day, help="last day")
        parser.add_argument("--show", type=int, default=20, help="how many differences to show (20)")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = options["since"], options["until"]
        if since and until and until < since:
            raise CommandError("--to: lies before --from.")
        policy, tally = _policy(options["policy"]), Tally()
        shown: list[Difference] = []
        for found in replay(policy=policy, since=since, until=until, tally=tally):
            if len(shown) < options["show"]:
                shown.append(found)
        if options["json"]:
            head = {"policy": policy.version if policy else None}
            self.stdout.write(
                json.dumps({**head, **tally.as_dict(), "differences": [each.as_dict() for each in shown]})
            )
            return
        self._tell(tally, shown)

    def _tell(self, tally: Tally, shown: list[Difference]) -> None:
        self.stdout.write(
            f"{tally.decisions:,} decisions: {tally.same:,} the same, {tally.now_refused:,} now refused, "
            f"{tally.now_allowed:,} now allowed, {tally.other_reasons:,} for other reasons"
        )
        for name, why in (
            ("unknown", "made by a policy that is not on record"),
            ("unreadable", "whose facts cannot be read"),
        ):
            if count := getattr(tally, name):
                self.stdout.write(f"{count:,} left out, {why}")
        for sign, codes in (("+", tally.more), ("-", tally.less)):
            for code, count in codes.most_common():
                self.stdout.write(f"  {sign} {code} {count:,}")
        for each in shown:
            was, now = (", ".join(codes) or "allowed" for codes in (each.was, each.now))
            self.stdout.write(
                f"{each.account} {each.channel} {each.at:%Y-%m-%d %H:%M} #{each.decision}: {was} -> {now}"
            )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _policy(named: str) -> Policy | None:
    if not named:
        return None
    found = next((policy for policy in policies() if policy.version == named), None)
    if found is not None:
        return found
    path = Path(named)
    if not path.is_file():
        known = ", ".join(policy.version for policy in policies())
        raise CommandError(f"--policy: {named!r} is neither a version on record ({known}) nor a file.")
    try:
        return read_pack(path.read_text(encoding="utf-8"))
    except (PackRefused, UnicodeDecodeError) as error:
        raise CommandError(f"--policy: {error}") from error
