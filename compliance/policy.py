"""The numbers of the law as dated data: one TOML file per version under ``policies/`` (regulation note, preamble).

Pure apart from reading those files: no Django, no clock, no database.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from compliance.lawtables import ALLOCATIONS, KEYS, LawTables, law_tables
from compliance.overlays import (
    Hours,
    Overlays,
    action_notice,
    city_names,
    electronic_consent,
    state_hours,
    state_limit,
)
from compliance.tables import PolicyError, Table

__all__ = [
    "FOLDER",
    "Hours",
    "Policy",
    "PolicyError",
    "known_policies",
    "load_policies",
    "parse_policy",
    "policy_on",
]

FOLDER = Path(__file__).parent / "policies"


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules' numbers, in force from a day on until a later version takes over."""

    version: str
    effective_from: date
    consumer_hours: Hours
    commercial_hours: Hours
    unknown_zones: tuple[str, ...]
    call_limit: int
    call_window_days: int
    cooldown_days: int
    consent_days: int
    sms_basis_days: int
    creditor_notice_days: int
    closed_domains: tuple[str, ...]
    response_hours: int
    search_days: int
    overlays: Overlays
    allocates_to_all: bool = True
    confirmation_minutes: int = 0
    tables: LawTables = field(default_factory=LawTables)
    lookback_days: int = field(init=False)

    def __post_init__(self) -> None:
        """No older touch counts for the federal rules: the longest window, a consent before it, a day for the zones."""
        windows = self.call_window_days, self.cooldown_days
        object.__setattr__(self, "lookback_days", max(windows) + self.consent_days + 2)


def _hours(table: Table) -> Hours:
    table.only("weekdays", "start", "end")
    start, end = table.time("start"), table.time("end")
    if start >= end:
        raise table.fail("end", "must be later than start")
    return Hours(table.weekdays("weekdays"), start, end)


def _zones(table: Table) -> tuple[str, ...]:
    table.only("unknown")
    names = table.strings("unknown")
    for name in names:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError) as error:
            raise table.fail("unknown", f"holds {name!r}, which is no time zone") from error
    return names


TOP = (
    "version",
    "effective_from",
    "reviewed_on",
    "hours",
    "zones",
    "calls",
    "messages",
    "responses",
    "search",
    "cities",
    "state_limits",
    "state_hours",
    "electronic_consent",
    "action_notices",
    *KEYS,
)


def parse_policy(data: Mapping[str, Any], where: str) -> Policy:
    """A policy from the content of its file; raises PolicyError naming ``where`` and the field."""
    top = Table(data, where)
    top.only(*TOP)
    hours, calls = top.table("hours"), top.table("calls")
    hours.only("consumer", "commercial")
    calls.only("limit", "window_days", "cooldown_days", "consent_days", "unanswered_allocation")
    messages = top.table("messages")
    messages.only("sms_basis_days", "creditor_notice_days", "closed_domains", "confirmation_minutes")
    for key, setting in (("responses", "within_hours"), ("search", "days")):
        top.table(key).only(setting)
    named = top.table("cities") if "cities" in data else Table({}, where)
    cities = {name: city_names(named.table(name)) for name in named.data}
    return Policy(
        version=top.get("version", str),
        effective_from=top.get("effective_from", date),
        consumer_hours=_hours(hours.table("consumer")),
        commercial_hours=_hours(hours.table("commercial")),
        unknown_zones=_zones(top.table("zones")),
        call_limit=calls.positive("limit"),
        call_window_days=calls.positive("window_days"),
        cooldown_days=calls.positive("cooldown_days"),
        consent_days=calls.positive("consent_days"),
        sms_basis_days=messages.positive("sms_basis_days"),
        creditor_notice_days=messages.positive("creditor_notice_days"),
        closed_domains=messages.strings("closed_domains"),
        response_hours=top.table("responses").positive("within_hours"),
        search_days=top.table("search").positive("days"),
        overlays=Overlays(
            limits=tuple(state_limit(row, cities) for row in top.rows("state_limits")),
            hours=tuple(state_hours(row, cities) for row in top.rows("state_hours")),
            consents=tuple(electronic_consent(row, cities) for row in top.rows("electronic_consent")),
            notices=tuple(action_notice(row, cities) for row in top.rows("action_notices")),
            cities=cities,
        ),
        allocates_to_all=calls.one_of("unanswered_allocation", ALLOCATIONS) == ALLOCATIONS[0],
        confirmation_minutes=messages.positive("confirmation_minutes")
        if "confirmation_minutes" in messages.data
        else 0,
        tables=law_tables(top),
    )


def load_policies(folder: Path = FOLDER) -> tuple[Policy, ...]:
    """Every policy of a folder, oldest first; raises PolicyError if there is none or two start on one day."""
    policies = []
    for path in sorted(folder.glob("*.toml")):
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PolicyError(f"{path.name}: is not TOML: {error}") from error
        policy = parse_policy(data, path.name)
        if policy.version != path.stem:
            raise PolicyError(f"{path.name}: version must be {path.stem!r}, the name of the file")
        policies.append(policy)
    if not policies:
        raise PolicyError(f"{folder}: holds no policy")
    policies.sort(key=lambda policy: policy.effective_from)
    for earlier, later in itertools.pairwise(policies):
        if earlier.effective_from == later.effective_from:
            raise PolicyError(
                f"{earlier.version} and {later.version} take effect on the same day, {later.effective_from}"
            )
    return tuple(policies)


@lru_cache(maxsize=1)
def known_policies() -> tuple[Policy, ...]:
    """The policies that ship with the program, read once per process."""
    return load_policies()


def policy_on(on: date, policies: Iterable[Policy] | None = None) -> Policy:
    """The policy in force on a day; raises PolicyError before the first one."""
    found: Policy | None = None
    for policy in known_policies() if policies is None else policies:
        if policy.effective_from <= on and (found is None or policy.effective_from > found.effective_from):
            found = policy
    if found is None:
        raise PolicyError(f"no policy is in force on {on.isoformat()}")
    return found
