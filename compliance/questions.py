"""The gate's question and answer as JSON: dict in, dataclasses out, and back. Errors name the field."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from compliance.advice import RECORDINGS
from compliance.case import (
    AddressBasis,
    CoDebtorStay,
    Consent,
    DebtFacts,
    Decision,
    DialConsent,
    Facts,
    Hold,
    Inconvenient,
    Licence,
    Notice,
    OptOut,
    Reason,
    Request,
    Stated,
    Touch,
    Validation,
    zone,
)
from compliance.dialing import LINES
from compliance.holds import CEASE_EXCEPTIONS, DISPUTE_ANSWERS, PRESSING_TAGS
from compliance.lawtables import CHAPTERS, DIAL_MODES, MANUAL
from compliance.media import CONFIRMS, EMAIL_BASES, SMS_BASES
from compliance.parties import ASKED_AGAIN, RECIPIENTS
from compliance.reader import FIRST_YEAR, LAST_YEAR, Reader
from compliance.states import ACTION_NOTICE, ASKS_CONSENT

CHANNELS = frozenset({"call", "text", "email", "letter", "in_person"})
MEDIA = CHANNELS | {"all"}
DIRECTIONS = frozenset({"in", "out"})
TEMPLATE_TAGS = (
    CEASE_EXCEPTIONS
    | PRESSING_TAGS
    | ASKED_AGAIN
    | {ASKS_CONSENT, CONFIRMS, "validation", "commercial", ACTION_NOTICE}
    | DISPUTE_ANSWERS
)
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
        "refused_to_pay",
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


def _names(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


MOST_TOLLED = 36_525
TEXT = frozenset({str})
TOP_FIELDS = frozenset({"request", "facts"})
REQUEST_FIELDS = _names(Request)
FACTS_FIELDS = _names(Facts)
TOUCH_FIELDS = frozenset(Touch._fields)
CONSENT_FIELDS = _names(Consent) | {"given_to"}
GIVEN_TO = frozenset({"us", "creditor", "prior_collector"})
SPAN = frozenset({"from", "until"})
HOLD_FIELDS = SPAN | {"kind", "debt", "part"}
OPT_OUT_FIELDS = _names(OptOut)
WINDOW_FIELDS = SPAN | {"weekdays", "start", "end", "place"}
BASIS_FIELDS = _names(AddressBasis)
STATED_FIELDS = _names(Stated)
NOTICE_FIELDS = _names(Notice)
VALIDATION_FIELDS = _names(Validation)
DIAL_CONSENT_FIELDS = _names(DialConsent)
STAY_FIELDS = SPAN | {"debt", "chapter"}
LICENCE_FIELDS = _names(Licence)
DEBT_FIELDS = _names(DebtFacts)


def read_question(data: Any) -> tuple[Request, Facts]:
    """Raises QuestionError."""
    top = Reader(data, "", TOP_FIELDS)
    request = Reader(top.data.get("request"), "request", REQUEST_FIELDS)
    facts = Reader(top.data.get("facts") or {}, "facts", FACTS_FIELDS)
    return _request(request), _facts(facts)


def _request(reader: Reader) -> Request:
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
        dial_mode=reader.one_of("dial_mode", DIAL_MODES) if reader.data.get("dial_mode") else MANUAL,
        recording=reader.one_of("recording", RECORDINGS) if reader.data.get("recording") else "",
    )


def _recipient(reader: Reader) -> str:
    """Blank and ``consumer`` are the person asked about."""
    value = reader.text("recipient")
    return "" if value in ("", "consumer") else reader.one_of("recipient", RECIPIENTS)


def _facts(reader: Reader) -> Facts:
    return Facts(
        zones=_zones(reader),
        residence_states=reader.texts("residence_states"),
        cities=reader.texts("cities"),
        history=_history(reader),
        consents=_consents(reader),
        holds=tuple(_hold(item) for item in reader.objects("holds", HOLD_FIELDS)),
        opt_outs=tuple(
            OptOut(item.one_of("medium", MEDIA), item.text("address") or None, item.instant("at"))
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
        frequency_groups=_words(reader, "frequency_groups"),
        dial_consents=tuple(
            DialConsent(
                item.needed_text("address"),
                item.needed("given_at", item.instant("given_at")),
                item.instant("revoked_at"),
            )
            for item in reader.objects("dial_consents", DIAL_CONSENT_FIELDS)
        ),
        lines=_lines(reader),
        debts={
            debt: _debt(Reader(item, f"{reader.where}.debts.{debt}", DEBT_FIELDS))
            for debt, item in reader.mapping("debts").items()
        },
        licences=_licences(reader),
        co_debtor_stays=tuple(_stay(item) for item in reader.objects("co_debtor_stays", STAY_FIELDS)),
        born_on=reader.day("born_on"),
    )


def _words(reader: Reader, key: str) -> dict[str, str]:
    found = reader.mapping(key)
    if not all(isinstance(value, str) and value for value in found.values()):
        raise reader.fail(key, "must map to texts")
    return found


def _lines(reader: Reader) -> dict[str, str]:
    found = _words(reader, "lines")
    if not LINES.issuperset(found.values()):
        raise reader.fail("lines", f"maps a number to one of {', '.join(sorted(LINES))}")
    return found


def _debt(item: Reader) -> DebtFacts:
    tolled = item.data.get("tolled_days") or 0
    if type(tolled) is not int or not 0 <= tolled <= MOST_TOLLED:
        raise item.fail("tolled_days", f"must be a whole number from 0 to {MOST_TOLLED}")
    return DebtFacts(
        kind=item.text("kind"),
        accrued_on=item.day("accrued_on"),
        last_payment_on=item.day("last_payment_on"),
        tolled_days=tolled,
        limitation_on=item.last_day("limitation_on"),
        notice_on=item.day("notice_on"),
    )


def _licences(reader: Reader) -> tuple[Licence, ...] | None:
    if reader.data.get("licences") is None:
        return None
    return tuple(
        Licence(
            item.needed_text("place"),
            item.needed("valid_from", item.day("valid_from")),
            item.last_day("valid_to"),
        )
        for item in reader.objects("licences", LICENCE_FIELDS)
    )


def _stay(item: Reader) -> CoDebtorStay:
    return CoDebtorStay(
        debt=item.text("debt") or None,
        from_on=item.needed("from", item.day("from")),
        until=item.last_day("until"),
        chapter=item.one_of("chapter", CHAPTERS) if item.data.get("chapter") else "",
    )


def _consents(reader: Reader) -> tuple[Consent, ...]:
    """Those given to us."""
    found = []
    for item in reader.objects("consents", CONSENT_FIELDS):
        consent = _consent(item)
        if not item.data.get("given_to") or item.one_of("given_to", GIVEN_TO) == "us":
            found.append(consent)
    return tuple(found)


def _stated(item: Reader) -> Stated:
    name = item.needed_text("zone")
    return Stated(_zone(item, "zone", name), item.needed("at", item.instant("at")), item.instant("until"))


def _zones(reader: Reader) -> tuple[str, ...]:
    names = reader.texts("zones")
    return tuple(_zone(reader, "zones", name) for name in names)


def _zone(reader: Reader, key: str, name: str) -> str:
    try:
        zone(name)
    except (ValueError, OSError, KeyError) as error:
        raise reader.fail(key, f"{name!r} is no time zone") from error
    return name


def _history(reader: Reader) -> tuple[Touch, ...]:
    where = f"{reader.where}.history"
    return tuple(
        [
            _plain_touch(item) or _touch(Reader(item, f"{where}[{place}]", TOUCH_FIELDS))
            for place, item in enumerate(reader.list("history"))
        ]
    )


def _plain_touch(data: Any) -> Touch | None:
    """As ``_touch`` reads it, several times as fast; None when anything is not plainly right, and that says what."""
    try:
        get = data.get
        kind, direction, debts, at = data["kind"], data["direction"], data["debts"], data["at"]
        address, outcome, place = get("address") or "", get("outcome") or "", get("place") or ""
        when = datetime.fromisoformat(at)
        if (
            TOUCH_FIELDS.issuperset(data)
            and kind in CHANNELS
            and direction in DIRECTIONS
            and (outcome in OUTCOMES or (not outcome and (kind != "call" or direction == "in")))
            and type(debts) is list
            and TEXT.issuperset(map(type, debts))
            and type(address) is type(place) is str
            and not get("recipient")
            and not get("mode")
            and when.tzinfo is not None
            and FIRST_YEAR <= when.year <= LAST_YEAR
        ):
            found = (kind, direction, when.astimezone(UTC), tuple(debts), address, outcome, place, "", "")
            return tuple.__new__(Touch, found)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return None


def _touch(item: Reader) -> Touch:
    touch = Touch(
        item.one_of("kind", CHANNELS),
        item.one_of("direction", DIRECTIONS),
        item.needed("at", item.instant("at")),
        item.texts("debts"),
        item.text("address"),
        item.one_of("outcome", OUTCOMES) if item.data.get("outcome") else "",
        item.text("place"),
        _recipient(item),
        item.one_of("mode", DIAL_MODES) if item.data.get("mode") else "",
    )
    if not touch.outcome and touch.kind == "call" and touch.direction == "out":
        raise item.fail("outcome", "is needed for a call we made")
    return touch


def _consent(item: Reader) -> Consent:
    return Consent(
        kind=item.one_of("kind", CHANNELS),
        debts=item.texts("debts"),
        given_at=item.needed("given_at", item.instant("given_at")),
        until=item.last_day("until"),
        revoked_at=item.instant("revoked_at"),
        weekdays=_weekdays(item),
    )


def _hold(item: Reader) -> Hold:
    return Hold(
        kind=item.one_of("kind", HOLDS),
        debt=item.text("debt") or None,
        from_on=item.needed("from", item.day("from")),
        until=item.last_day("until"),
        part=item.flag("part", default=False),
    )


def _inconvenient(item: Reader) -> Inconvenient:
    return Inconvenient(
        weekdays=_weekdays(item),
        start=item.clock("start"),
        end=None if item.data.get("end") in ("24:00", "24:00:00") else item.clock("end"),
        place=item.text("place") or None,
        from_on=item.day("from"),
        until=item.last_day("until"),
    )


def _weekdays(item: Reader) -> frozenset[int]:
    weekdays = item.list("weekdays")
    if any(type(day) is not int or not 0 <= day <= 6 for day in weekdays):
        raise item.fail("weekdays", "must be a list of numbers from 0 (Monday) to 6")
    return frozenset(weekdays)


def _basis(item: Reader) -> AddressBasis:
    return AddressBasis(
        address=item.needed_text("address"),
        basis=item.one_of("basis", EMAIL_BASES | SMS_BASES),
        as_of=item.needed("as_of", item.day("as_of")),
        deadline=item.day("deadline"),
        checked_on=item.day("checked_on"),
        used_by_prior=item.flag("used_by_prior", default=True),
    )


def _validation(reader: Reader) -> dict[str, Validation]:
    table = reader.mapping("validation")
    found = {}
    for debt, item in table.items():
        inner = Reader(item, f"{reader.where}.validation.{debt}", VALIDATION_FIELDS)
        found[debt] = Validation(inner.day("sent_on"), inner.day("period_ends_on"))
    return found


def answer_dict(decision: Decision) -> dict[str, Any]:
    """The answer's JSON shape, instants in the primary zone; ``warnings`` when there are any, ``recording`` when asked."""
    answer = {
        "allowed": decision.allowed,
        "reasons": [_reason(reason) for reason in decision.reasons],
        "next_allowed_at": decision.next_allowed_at.isoformat() if decision.next_allowed_at else None,
        "policy_version": decision.policy_version,
    }
    if decision.warnings:
        answer["warnings"] = [{"code": w.code, "rule": w.rule, "text": w.text} for w in decision.warnings]
    if decision.recording is not None:
        refused = None if isinstance(decision.recording, bool) else _reason(decision.recording)
        answer["recording"] = {"allowed": refused is None, "reasons": [refused] if refused else []}
    return answer


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "rule": reason.rule,
        "until": reason.until.isoformat() if reason.until else None,
        "text": reason.text,
    }
