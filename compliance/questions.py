"""The gate's question and answer as JSON: dict in, dataclasses out, and back. Errors name the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from compliance.case import (
    AddressBasis,
    Consent,
    Decision,
    Facts,
    Hold,
    Inconvenient,
    OptOut,
    Request,
    Touch,
    Validation,
)

T = TypeVar("T")
CHANNELS = frozenset({"call", "text", "email", "letter", "in_person"})
PURPOSES = frozenset({"collection", "location", "required_notice", "response"})
OUTCOMES = frozenset(
    {
        "",
        "no_answer",
        "voicemail",
        "limited_content_message",
        "busy",
        "not_in_service",
        "dropped",
        "conversation",
        "ringless_voicemail",
        "wrong_number",
        "dialing",
    }
)
HOLDS = frozenset(
    {
        "attorney",
        "cease",
        "dispute",
        "original_creditor_request",
        "bankruptcy",
        "discharged",
        "deceased",
        "scra",
        "employer_prohibited",
        "validation_pending",
        "suppression",
        "recalled",
    }
)


class QuestionError(ValueError):
    """The question cannot be read; ``field`` is the path of what is wrong."""

    code = "bad_question"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class _Reader:
    """One JSON object, read field by field; a key nobody reads is an error, so no fact is silently ignored."""

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise QuestionError(where, "must be an object")
        self.data, self.where, self.left = data, where, set(data)

    def fail(self, key: str, message: str) -> QuestionError:
        return QuestionError(f"{self.where}.{key}" if self.where else key, message)

    def take(self, key: str, default: Any = None) -> Any:
        self.left.discard(key)
        value = self.data.get(key, default)
        return default if value is None else value

    def text(
        self, key: str, *, needed: bool = False, among: frozenset[str] | None = None, default: str = ""
    ) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or (needed and not value):
            raise self.fail(key, "must be text" if not needed else "is needed, as text")
        if among is not None and value not in among:
            raise self.fail(key, f"{value!r} is not one of {', '.join(sorted(filter(None, among)))}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, "must be a list of texts")
        return tuple(value)

    def parsed(self, key: str, parse: Callable[[str], T], shape: str) -> T | None:
        value = self.take(key)
        if value is None:
            return None
        try:
            return parse(value)
        except (ValueError, TypeError) as error:
            raise self.fail(key, f"{value!r} is not {shape}") from error

    def day(self, key: str) -> date | None:
        return self.parsed(key, date.fromisoformat, "a date like 2026-04-07")

    def clock(self, key: str) -> time | None:
        return self.parsed(key, time.fromisoformat, "a time like 15:00")

    def instant(self, key: str) -> datetime | None:
        value = self.parsed(key, datetime.fromisoformat, "an instant like 2026-04-07T15:00:00-04:00")
        if value is not None and value.tzinfo is None:
            raise self.fail(key, "needs an offset from UTC, like -04:00")
        return value

    def needed(self, key: str, value: T | None) -> T:
        if value is None:
            raise self.fail(key, "is needed")
        return value

    def objects(self, key: str) -> Iterator[_Reader]:
        value = self.take(key, [])
        if not isinstance(value, list):
            raise self.fail(key, "must be a list")
        for place, item in enumerate(value):
            reader = _Reader(item, f"{self.where}.{key}[{place}]")
            yield reader
            reader.done()

    def done(self) -> None:
        for key in sorted(self.left):
            raise self.fail(key, "is not a known field")


def read_question(data: Any) -> tuple[Request, Facts]:
    """Raises QuestionError."""
    top = _Reader(data, "")
    request = _Reader(top.take("request"), "request")
    facts = _Reader(top.take("facts", {}), "facts")
    top.done()
    return _request(request), _facts(facts)


def _request(reader: _Reader) -> Request:
    request = Request(
        person=reader.text("person"),
        debt=reader.text("debt", needed=True),
        channel=reader.text("channel", needed=True, among=CHANNELS),
        at=reader.needed("at", reader.instant("at")),
        address=reader.text("address"),
        place=reader.text("place") or None,
        discussed_debts=reader.texts("discussed_debts"),
        purpose=reader.text("purpose", among=PURPOSES, default="collection"),
        template_tags=frozenset(reader.texts("template_tags")),
    )
    reader.done()
    return request


def _facts(reader: _Reader) -> Facts:
    facts = Facts(
        zones=_zones(reader),
        residence_states=reader.texts("residence_states"),
        cities=reader.texts("cities"),
        history=tuple(_touch(item) for item in reader.objects("history")),
        consents=tuple(_consent(item) for item in reader.objects("consents")),
        holds=tuple(
            Hold(
                item.text("kind", needed=True, among=HOLDS),
                item.text("debt") or None,
                item.needed("from", item.day("from")),
                item.day("until"),
            )
            for item in reader.objects("holds")
        ),
        opt_outs=tuple(
            OptOut(item.text("medium", among=CHANNELS | {"all"}), item.text("address") or None)
            for item in reader.objects("opt_outs")
        ),
        inconvenient=tuple(_inconvenient(item) for item in reader.objects("inconvenient")),
        address_basis=tuple(
            AddressBasis(
                item.text("address", needed=True), item.text("basis"), item.needed("as_of", item.day("as_of"))
            )
            for item in reader.objects("address_basis")
        ),
        undeliverable=reader.texts("undeliverable"),
        validation=_validation(reader),
        commercial=frozenset(reader.texts("commercial")),
        employer_emails=reader.texts("employer_emails"),
    )
    reader.done()
    return facts


def _zones(reader: _Reader) -> tuple[str, ...]:
    names = reader.texts("zones")
    for name in names:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError) as error:
            raise reader.fail("zones", f"{name!r} is no time zone") from error
    return names


def _touch(item: _Reader) -> Touch:
    return Touch(
        kind=item.text("kind", needed=True, among=CHANNELS),
        direction=item.text("direction", needed=True, among=frozenset({"in", "out"})),
        at=item.needed("at", item.instant("at")),
        debts=item.texts("debts"),
        address=item.text("address"),
        outcome=item.text("outcome", among=OUTCOMES),
    )


def _consent(item: _Reader) -> Consent:
    return Consent(
        kind=item.text("kind", needed=True, among=CHANNELS),
        debts=item.texts("debts"),
        given_at=item.needed("given_at", item.instant("given_at")),
        until=item.day("until"),
        revoked_at=item.instant("revoked_at"),
    )


def _inconvenient(item: _Reader) -> Inconvenient:
    weekdays = item.take("weekdays", [])
    if not isinstance(weekdays, list) or any(type(day) is not int or not 0 <= day <= 6 for day in weekdays):
        raise item.fail("weekdays", "must be a list of numbers from 0 (Monday) to 6")
    return Inconvenient(
        weekdays=frozenset(weekdays),
        start=item.clock("start"),
        end=item.clock("end"),
        place=item.text("place") or None,
        from_on=item.day("from"),
        until=item.day("until"),
    )


def _validation(reader: _Reader) -> dict[str, Validation]:
    table = reader.take("validation", {})
    if not isinstance(table, Mapping):
        raise reader.fail("validation", "must be an object keyed by debt")
    found = {}
    for debt, item in table.items():
        inner = _Reader(item, f"{reader.where}.validation.{debt}")
        found[str(debt)] = Validation(inner.day("sent_on"), inner.day("period_ends_on"))
        inner.done()
    return found


def answer_dict(decision: Decision) -> dict[str, Any]:
    """The answer's JSON shape; instants in the primary zone with their offset."""
    return {
        "allowed": decision.allowed,
        "reasons": [
            {
                "code": r.code,
                "rule": r.rule,
                "until": r.until.isoformat() if r.until else None,
                "text": r.text,
            }
            for r in decision.reasons
        ],
        "next_allowed_at": decision.next_allowed_at.isoformat() if decision.next_allowed_at else None,
        "policy_version": decision.policy_version,
    }
