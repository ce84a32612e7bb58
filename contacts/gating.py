"""Between this room and the gate: ask it, keep its answer, and hold the person while doing so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from compliance.models import Decision
from contacts.facts import Ask, gather_questions
from users.models import User

if TYPE_CHECKING:
    from compliance.gate import Decision as Verdict

PERSON_LOCK = 0x7065 << 40
CLOCK_REASONS = frozenset({"outside_hours", "inconvenient_time"})
DEFERRABLE = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Asked:
    """One answered question with everything a decision row keeps."""

    ask: Ask
    question: dict[str, Any]
    verdict: Verdict

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


def ask_gate(asks: Sequence[Ask]) -> list[Asked]:
    """The gate's answers, in order, from facts read in a constant number of queries."""
    return [_answer(ask, question) for ask, question in zip(asks, gather_questions(asks), strict=True)]


def ask_again(asked: Asked, at: datetime) -> Asked:
    """The same facts, another instant."""
    question = {**asked.question, "request": {**asked.question["request"], "at": at.isoformat()}}
    ask = Ask(**{name: getattr(asked.ask, name) for name in Ask.__dataclass_fields__} | {"at": at})
    return _answer(ask, question)


def deferred(asked: Asked) -> Asked | None:
    """When only the clock refuses and leave comes within four days: the answer for that instant, else None."""
    later = asked.verdict.next_allowed_at
    if later is None or not asked.codes or not set(asked.codes) <= CLOCK_REASONS:
        return None
    if later - asked.ask.at > DEFERRABLE:
        return None
    again = ask_again(asked, later)
    return again if again.verdict.allowed else None


def _answer(ask: Ask, question: dict[str, Any]) -> Asked:
    from compliance.gate import decide
    from compliance.policy import policy_on
    from compliance.questions import read_question

    request, facts = read_question(question)
    return Asked(ask, question, decide(request, facts, policy_on(ask.at.date())))


INSERT = """
    INSERT INTO compliance_decision (id, debtor_id, account_id, channel, address, at, made_at, allowed, codes,
        next_allowed_at, policy_version, question, answer, asked_by_id, override_reason, override_text)
    VALUES %s
"""


def record(asked: Asked, *, by: User | None, at: datetime) -> Decision:
    """Keeps one answer, allowed or not."""
    (pk,) = record_many([asked], by=by, at=at)
    return Decision.objects.get(pk=pk)


def record_many(answers: Sequence[Asked], *, by: User | None, at: datetime) -> list[int]:
    """Keeps the answers and returns their ids in order. Call it inside the transaction that acts on them."""
    from psycopg2.extras import execute_values

    if not answers:
        return []
    ids = reserve_ids("compliance_decision", len(answers))
    rows = [_row(pk, asked, by, at) for pk, asked in zip(ids, answers, strict=True)]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, INSERT, rows, page_size=500)
    return ids


def reserve_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in cursor.fetchall()]


def _row(pk: int, asked: Asked, by: User | None, at: datetime) -> tuple[Any, ...]:
    from compliance.questions import answer_dict

    ask, verdict = asked.ask, asked.verdict
    return (
        pk, ask.debtor_id, ask.account_id, str(ask.channel), ask.address[:254], ask.at, at, verdict.allowed,
        list(asked.codes), verdict.next_allowed_at, verdict.policy_version, json.dumps(asked.question),
        json.dumps(answer_dict(verdict)), by.pk if by else None, "", "",
    )  # fmt: skip
