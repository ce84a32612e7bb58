"""Into the outbox: many messages at once, each made from a template under a decision of the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from contacts.dispatch import send_due
from contacts.enums import MessageStatus
from contacts.facts import Ask
from contacts.gating import Asked, ask_gate, defer, record_many, reserve_ids
from contacts.models import Message
from contacts.templates import purpose_of
from contacts.writing import Draft, Text, write
from users.models import User

__all__ = ["Draft", "Outcome", "prepare_bulk", "send_due"]

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """``message_id`` None: nothing was queued, ``codes`` say why. A key that exists gives its message and already_queued."""

    key: str
    message_id: int | None
    codes: tuple[str, ...] = ()
    asked: Asked | None = None
    decision_id: int | None = None


def prepare_bulk(*, items: Sequence[Draft], at: datetime, by: User | None) -> list[Outcome]:
    """Queues what the gate allows and says, in the order of ``items``, what became of each.

    A key that is in the outbox already makes nothing. When only the clock refuses, the message waits for the next
    allowed instant within four days. Other refusals leave their decision and no message. One transaction per chunk.
    """
    outcomes: dict[str, Outcome] = {}
    for chunk in _chunks(items):
        with transaction.atomic():
            outcomes.update(_prepare(chunk, at, by))
    return [outcomes[item.key] for item in items]


def _chunks(items: Sequence[Draft]) -> Iterator[list[Draft]]:
    unique = iter({item.key: item for item in items}.values())
    while chunk := list(islice(unique, CHUNK)):
        yield chunk


def _prepare(drafts: list[Draft], at: datetime, by: User | None) -> dict[str, Outcome]:
    keys = RawSQL("SELECT unnest(%s::text[])", [[draft.key for draft in drafts]])
    existing = dict(Message.objects.filter(key__in=keys).values_list("key", "pk"))
    outcomes = {key: Outcome(key, pk, ("already_queued",)) for key, pk in existing.items()}
    rendered, failed = write([draft for draft in drafts if draft.key not in existing], at)
    outcomes.update({key: Outcome(key, None, codes) for key, codes in failed.items()})
    answers = defer(ask_gate([_ask(item, at) for item in rendered]))
    decisions = record_many(answers, by=by, at=at)
    decided = list(zip(rendered, answers, decisions, strict=True))
    for item, answer, decision in decided:
        if not answer.verdict.allowed:
            outcomes[item.draft.key] = Outcome(item.draft.key, None, answer.codes, answer, decision)
    allowed = [(item, answer, decision) for item, answer, decision in decided if answer.verdict.allowed]
    outcomes.update(_insert(allowed, at, by))
    return outcomes


def _ask(item: Text, at: datetime) -> Ask:
    draft = item.draft
    return Ask(
        draft.account_id, draft.debtor_id, draft.channel, draft.address, at, purpose=purpose_of(item.tags),
        template_tags=item.tags,
    )  # fmt: skip


INSERT = """
    WITH made AS (
        INSERT INTO contacts_message (id, key, debtor_id, account_id, channel, address, template_id, subject, body, status,
            decision_id, queued_at, queued_by_id, send_after, attempts, failures, provider_id, last_error, pdf, pages,
            notice)
        SELECT id, key, debtor_id, account_id, channel, address, template_id, subject, body, %(status)s, decision_id, %(at)s,
            %(by)s, send_after, 0, 0, '', '', '', 0, notice
        FROM jsonb_to_recordset(%(rows)s::jsonb) AS row (id bigint, key text, debtor_id bigint, account_id bigint,
            channel text, address text, template_id bigint, subject text, body text, decision_id bigint,
            send_after timestamptz, notice jsonb)
        ON CONFLICT (key) DO NOTHING RETURNING id
    ), told AS (
        INSERT INTO contacts_messageevent (message_id, at, status, detail, by_id)
        SELECT id, %(at)s, %(status)s, '', %(by)s FROM made
    )
    SELECT id FROM made
"""


def _insert(allowed: list[tuple[Text, Asked, int]], at: datetime, by: User | None) -> dict[str, Outcome]:
    if not allowed:
        return {}
    ids = reserve_ids("contacts_message", len(allowed))
    rows = [_row(pk, *made, at) for pk, made in zip(ids, allowed, strict=True)]
    values: dict[str, Any] = {
        "rows": json.dumps(rows), "status": MessageStatus.QUEUED.value, "at": at, "by": by.pk if by else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        inserted = {pk for (pk,) in cursor.fetchall()}
    return {
        item.draft.key: Outcome(item.draft.key, pk, (), answer, decision)
        if pk in inserted
        else _taken(item.draft.key)
        for pk, (item, answer, decision) in zip(ids, allowed, strict=True)
    }


def _taken(key: str) -> Outcome:
    """Another worker queued the same key meanwhile."""
    return Outcome(key, Message.objects.values_list("pk", flat=True).get(key=key), ("already_queued",))


def _row(pk: int, item: Text, answer: Asked, decision: int, at: datetime) -> dict[str, Any]:
    draft = item.draft
    return {
        "id": pk, "key": draft.key, "debtor_id": draft.debtor_id, "account_id": draft.account_id,
        "channel": str(draft.channel), "address": draft.address, "template_id": draft.template_id,
        "subject": item.subject, "body": item.body, "decision_id": decision,
        "send_after": max(at, answer.ask.at).isoformat(), "notice": item.notice,
    }  # fmt: skip
