"""What is known about a person and a debt when somebody asks whether a contact may be made.

Set-based: one question or five thousand cost the same number of queries. The result is the gate's own JSON shape, which
is also what a decision keeps as its evidence (12 CFR 1006.100).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models.expressions import RawSQL
from psycopg2.extensions import AsIs

from accounts.enums import AccountStatus, DebtType
from accounts.statuses import OPEN
from compliance.clocks import notice_overdue_from, validation_period
from compliance.dialing import DIALED
from compliance.enums import Channel, HoldKind, RecordSource
from compliance.holds import CEASE_EXCEPTIONS
from compliance.limitations import SUIT_TAGS
from compliance.packs import clocks_on, policies
from compliance.states import ACTION_NOTICE
from contacts.communications import initial_communications
from contacts.enums import CallOutcome, Direction, MessageStatus
from contacts.templates import VALIDATION
from core.clock import business_zone
from debtors.enums import AddressKind, PhoneKind, ReachStatus
from debtors.models import Address
from debtors.phones import area_code
from debtors.zones import state_of_area_code

if TYPE_CHECKING:
    from compliance.gate import Facts, Request
    from compliance.policy import Policy

HISTORY = timedelta(days=40)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
NOT_BELIEVED = frozenset({ReachStatus.BAD, ReachStatus.WRONG_PARTY})
GONE = frozenset({AccountStatus.RECALLED, AccountStatus.CLOSED})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """May this person be contacted about this debt, there and then? ``place`` blank: derived from the address."""

    account_id: int
    debtor_id: int
    channel: str
    address: str
    at: datetime
    place: str = ""
    purpose: str = "collection"
    template_tags: tuple[str, ...] = ()
    discussed: tuple[int, ...] = ()
    recipient: str = ""
    dial_mode: str = "manual"


@dataclass(slots=True)
class Person:
    """Everything about one debtor, shaped for the gate; debts by our reference."""

    zones: list[str]
    states: list[str]
    indicated: list[str] = field(default_factory=list)
    cities: list[str] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)
    consents: list[tuple[str | None, Json]] = field(default_factory=list)
    holds: list[Json] = field(default_factory=list)
    opt_outs: list[Json] = field(default_factory=list)
    inconvenient: list[Json] = field(default_factory=list)
    basis: list[Json] = field(default_factory=list)
    undeliverable: list[str] = field(default_factory=list)
    employer: list[str] = field(default_factory=list)
    disclosed: list[str] = field(default_factory=list)
    notices: list[Json] = field(default_factory=list)
    dial_consents: list[Json] = field(default_factory=list)
    noticed: dict[str, str] = field(default_factory=dict)
    validation: dict[str, Json] = field(default_factory=dict)
    overdue: dict[str, str] = field(default_factory=dict)
    born_on: str | None = None
    places: dict[str, str] = field(default_factory=dict)
    wrong_numbers: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Debt:
    """``law``: what states ask about it. ``stays``: bankruptcies of those who owe it, with whose they are."""

    ref: str
    group: str
    kind: str
    status: str
    law: Json
    stays: list[tuple[int, Json]]

    @property
    def commercial(self) -> bool:
        return self.kind == DebtType.COMMERCIAL


def gather(*, asks: Sequence[Ask]) -> list[tuple[Request, Facts]]:
    """The gate's request and facts for each ask, in order."""
    from compliance.questions import read_question

    return [read_question(question) for question in gather_questions(asks)]


def gather_questions(asks: Sequence[Ask], law: Sequence[Policy] | None = None) -> list[Json]:
    """The same as JSON objects in the shape of interfaces.md. ``law``: the house's policies, when they are at hand."""
    if not asks:
        return []
    law = policies() if law is None else law
    debtor_ids = sorted({ask.debtor_id for ask in asks})
    since = max(min(ask.at for ask in asks), EARLIEST) - HISTORY
    known = _known(debtor_ids, since)
    people = {pk: _person(*rest) for pk, *rest in known["people"]}
    contacts, pending = known["contacts"], known["pending"]
    wanted = {ask.account_id for ask in asks} | {pk for ask in asks for pk in ask.discussed}
    wanted |= {pk for row in contacts for pk in (row[1], *row[2])} | {row[1] for row in pending}
    debts = _debts(wanted)
    _add_reach(people, known)
    _add_records(people, known)
    _add_notices(people, known, law)
    _add_overdue(people, asks, debts, law)
    _add_history(people, contacts, pending, debts)
    return [_question(ask, people[ask.debtor_id], debts, known["licences"]) for ask in asks]


def among(ids: Iterable[int]) -> RawSQL:
    """For ``__in``: one array instead of thousands of parameters, which would cost more than the query."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def postal_lines(address: Address) -> str:
    """The address as it stands in the window of an envelope, below the name."""
    return window_lines(address.line1, address.line2, address.city, address.state, address.zip)


def window_lines(line1: str, line2: str, city: str, state: str, code: str) -> str:
    return "\n".join(line for line in (line1, line2, f"{city}, {state} {code}") if line)


def normalised(channel: str, address: str) -> str:
    """E-mail addresses are compared in lower case."""
    return address.strip().lower() if channel == Channel.EMAIL else address.strip()


# What is read, in the order in which it is taken apart below, from where, which persons', and in what order. It comes as one
# JSON document in one statement, dates and instants as ISO text; the connection's time zone is UTC.
_KNOWN = {
    "people": ("t.id, zones, state, deceased_on, date_of_birth", "debtors_debtor t WHERE t.id", "", "t.id"),
    "phones": ("t.debtor_id, number, kind, status", "debtors_phone t WHERE t.debtor_id", "", "t.id"),
    "emails": ("t.debtor_id, address, status, is_employer", "debtors_email t WHERE t.debtor_id", "", "t.id"),
    "addresses": (
        "t.debtor_id, line1, line2, city, state, zip, kind, status, is_current",
        "debtors_address t WHERE t.debtor_id", "", "t.id",
    ),
    "holds": (
        "t.debtor_id, t.kind, a.ref, from_on, until_on, t.kind = 'dispute' AND EXISTS (SELECT 1 FROM compliance_dispute d"
        " WHERE d.hold_id = t.id AND d.disputed_amount IS NOT NULL)",
        "compliance_hold t LEFT JOIN accounts_account a ON a.id = t.account_id WHERE t.debtor_id", "", "t.id",
    ),
    "consents": (
        "t.debtor_id, channel, a.ref, given_at, until_on, revoked_at, address, source",
        "compliance_consent t LEFT JOIN accounts_account a ON a.id = t.account_id WHERE t.debtor_id",
        "", "t.id",
    ),
    "opt_outs": (
        "t.debtor_id, medium, address, at", "compliance_optout t WHERE t.debtor_id", "AND withdrawn_at IS NULL", "t.id",
    ),
    "inconvenient": (
        "t.debtor_id, weekdays, to_char(start, 'HH24:MI'), to_char(\"end\", 'HH24:MI'), place, from_on, until_on",
        "compliance_inconvenienttime t WHERE t.debtor_id", "", "t.id",
    ),
    "basis": (
        "t.debtor_id, address, basis, as_of, deadline_on, checked_on",
        "compliance_addressbasis t WHERE t.debtor_id", "AND withdrawn_at IS NULL", "t.id",
    ),
    "contacts": (
        "t.debtor_id, account_id, also_discussed, channel, direction, at, address, outcome, purpose",
        "contacts_contact t WHERE t.debtor_id", "AND at >= %(since)s", "at, t.id",
    ),
    # messages that have left or may have: they count, though their contact is not written yet
    "pending": (
        "t.debtor_id, account_id, channel, handing_over_at, address",
        "contacts_message t WHERE t.debtor_id",
        "AND status = ANY(%(leaving)s) AND handing_over_at IS NOT NULL", "t.id",
    ),
    # the notices that may follow a request to cease, once each
    "notices": (
        "t.debtor_id, a.ref, p.tags",
        "contacts_message t JOIN contacts_template p ON p.id = t.template_id"
        " JOIN accounts_account a ON a.id = t.account_id"
        " WHERE p.tags::text[] && %(cease)s AND t.handing_over_at IS NOT NULL"
        " AND t.status <> ALL(%(unsent)s) AND EXISTS"
        " (SELECT 1 FROM compliance_hold h WHERE h.debtor_id = t.debtor_id"
        " AND h.kind IN ('cease', 'refused_to_pay')) AND t.debtor_id",
        "", "t.id",
    ),
    # the letters that a state asks for before any act, and the validation notices, that did not come back
    "noticed": (
        "t.debtor_id, a.ref, (t.handing_over_at AT TIME ZONE %(zone)s)::date, t.channel, p.tags, t.notice ->> 'ends_on'",
        "contacts_message t JOIN contacts_template p ON p.id = t.template_id"
        " JOIN accounts_account a ON a.id = t.account_id"
        " WHERE p.tags::text[] && %(noticing)s AND t.handing_over_at IS NOT NULL"
        " AND t.status <> ALL(%(unsent)s || %(returned)s) AND t.debtor_id",
        "", "t.handing_over_at, t.id",
    ),
}  # fmt: skip
_READ_LICENCES = """(SELECT json_agg(json_build_object('place', place, 'valid_from', valid_from, 'valid_to', valid_to)
    ORDER BY id)::text FROM compliance_licence)"""


def _read_known(theirs: str) -> str:
    known = ", ".join(
        f"(SELECT COALESCE(json_agg(json_build_array({columns}) ORDER BY {order}), '[]')"  # noqa: S608
        f" FROM {whose} {theirs} {rest})::text"
        for columns, whose, rest, order in _KNOWN.values()
    )
    return f"SELECT {known}, {_READ_LICENCES}"


_OF_MANY = _read_known("= ANY(%(ids)s)")
_PREPARE = f"PREPARE known_of_one (bigint, timestamptz, text) AS {_read_known('= $1')}"
_OF_ONE = "EXECUTE known_of_one (%(id)s, %(since)s, %(zone)s)"
_prepared: WeakSet[Any] = WeakSet()
"""The connections on which it is. To plan it takes the server several times as long as to answer it."""
_WORDS: dict[str, str | list[str]] = {
    "leaving": [MessageStatus.LEASED.value, MessageStatus.UNCERTAIN.value],
    "unsent": [MessageStatus.QUEUED.value, MessageStatus.FAILED.value, MessageStatus.STOPPED.value,
               MessageStatus.CANCELLED.value],
    "returned": [MessageStatus.BOUNCED.value, MessageStatus.RETURNED.value],
    "noticing": [ACTION_NOTICE, VALIDATION],
    "cease": sorted(CEASE_EXCEPTIONS),
}  # fmt: skip


def _known(debtor_ids: list[int], since: datetime) -> dict[str, Any]:
    """What stands on the files of these people, and our licences; None while none is on record."""
    given: dict[str, datetime | str] = {"since": since, "zone": str(business_zone())}
    with connection.cursor() as cursor:
        if len(debtor_ids) == 1:
            _prepare(cursor)
            cursor.execute(_OF_ONE, {"id": debtor_ids[0], **given})
        else:
            cursor.execute(_OF_MANY, {"ids": debtor_ids, **given, **_WORDS})
        row = cursor.fetchone()
    names = (*_KNOWN, "licences")
    return {name: None if text is None else json.loads(text) for name, text in zip(names, row, strict=True)}


def _prepare(cursor: CursorWrapper) -> None:
    if cursor.connection not in _prepared:
        cursor.execute(_PREPARE, {"since": AsIs("$2"), "zone": AsIs("$3"), **_WORDS})
        _prepared.add(cursor.connection)


# An account, and the bankruptcies of all who owe it: an authorised user does not.
_READ_DEBTS = """
    SELECT a.id, ref, client_id, frequency_group, debt_type, status, LEAST(first_delinquency_on, due_on)::text,
        GREATEST(last_payment_on, creditor_payment_on)::text, limitation_on::text,
        (SELECT json_agg(json_build_array(h.debtor_id, h.from_on, h.until_on, h.chapter) ORDER BY h.id)
         FROM compliance_hold h
         WHERE h.kind = 'bankruptcy' AND (h.account_id IS NULL OR h.account_id = a.id) AND h.debtor_id IN
             (SELECT a.debtor_id UNION ALL SELECT p.debtor_id FROM accounts_accountparty p
              WHERE p.account_id = a.id AND p.role <> 'authorised_user'))::text
    FROM accounts_account a WHERE a.id = ANY(%s) ORDER BY a.id
"""


def _debts(account_ids: Iterable[int]) -> dict[int, Debt]:
    with connection.cursor() as cursor:
        cursor.execute(_READ_DEBTS, [list(account_ids)])
        return {pk: _debt(*row) for pk, *row in cursor.fetchall()}


def _debt(
    ref: str, client: int, group: str, kind: str, status: str, accrued: str | None, paid: str | None, last: str | None,
    stays: str | None,
) -> Debt:  # fmt: skip
    law = {"kind": kind, "accrued_on": accrued, "last_payment_on": paid, "limitation_on": last}
    found = [
        (debtor, {"debt": ref, "from": from_on, "until": until_on, "chapter": chapter})
        for debtor, from_on, until_on, chapter in json.loads(stays or "[]")
    ]
    return Debt(ref, f"{client}:{group}" if group else "", kind, status, law, found)


def _person(zones: list[str], state: str, deceased_on: str | None, born_on: str | None) -> Person:
    holds = [_hold(HoldKind.DECEASED, None, deceased_on, None)] if deceased_on else []
    return Person(zones, [state] if state else [], holds=holds, born_on=born_on)


def _add_reach(people: Mapping[int, Person], known: Mapping[str, list[list[Any]]]) -> None:
    places = {PhoneKind.HOME: "home", PhoneKind.WORK: "work"}
    for debtor, number, kind, status in known["phones"]:
        person = people[debtor]
        if status in NOT_BELIEVED:
            person.undeliverable.append(number)
        else:
            _indicate(person, state_of_area_code(area_code(number)))
        if status == ReachStatus.WRONG_PARTY:
            person.wrong_numbers.add(number)
            person.disclosed.append(number)
        if kind in places:
            person.places[number] = places[PhoneKind(kind)]
    for debtor, mail, status, is_employer in known["emails"]:
        if status in NOT_BELIEVED:
            people[debtor].undeliverable.append(normalised(Channel.EMAIL, mail))
        if status == ReachStatus.WRONG_PARTY:
            people[debtor].disclosed.append(normalised(Channel.EMAIL, mail))
        if is_employer:
            people[debtor].employer.append(normalised(Channel.EMAIL, mail))
    for debtor, *address in known["addresses"]:
        _add_postal(people[debtor], *address)


def _indicate(person: Person, state: str) -> None:
    """A state besides that of residence in which the person may be (regulation 2.3)."""
    if state and state not in person.states and state not in person.indicated:
        person.indicated.append(state)


def _add_postal(
    person: Person,
    line1: str,
    line2: str,
    city: str,
    state: str,
    code: str,
    kind: str,
    status: str,
    is_current: bool,
) -> None:
    lines = window_lines(line1, line2, city, state, code)
    if status in NOT_BELIEVED:
        person.undeliverable.append(lines)
    elif is_current:
        _indicate(person, state)
        if f"{city}, {state}" not in person.cities:
            person.cities.append(f"{city}, {state}")
    if kind in (AddressKind.HOME, AddressKind.WORK):
        person.places[lines] = str(kind)


def _add_records(people: Mapping[int, Person], known: Mapping[str, list[list[Any]]]) -> None:
    for debtor, kind, ref, from_on, until_on, part in known["holds"]:
        hold = {"kind": kind, "debt": ref, "from": from_on, "until": until_on}
        people[debtor].holds.append({**hold, "part": True} if part else hold)
    for debtor, channel, ref, given_at, until_on, revoked_at, address, source in known["consents"]:
        consent = {"kind": channel, "given_at": given_at, "until": until_on, "revoked_at": revoked_at}
        if source != RecordSource.CLIENT:  # consent to the creditor is none to us (comment 6(b)(4)-1)
            people[debtor].consents.append((ref, consent))
        if (
            address and channel in DIALED
        ):  # but a number given to the creditor may be dialed by machine (FCC, 2008)
            people[debtor].dial_consents.append(
                {"address": normalised(channel, address), "given_at": given_at, "revoked_at": revoked_at}
            )
    for debtor, medium, address, at in known["opt_outs"]:
        people[debtor].opt_outs.append(
            {"medium": medium, "address": normalised(medium, address) or None, "at": at}
        )
    for debtor, weekdays, start, end, place, from_on, until_on in known["inconvenient"]:
        people[debtor].inconvenient.append(
            {
                "weekdays": weekdays,
                "start": start,
                "end": end,
                "place": place or None,
                "from": from_on,
                "until": until_on,
            }
        )
    for debtor, address, basis, as_of, deadline_on, checked_on in known["basis"]:
        channel = Channel.EMAIL if "@" in address else Channel.TEXT
        people[debtor].basis.append(
            {
                "address": normalised(channel, address), "basis": basis, "as_of": as_of, "deadline": deadline_on,
                "checked_on": checked_on,
            }
        )  # fmt: skip


def _add_notices(
    people: Mapping[int, Person], known: Mapping[str, list[list[Any]]], law: Sequence[Policy]
) -> None:
    for debtor, ref, tags in known["notices"]:
        people[debtor].notices += [{"tag": tag, "debt": ref} for tag in tags if tag in CEASE_EXCEPTIONS]
    for debtor, ref, sent_on, channel, tags, _ in known["noticed"]:
        if ACTION_NOTICE in tags and channel == Channel.LETTER:
            people[debtor].noticed.setdefault(ref, sent_on)
    for debtor, ref, period in _periods(known["noticed"], law):
        people[debtor].validation[ref] = period


def _periods(noticed: Iterable[list[Any]], law: Sequence[Policy]) -> Iterator[tuple[int, str, Json]]:
    """Of the validation notices, in order: one that is sent anew begins the period anew (12 CFR 1006.34(b)(5)).

    It ends on the day that the notice names, and never before the law's.
    """
    for debtor, ref, day, _, tags, printed in noticed:
        if VALIDATION in tags:
            sent_on = date.fromisoformat(day)
            ends_on = validation_period(sent_on, clocks_on(sent_on, law)).ends_on.isoformat()
            yield debtor, ref, {"sent_on": day, "period_ends_on": max(ends_on, printed or "")}


def _add_overdue(
    people: Mapping[int, Person], asks: Sequence[Ask], debts: Mapping[int, Debt], law: Sequence[Policy]
) -> None:
    """Collection of a consumer's debt waits for its validation notice from some day on (12 CFR 1006.34(a)(1)(i)(B))."""
    waiting = {
        (ask.debtor_id, pk)
        for ask in asks
        for pk in (ask.account_id, *ask.discussed)
        if not debts[pk].commercial
        and debts[pk].status in OPEN
        and debts[pk].ref not in people[ask.debtor_id].validation
    }
    for debtor, account, day in initial_communications(waiting) if waiting else ():
        overdue_from = notice_overdue_from(day, clocks_on(day, law))
        people[debtor].overdue[debts[account].ref] = overdue_from.isoformat()


def _add_history(
    people: Mapping[int, Person],
    contacts: Iterable[list[Any]],
    pending: Iterable[list[Any]],
    debts: Mapping[int, Debt],
) -> None:
    for debtor, account, also, channel, direction, at, address, outcome, purpose in contacts:
        person = people[debtor]
        refs = [debts[pk].ref for pk in (account, *also) if pk in debts]
        code = _outcome(outcome, address in person.wrong_numbers)
        event = _event(channel, direction, at, refs, address, code)
        if purpose == "location":
            event["recipient"] = "third_party"
        person.history.append(event)
    for debtor, account, channel, at, address in pending:
        people[debtor].history.append(_event(channel, Direction.OUT, at, [debts[account].ref], address, ""))
    for person in people.values():
        for event in person.history:
            if event["address"] in person.places:
                event["place"] = person.places[event["address"]]


def _outcome(outcome: str, wrong_number: bool) -> str:
    """Dialing counts as unanswered; calls to a number that turned out to be another's are not calls to this person."""
    if outcome == CallOutcome.DIALING:
        outcome = CallOutcome.NO_ANSWER
    return str(CallOutcome.WRONG_NUMBER if wrong_number and outcome != CallOutcome.CONVERSATION else outcome)


def _event(channel: str, direction: str, at: str, refs: list[str], address: str, outcome: str) -> Json:
    return {"kind": channel, "direction": str(direction), "at": at, "debts": refs,
            "address": normalised(channel, address) or None, "outcome": outcome or None}  # fmt: skip


def _hold(kind: str, ref: str | None, from_on: str, until_on: str | None) -> Json:
    return {"kind": str(kind), "debt": ref, "from": from_on, "until": until_on}


def _question(ask: Ask, person: Person, debts: Mapping[int, Debt], licences: list[Json] | None) -> Json:
    about = [debts[pk] for pk in dict.fromkeys((ask.account_id, *ask.discussed))]
    ref, discussed = about[0].ref, [debt.ref for debt in about]
    address = normalised(ask.channel, ask.address)
    holds = person.holds + [
        _hold(HoldKind.VALIDATION_PENDING, each, person.overdue[each], None)
        for each in discussed
        if each in person.overdue
    ]
    if about[0].status in GONE:
        holds = [*holds, _hold(HoldKind.RECALLED, ref, "1970-01-01", None)]
    return {
        "request": {
            "person": str(ask.debtor_id), "debt": ref, "discussed_debts": discussed, "channel": str(ask.channel),
            "address": address, "place": ask.place or person.places.get(address) or None, "at": ask.at.isoformat(),
            "purpose": ask.purpose, "template_tags": list(ask.template_tags), "recipient": ask.recipient,
            "dial_mode": ask.dial_mode,
        },
        "facts": {
            "zones": person.zones, "residence_states": person.states, "cities": person.cities, "history": person.history,
            "consents": [{**consent, "debts": [only] if only else discussed} for only, consent in person.consents],
            "holds": holds, "opt_outs": person.opt_outs, "inconvenient": person.inconvenient,
            "address_basis": person.basis, "undeliverable": person.undeliverable,
            "validation": {debt.ref: person.validation[debt.ref] for debt in about if debt.ref in person.validation},
            "commercial": [debt.ref for debt in about if debt.commercial],
            "employer_emails": person.employer, "indicated_states": person.indicated, "notices": person.notices,
            "disclosed": person.disclosed, "dial_consents": person.dial_consents, "licences": licences,
            "frequency_groups": _groups(person, about, debts), "debts": _law(ask, person, about),
            "co_debtor_stays": [stay for debt in about for whose, stay in debt.stays if whose != ask.debtor_id],
            "born_on": person.born_on if ask.recipient == "parent_of_minor" else None,
        },
    }  # fmt: skip


def _groups(person: Person, about: Sequence[Debt], debts: Mapping[int, Debt]) -> dict[str, str]:
    """Of the loans asked about and those on this person's file."""
    wanted = {debt.group for debt in about if debt.group}
    if not wanted:
        return {}
    named = {debt.ref for debt in about} | {ref for event in person.history for ref in event["debts"]}
    return {debt.ref: debt.group for debt in debts.values() if debt.group in wanted and debt.ref in named}


def _law(ask: Ask, person: Person, about: Sequence[Debt]) -> dict[str, Json]:
    """What the law of a state asks about these debts, as far as this contact calls for it."""
    of_suit = not SUIT_TAGS.isdisjoint(ask.template_tags)
    return {
        debt.ref: {**debt.law, "notice_on": person.noticed.get(debt.ref)}
        for debt in about
        if of_suit or debt.kind == DebtType.MEDICAL
    }
