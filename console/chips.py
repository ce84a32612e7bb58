"""The compliance strip: per channel, may I now, until when, or why not and from when. In the recipient's local time and in ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from compliance.enums import HoldKind
from compliance.questions import read_question
from compliance.until import allowed_until
from console.file import File
from console.templatetags.show import clock_time
from contacts.facts import Ask, postal_lines
from contacts.gating import Asked, ask_gate
from core.clock import business_today, business_zone
from debtors.models import Address
from debtors.phones import format_phone
from reporting.refusals import sentence


@dataclass(frozen=True, slots=True)
class Chip:
    """``tone``: good (allowed), bad (refused), plain (nothing to ask about)."""

    channel: str
    label: str
    tone: str
    text: str
    address: str = ""


LABELS = {"call": "Call", "text": "Text", "email": "E-mail", "letter": "Letter"}


def chips(*, file: File, at: datetime) -> list[Chip]:
    """Asks the gate once for every channel that has an address."""
    addresses = _addresses(file)
    asks = [
        Ask(file.account.pk, file.account.debtor_id, channel, address, at)
        for channel, address in addresses.items()
        if address
    ]
    answers = {asked.ask.channel: asked for asked in ask_gate(asks)}
    zone = ZoneInfo(file.account.debtor.zones[0]) if file.account.debtor.zones else None
    found = [
        _chip(channel, addresses[channel], answers[channel], zone, at)
        if channel in answers
        else Chip(channel, label, "plain", "nothing usable on file")
        for channel, label in LABELS.items()
    ]
    facts: Mapping[str, Any] = next((asked.question["facts"] for asked in answers.values()), {})
    return [*found, *_validation(file.account.ref, facts, business_today(at))]


def _validation(ref: str, facts: Mapping[str, Any], on: date) -> Iterator[Chip]:
    """How long the debt may be disputed, or since when its validation notice is owed."""
    period = facts.get("validation", {}).get(ref)
    if period is not None:
        ends_on = date.fromisoformat(period["period_ends_on"])
        if ends_on >= on:
            yield Chip("validation", "Disputes", "plain", f"until {_day(ends_on)}")
        return
    for hold in facts.get("holds", ()):
        if hold["kind"] == HoldKind.VALIDATION_PENDING and hold["debt"] in (ref, None):
            last_day = date.fromisoformat(hold["from"]) - timedelta(days=1)
            late = last_day < on
            yield Chip(
                "validation",
                "Validation notice",
                "bad" if late else "plain",
                f"to be sent by {_day(last_day)}",
            )
            return


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _addresses(file: File) -> dict[str, str]:
    mobile = next((row["number"] for row in file.usable_phones if row["kind"] == "mobile"), "")
    postal = ""
    if file.usable_addresses:
        row = file.usable_addresses[0]
        fields = {name: row[name] for name in ("line1", "line2", "city", "state", "zip")}
        postal = postal_lines(Address(**fields))
    return {
        "call": file.usable_phones[0]["number"] if file.usable_phones else "",
        "text": mobile,
        "email": file.usable_emails[0]["address"] if file.usable_emails else "",
        "letter": postal,
    }


def _chip(channel: str, address: str, asked: Asked, zone: ZoneInfo | None, at: datetime) -> Chip:
    shown = format_phone(address) if channel in ("call", "text") else ""
    verdict = asked.verdict
    if verdict.allowed:
        end = allowed_until(*read_question(asked.question), asked.policy)
        until = f" until {_when(end, zone, at)}" if end else ""
        return Chip(channel, LABELS[channel], "good", f"{shown} now{until}".strip(), address)
    why = ", ".join(dict.fromkeys(sentence(str(reason.code)) for reason in verdict.reasons))
    when = f" · from {_when(verdict.next_allowed_at, zone, at)}" if verdict.next_allowed_at else ""
    return Chip(channel, LABELS[channel], "bad", f"{why}{when}", address)


def _when(instant: datetime, zone: ZoneInfo | None, at: datetime) -> str:
    """In the person's clock, and in the desk's where that shows another time."""
    ours = instant.astimezone(business_zone())
    theirs = instant.astimezone(zone) if zone else ours
    if theirs.utcoffset() == ours.utcoffset():
        return _clock(theirs, at)
    return f"{_clock(theirs, at)} ({_clock(ours, at)} here)"


def _clock(local: datetime, at: datetime) -> str:
    day = "" if local.date() == at.astimezone(local.tzinfo).date() else f"{local.day} {local:%b} "
    return f"{day}{clock_time(local)} {local:%Z}"


def local_time(file: File, at: datetime) -> str:
    """2:32 pm MST · Phoenix, AZ; several zones when it is not known which."""
    zones = file.account.debtor.zones
    times = " or ".join(
        dict.fromkeys(
            f"{clock_time(local)} {local:%Z}" for local in (at.astimezone(ZoneInfo(name)) for name in zones)
        )
    )
    place = next((f" · {row['city']}, {row['state']}" for row in file.usable_addresses), "")
    return f"{times}{place}" if times else "unknown: add an address or number"
