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

FOLDER = Path(__file__).parent / "policies"
DAY_SECONDS = 86_400
LIMITED_CHANNELS = frozenset({"call", "text", "email", "letter", "in_person"})


class PolicyError(ValueError):
    """A policy file is missing or says something impossible. The sentence names the file and the field."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily window in local seconds of the day, start included and end excluded, on some weekdays (0 is Monday)."""

    weekdays: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StateLimit:
    """At most ``limit`` contacts through ``channels`` per debt in ``window_days`` calendar days."""

    state: str
    channels: frozenset[str]
    limit: int
    window_days: int
    citation: str


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
    state_limits: tuple[StateLimit, ...]
    lookback_days: int = field(init=False)

    def __post_init__(self) -> None:
        """No older touch counts: the longest window, a consent before it, a day for the zones."""
        windows = [self.call_window_days, self.cooldown_days, *(law.window_days for law in self.state_limits)]
        object.__setattr__(self, "lookback_days", max(windows) + self.consent_days + 2)


def seconds_of_day(text: str) -> int:
    """``"08:00"`` or ``"08:00:30"`` as seconds since local midnight; ``"24:00"`` is the end of the day. Raises ValueError."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(
        len(part) == 2 and part.isascii() and part.isdigit() for part in parts
    ):
        raise ValueError(f"{text!r} is not a time like 08:00")
    hours, minutes, seconds = (*(int(part) for part in parts), 0)[:3]
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY_SECONDS:
        raise ValueError(f"{text!r} is not a time of the day")
    return total


class _Table:
    """A TOML table that names its file and field when something is wrong."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self.data, self.where = data, where

    def fail(self, key: str, problem: str) -> PolicyError:
        return PolicyError(f"{self.where}: {key} {problem}")

    def only(self, *keys: str) -> None:
        for key in self.data:
            if key not in keys:
                raise self.fail(key, "is not a known setting")

    def get(self, key: str, kind: type) -> Any:
        if key not in self.data:
            raise self.fail(key, "is missing")
        value = self.data[key]
        if type(value) is not kind:
            raise self.fail(key, f"must be of type {kind.__name__}")
        return value

    def table(self, key: str) -> _Table:
        return _Table(self.get(key, dict), f"{self.where} [{key}]")

    def positive(self, key: str) -> int:
        value = self.get(key, int)
        if value < 1:
            raise self.fail(key, "must be at least 1")
        return int(value)

    def strings(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list)
        if not values or not all(isinstance(value, str) and value for value in values):
            raise self.fail(key, "must be a list of at least one string")
        return tuple(values)


def _hours(table: _Table) -> Hours:
    table.only("weekdays", "start", "end")
    days = table.get("weekdays", list)
    if not days or any(type(day) is not int or not 0 <= day <= 6 for day in days):
        raise table.fail("weekdays", "must list days from 0 (Monday) to 6")
    times = []
    for key in ("start", "end"):
        try:
            times.append(seconds_of_day(table.get(key, str)))
        except ValueError as error:
            raise table.fail(key, str(error)) from error
    if times[0] >= times[1]:
        raise table.fail("end", "must be later than start")
    return Hours(frozenset(days), times[0], times[1])


def _state_limit(table: _Table) -> StateLimit:
    table.only("state", "channels", "limit", "window_days", "citation")
    channels = frozenset(table.strings("channels"))
    if not channels <= LIMITED_CHANNELS:
        raise table.fail("channels", f"may hold only {', '.join(sorted(LIMITED_CHANNELS))}")
    return StateLimit(
        state=table.get("state", str),
        channels=channels,
        limit=table.positive("limit"),
        window_days=table.positive("window_days"),
        citation=table.get("citation", str),
    )


def _zones(table: _Table) -> tuple[str, ...]:
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
    "state_limits",
)


def parse_policy(data: Mapping[str, Any], where: str) -> Policy:
    """A policy from the content of its file; raises PolicyError naming ``where`` and the field."""
    top = _Table(data, where)
    top.only(*TOP)
    hours, calls = top.table("hours"), top.table("calls")
    hours.only("consumer", "commercial")
    calls.only("limit", "window_days", "cooldown_days", "consent_days")
    messages = top.table("messages")
    messages.only("sms_basis_days", "creditor_notice_days", "closed_domains")
    for key, setting in (("responses", "within_hours"), ("search", "days")):
        top.table(key).only(setting)
    limits = top.get("state_limits", list) if "state_limits" in data else []
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
        state_limits=tuple(
            _state_limit(_Table(row, f"{where} [state_limits.{n}]")) for n, row in enumerate(limits)
        ),
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
