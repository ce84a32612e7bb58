"""Between this room and the gate: ask it, keep its answer, and hold the person while doing so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from compliance.models import Decision
from compliance.packs import policies
from contacts.facts import Ask, gather_questions
from users.models import User

if TYPE_CHECKING:
    from compliance.gate import Decision as Verdict
    from compliance.policy import Policy

PERSON_LOCK = 0x7065 << 40
CLOCK_REASONS = frozenset({"outside_hours", "inconvenient_time"})
DEFERRABLE = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Override:
    """A reason of the law (compliance.enums.OverrideReason) for a contact that a rebuttable rule refuses, and the case in words."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One answered question with everything a decision row keeps."""

    ask: Ask
    question: dict[str, Any]
    verdict: Verdict
    policy: Policy

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(str(reason.code) for reason in self.verdict.reasons)


def lock_person(debtor_id: int) -> None:
    """Until the end of the transaction nobody else records an outgoing contact with this person."""
    lock_people([debtor_id])


def lock_people(debtor_ids: Iterable[int]) -> None:
    """In ascending order, so that two workers cannot wait for each other."""
    ids = sorted(set(debtor_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s | person) FROM (SELECT unnest(%s::bigint[]) AS person ORDER BY 1) people",
            [PERSON_LOCK, ids],
        )


Law = Sequence["Policy"]
Known = dict[str, "Verdict"]
"""Answers of this moment to people of whom nothing is on record, by ``_alike``."""
NAMES = frozenset({"person", "debt", "discussed_debts", "address"})
SHARED = ("zones", "residence_states", "indicated_states", "cities", "licences")
OF_THE_DEBT = ("commercial", "debts")


def ask_gate(asks: Sequence[Ask]) -> list[Asked]:
    """The gate's answers, in order, from facts read in a constant number of queries."""
    if not asks:
        return []
    known: Known = {}
    law = policies()
    questions = gather_questions(asks, law)
    return [_answer(ask, question, law, known) for ask, question in zip(asks, questions, strict=True)]


def defer(answers: Sequence[Asked]) -> list[Asked]:
    """The same, but for those whom only the clock refuses for now: the answer for the instant that is allowed."""
    known: Known = {}
    law = policies() if answers else ()
    return [asked if asked.verdict.allowed else deferred(asked, law, known) or asked for asked in answers]


def deferred(asked: Asked, law: Law | None = None, known: Known | None = None) -> Asked | None:
    """When only the clock refuses and leave comes within four days: the answer for that instant, else None."""
    later = asked.verdict.next_allowed_at
    if later is None or not asked.codes or not set(asked.codes) <= CLOCK_REASONS:
        return None
    if later - asked.ask.at > DEFERRABLE:
        return None
    question = {**asked.question, "request": {**asked.question["request"], "at": later.isoformat()}}
    again = _answer(
        replace(asked.ask, at=later),
        question,
        policies() if law is None else law,
        {} if known is None else known,
    )
    return again if again.verdict.allowed else None


def _answer(ask: Ask, question: dict[str, Any], law: Law, known: Known) -> Asked:
    from compliance.gate import decide
    from compliance.policy import policy_on
    from compliance.questions import read_question

    policy = policy_on(ask.at.date(), law)
    alike = _alike(question)
    verdict = known.get(alike) if alike else None
    if verdict is None:
        request, facts = read_question(question)
        verdict = decide(request, facts, policy)
        if alike:
            known[alike] = verdict
    return Asked(ask, question, verdict, policy)


def _alike(question: dict[str, Any]) -> str | None:
    """People of whom nothing is on record differ by name and address only, and one answer does for all of them.

    None as soon as any list of facts but the shared ones holds something.
    """
    request, facts = question["request"], question["facts"]
    if len(request["discussed_debts"]) > 1:
        return None
    if any(value for name, value in facts.items() if name not in SHARED and name not in OF_THE_DEBT):
        return None
    asked = [value for name, value in request.items() if name not in NAMES]
    debt = bool(facts["commercial"]), list(facts["debts"].values())
    return repr((asked, [facts[name] for name in SHARED], debt))


INSERT = """
    INSERT INTO compliance_decision (id, debtor_id, account_id, channel, address, at, made_at, allowed, codes,
        next_allowed_at, policy_version, question, answer, asked_by_id, override_reason, override_text)
    SELECT id, debtor_id, account_id, channel, address, at, %s, allowed, codes, next_allowed_at, policy_version,
        question, answer, %s, override_reason, override_text
    FROM jsonb_to_recordset(%s::jsonb) AS row (id bigint, debtor_id bigint, account_id bigint, channel text, address text,
        at timestamptz, allowed boolean, codes text[], next_allowed_at timestamptz, policy_version text, question jsonb,
        answer jsonb, override_reason text, override_text text)
"""


def record(asked: Asked, *, by: User | None, at: datetime, override: Override | None = None) -> Decision:
    """Keeps one answer, allowed or not, and by what reason of the law it was overridden."""
    (pk,) = record_many([asked], by=by, at=at, override=override)
    return Decision.objects.get(pk=pk)


def record_many(
    answers: Sequence[Asked], *, by: User | None, at: datetime, override: Override | None = None
) -> list[int]:
    """Keeps the answers and returns their ids in order. Call it inside the transaction that acts on them."""
    if not answers:
        return []
    ids = reserve_ids("compliance_decision", len(answers))
    said = {
        "override_reason": override.reason if override else "",
        "override_text": override.text if override else "",
    }
    rows = [_row(pk, asked) | said for pk, asked in zip(ids, answers, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [at, by.pk if by else None, json.dumps(rows)])
    return ids


def reserve_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _row(pk: int, asked: Asked) -> dict[str, Any]:
    from compliance.questions import answer_dict

    ask, answer = asked.ask, answer_dict(asked.verdict)
    return {
        "id": pk, "debtor_id": ask.debtor_id, "account_id": ask.account_id, "channel": str(ask.channel),
        "address": ask.address[:254], "at": ask.at.isoformat(), "allowed": answer["allowed"], "codes": asked.codes,
        "next_allowed_at": answer["next_allowed_at"], "policy_version": answer["policy_version"],
        "question": asked.question, "answer": answer,
    }  # fmt: skip
