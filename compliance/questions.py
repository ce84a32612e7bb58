"""The gate's question and answer as JSON: dict in, dataclasses out, and back. Errors name the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from compliance.case import (
    AddressBasis,
    Consent,
    Decision,
    Facts,
    Hold,
    Inconvenient,
    Notice,
    OptOut,
    Request,
    Stated,
    Touch,
    Validation,
    zone,
)
from compliance.holds import CEASE_EXCEPTIONS, PRESSING_TAGS
from compliance.media import EMAIL_BASES, SMS_BASES
from compliance.parties import ASKED_AGAIN, RECIPIENTS
from compliance.states import ASKS_CONSENT

T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 1900, 2999
CHANNELS = frozenset({"call", "text", "email", "letter", "in_person"})
MEDIA = CHANNELS | {"all"}
DIRECTIONS = frozenset({"in", "out"})
TEMPLATE_TAGS = CEASE_EXCEPTIONS | PRESSING_TAGS | ASKED_AGAIN | {ASKS_CONSENT, "validation", "commercial"}
PURPOSES = frozenset({"collection", "location", "required_notice", "response"})
OUTCOMES = frozenset(
    {
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
    """One JSON object, read field by field; an unknown key is an error, so no fact is silently ignored."""

    __slots__ = ("data", "where")

    def __init__(self, data: Any, where: str, known: frozenset[str]) -> None:
        if not isinstance(data, dict):
            raise QuestionError(where, "must be an object")
        self.data, self.where = data, where
        if not known.issuperset(data):
            raise self.fail(min(data.keys() - known), "is not a known field")

    def fail(self, key: str, message: str) -> QuestionError:
        return QuestionError(f"{self.where}.{key}" if self.where else key, message)

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.fail(key, "must be text")
        return value

    def needed_text(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.fail(key, "is needed, as text")
        return value

    def one_of(self, key: str, known: frozenset[str]) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or value not in known:
            raise self.fail(key, f"{value!r} is not one of {', '.join(sorted(known))}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.fail(key, "must be a list of texts")
        for item in value:
            if not isinstance(item, str):
                raise self.fail(key, "must be a list of texts")
        return tuple(value)

    def list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, "must be a list")
        return value

    def parsed(self, key: str, parse: Callable[[str], T], shape: str) -> T | None:
        value = self.data.get(key)
        if value is None:
            return None
        try:
            return parse(value)
        except (ValueError, TypeError) as error:
            raise self.fail(key, f"{value!r} is not {shape}") from error

    def day(self, key: str) -> date | None:
        value = self.parsed(key, date.fromisoformat, "a date like 2026-04-07")
        if value is not None and value.year > LAST_YEAR:
            raise self.fail(key, f"lies after the year {LAST_YEAR}")
        return value

    def last_day(self, key: str) -> date | None:
        """A date beyond all reckoning, such as 9999-12-31, means for ever."""
        value = self.parsed(key, date.fromisoformat, "a date like 2026-04-07")
        return None if value is None or value.year > LAST_YEAR else value

    def clock(self, key: str) -> time | None:
        value = self.parsed(key, time.fromisoformat, "a time like 15:00")
        if value is not None and value.tzinfo is not None:
            raise self.fail(key, "is local to the person and carries no offset")
        return value

    def instant(self, key: str) -> datetime | None:
        """In UTC."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except (ValueError, TypeError) as error:
            raise self.fail(key, f"{value!r} is not an instant like 2026-04-07T15:00:00-04:00") from error
        if at.tzinfo is None:
            raise self.fail(key, "needs an offset from UTC, like -04:00")
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise self.fail(key, f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
        return at.astimezone(UTC)

    def needed(self, key: str, value: T | None) -> T:
        if value is None:
            raise self.fail(key, "is needed")
        return value

    def objects(self, key: str, known: frozenset[str]) -> Iterator[_Reader]:
        for place, item in enumerate(self.list(key)):
            yield _Reader(item, f"{self.where}.{key}[{place}]", known)


def _names(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


TOP_FIELDS = frozenset({"request", "facts"})
REQUEST_FIELDS = _names(Request)
FACTS_FIELDS = _names(Facts)
TOUCH_FIELDS = frozenset(Touch._fields)
CONSENT_FIELDS = _names(Consent)
SPAN = frozenset({"from", "until"})
HOLD_FIELDS = SPAN | {"kind", "debt"}
OPT_OUT_FIELDS = _names(OptOut)
WINDOW_FIELDS = SPAN | {"weekdays", "start", "end", "place"}
BASIS_FIELDS = _names(AddressBasis)
STATED_FIELDS = _names(Stated)
NOTICE_FIELDS = _names(Notice)
VALIDATION_FIELDS = _names(Validation)


def read_question(data: Any) -> tuple[Request, Facts]:
    """Raises QuestionError."""
    top = _Reader(data, "", TOP_FIELDS)
    request = _Reader(top.data.get("request"), "request", REQUEST_FIELDS)
    facts = _Reader(top.data.get("facts") or {}, "facts", FACTS_FIELDS)
    return _request(request), _facts(facts)


def _request(reader: _Reader) -> Request:
    tags = reader.texts("template_tags")
    if not TEMPLATE_TAGS.issuperset(tags):
        unknown = min(set(tags) - TEMPLATE_TAGS)
        raise reader.fail("template_tags", f"{unknown!r} is not one of {', '.join(sorted(TEMPLATE_TAGS))}")
    return Request(
        person=reader.text("person"),
        debt=reader.needed_text("debt"),
        channel=reader.one_of("channel", CHANNELS),
        at=reader.needed("at", reader.instant("at")),
        address=reader.text("address"),
        place=reader.text("place") or None,
        discussed_debts=reader.texts("discussed_debts"),
        purpose=reader.one_of("purpose", PURPOSES) if reader.data.get("purpose") else "collection",
        template_tags=frozenset(tags),
        recipient=_recipient(reader),
    )


def _recipient(reader: _Reader) -> str:
    """Blank and ``consumer`` are the person asked about."""
    value = reader.text("recipient")
    return "" if value in ("", "consumer") else reader.one_of("recipient", RECIPIENTS)


def _facts(reader: _Reader) -> Facts:
    return Facts(
        zones=_zones(reader),
        residence_states=reader.texts("residence_states"),
        cities=reader.texts("cities"),
        history=tuple(_touch(item) for item in reader.objects("history", TOUCH_FIELDS)),
        consents=tuple(_consent(item) for item in reader.objects("consents", CONSENT_FIELDS)),
        holds=tuple(_hold(item) for item in reader.objects("holds", HOLD_FIELDS)),
        opt_outs=tuple(
            OptOut(item.one_of("medium", MEDIA), item.text("address") or None)
            for item in reader.objects("opt_outs", OPT_OUT_FIELDS)
        ),
        inconvenient=tuple(_inconvenient(item) for item in reader.objects("inconvenient", WINDOW_FIELDS)),
        address_basis=tuple(_basis(item) for item in reader.objects("address_basis", BASIS_FIELDS)),
        undeliverable=reader.texts("undeliverable"),
        validation=_validation(reader),
        commercial=frozenset(reader.texts("commercial")),
        employer_emails=reader.texts("employer_emails"),
        indicated_states=reader.texts("indicated_states"),
        stated=tuple(_stated(item) for item in reader.objects("stated", STATED_FIELDS)),
        notices=tuple(
            Notice(item.one_of("tag", CEASE_EXCEPTIONS), item.needed_text("debt"))
            for item in reader.objects("notices", NOTICE_FIELDS)
        ),
        disclosed=reader.texts("disclosed"),
    )


def _stated(item: _Reader) -> Stated:
    name = item.needed_text("zone")
    return Stated(_zone(item, "zone", name), item.needed("at", item.instant("at")), item.instant("until"))


def _zones(reader: _Reader) -> tuple[str, ...]:
    names = reader.texts("zones")
    return tuple(_zone(reader, "zones", name) for name in names)


def _zone(reader: _Reader, key: str, name: str) -> str:
    try:
        zone(name)
    except (ValueError, OSError, KeyError) as error:
        raise reader.fail(key, f"{name!r} is no time zone") from error
    return name


def _touch(item: _Reader) -> Touch:
    touch = Touch(
        item.one_of("kind", CHANNELS),
        item.one_of("direction", DIRECTIONS),
        item.needed("at", item.instant("at")),
        item.texts("debts"),
        item.text("address"),
        item.one_of("outcome", OUTCOMES) if item.data.get("outcome") else "",
        item.text("place"),
        _recipient(item),
    )
    if not touch.outcome and touch.kind == "call" and touch.direction == "out":
        raise item.fail("outcome", "is needed for a call we made")
    return touch


def _consent(item: _Reader) -> Consent:
    return Consent(
        kind=item.one_of("kind", CHANNELS),
        debts=item.texts("debts"),
        given_at=item.needed("given_at", item.instant("given_at")),
        until=item.last_day("until"),
        revoked_at=item.instant("revoked_at"),
        weekdays=_weekdays(item),
    )


def _hold(item: _Reader) -> Hold:
    return Hold(
        kind=item.one_of("kind", HOLDS),
        debt=item.text("debt") or None,
        from_on=item.needed("from", item.day("from")),
        until=item.last_day("until"),
    )


def _inconvenient(item: _Reader) -> Inconvenient:
    return Inconvenient(
        weekdays=_weekdays(item),
        start=item.clock("start"),
        end=None if item.data.get("end") in ("24:00", "24:00:00") else item.clock("end"),
        place=item.text("place") or None,
        from_on=item.day("from"),
        until=item.last_day("until"),
    )


def _weekdays(item: _Reader) -> frozenset[int]:
    weekdays = item.list("weekdays")
    if any(type(day) is not int or not 0 <= day <= 6 for day in weekdays):
        raise item.fail("weekdays", "must be a list of numbers from 0 (Monday) to 6")
    return frozenset(weekdays)


def _basis(item: _Reader) -> AddressBasis:
    return AddressBasis(
        address=item.needed_text("address"),
        basis=item.one_of("basis", EMAIL_BASES | SMS_BASES),
        as_of=item.needed("as_of", item.day("as_of")),
    )


def _validation(reader: _Reader) -> dict[str, Validation]:
    table = reader.data.get("validation") or {}
    if not isinstance(table, dict):
        raise reader.fail("validation", "must be an object keyed by debt")
    found = {}
    for debt, item in table.items():
        inner = _Reader(item, f"{reader.where}.validation.{debt}", VALIDATION_FIELDS)
        found[debt] = Validation(inner.day("sent_on"), inner.day("period_ends_on"))
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
