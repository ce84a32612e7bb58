"""Questions to the gate: one person, one debt, New York, under the pack in force."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from compliance.gate import AddressBasis, Consent, Decision, Facts, Request, Touch, decide
from compliance.policy import policy_on

ET, PT = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
POLICY = policy_on(date(2026, 11, 23))
NY = ("America/New_York",)
BOTH = ("America/New_York", "America/Los_Angeles")
NUMBER, MAIL = "+12125550123", "a@example.com"


def on(day: date | str, clock: str = "12:00", zone: ZoneInfo = ET) -> datetime:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time.fromisoformat(clock), zone)


def ask(at: datetime, channel: str = "call", **values: Any) -> Request:
    address = values.pop("address", MAIL if channel == "email" else NUMBER)
    return Request(person="P", debt="D", channel=channel, at=at, address=address, **values)


def answer(request: Request, **facts: Any) -> Decision:
    return decide(request, Facts(**{"zones": NY, **facts}), POLICY)


def codes(request: Request, **facts: Any) -> list[str]:
    return [reason.code for reason in answer(request, **facts).reasons]


def ends(request: Request, **facts: Any) -> list[tuple[str, datetime | None]]:
    return [(reason.code, reason.until) for reason in answer(request, **facts).reasons]


def call(day: str, outcome: str = "no_answer", *, clock: str = "10:00", direction: str = "out", debts: tuple[str, ...] = ("D",), kind: str = "call", address: str = NUMBER, place: str = "", recipient: str = "") -> Touch:  # fmt: skip  # noqa: E501
    return Touch(kind, direction, on(day, clock), debts, address, outcome, place, recipient)


def sent(kind: str, day: str, *, clock: str = "10:00", debts: tuple[str, ...] = ("D",)) -> Touch:
    return Touch(kind, "out", on(day, clock), debts, MAIL if kind == "email" else NUMBER, "")


def came(kind: str, day: str, *, clock: str = "10:00") -> Touch:
    outcome = "conversation" if kind == "call" else ""
    return Touch(kind, "in", on(day, clock), ("D",), MAIL if kind == "email" else NUMBER, outcome)


def consent(given: str, until: str | None = None, revoked: datetime | None = None) -> tuple[Consent, ...]:
    last = date.fromisoformat(until) if until else None
    return (Consent("call", ("D",), on(given, "09:00"), last, revoked),)


BASES = (
    AddressBasis(MAIL, "EMAIL_CONSENT", date(2026, 1, 1)),
    AddressBasis(NUMBER, "SMS_CONSENT", date(2026, 8, 15)),
)
