"""Into the outbox: many messages at once, each made from a template under a decision of the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from accounts.statuses import OPEN
from contacts import merging
from contacts.dispatch import send_due
from contacts.enums import Channel, MessageStatus, TemplateStatus
from contacts.facts import Ask
from contacts.gating import Asked, ask_gate, defer, record_many, reserve_ids
from contacts.models import Message, Template
from contacts.templates import EmptyField, TemplateRefused, render
from users.models import User

__all__ = ["Draft", "Outcome", "prepare_bulk", "send_due"]

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A message somebody wants made. ``extra``: merge fields that only the caller knows, such as promise_amount."""

    key: str
    account_id: int
    debtor_id: int
    channel: str
    address: str
    template_id: int
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """``message_id`` None: nothing was queued, ``codes`` say why. A key that exists gives its message and already_queued."""

    key: str
    message_id: int | None
    codes: tuple[str, ...] = ()
    asked: Asked | None = None
    decision_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Rendered:
    draft: Draft
    subject: str
    body: str
    tags: tuple[str, ...]


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
    rendered, failed = _render([draft for draft in drafts if draft.key not in existing], at)
    outcomes.update(failed)
    answers = defer(ask_gate([_ask(item, at) for item in rendered]))
    decisions = record_many(answers, by=by, at=at)
    decided = list(zip(rendered, answers, decisions, strict=True))
    for item, answer, decision in decided:
        if not answer.verdict.allowed:
            outcomes[item.draft.key] = Outcome(item.draft.key, None, answer.codes, answer, decision)
    allowed = [(item, answer, decision) for item, answer, decision in decided if answer.verdict.allowed]
    outcomes.update(_insert(allowed, at, by))
    return outcomes


def _ask(item: _Rendered, at: datetime) -> Ask:
    draft = item.draft
    return Ask(draft.account_id, draft.debtor_id, draft.channel, draft.address, at, template_tags=item.tags)


def _render(drafts: list[Draft], at: datetime) -> tuple[list[_Rendered], dict[str, Outcome]]:
    templates = Template.objects.in_bulk({draft.template_id for draft in drafts})
    accounts = merging.owed(draft.account_id for draft in drafts)
    names = merging.names(draft.debtor_id for draft in drafts)
    shared = merging.shared_context(at)
    rendered: list[_Rendered] = []
    failed: dict[str, Outcome] = {}
    for draft in drafts:
        template, account = templates[draft.template_id], accounts[draft.account_id]
        codes = _unfit(draft, template, account)
        if not codes:
            fields = merging.context(shared, account, names[draft.debtor_id], at, draft.extra)
            fields |= merging.link_context(draft.channel, draft.debtor_id, draft.address)
            codes = _try_render(rendered, draft, template, fields)
        if codes:
            failed[draft.key] = Outcome(draft.key, None, codes)
    return rendered, failed


def _unfit(draft: Draft, template: Template, account: merging.Owed) -> tuple[str, ...]:
    """Why no message can be made, before anyone asks the gate."""
    if draft.channel not in (Channel.EMAIL, Channel.LETTER):
        return ("channel_not_available",)
    if not draft.address.strip():
        return ("no_address",)
    if template.channel != draft.channel:
        return ("template_of_other_channel",)
    if template.status != TemplateStatus.APPROVED:
        return ("template_not_approved",)
    if account.status not in OPEN:
        return ("account_not_open",)
    return ()


def _try_render(
    rendered: list[_Rendered], draft: Draft, template: Template, fields: Mapping[str, str]
) -> tuple[str, ...]:
    try:
        subject, body = render(template, fields)
    except EmptyField as error:
        return tuple(f"empty_field:{name}" for name in error.fields)
    except TemplateRefused:
        return ("template_refused",)
    rendered.append(_Rendered(draft, subject, body, tuple(template.tags)))
    return ()


INSERT = """
    WITH made AS (
        INSERT INTO contacts_message (id, key, debtor_id, account_id, channel, address, template_id, subject, body, status,
            decision_id, queued_at, queued_by_id, send_after, attempts, failures, provider_id, last_error, pdf, pages)
        SELECT id, key, debtor_id, account_id, channel, address, template_id, subject, body, %(status)s, decision_id, %(at)s,
            %(by)s, send_after, 0, 0, '', '', '', 0
        FROM jsonb_to_recordset(%(rows)s::jsonb) AS row (id bigint, key text, debtor_id bigint, account_id bigint,
            channel text, address text, template_id bigint, subject text, body text, decision_id bigint,
            send_after timestamptz)
        ON CONFLICT (key) DO NOTHING RETURNING id
    ), told AS (
        INSERT INTO contacts_messageevent (message_id, at, status, detail, by_id)
        SELECT id, %(at)s, %(status)s, '', %(by)s FROM made
    )
    SELECT id FROM made
"""


def _insert(allowed: list[tuple[_Rendered, Asked, int]], at: datetime, by: User | None) -> dict[str, Outcome]:
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


def _row(pk: int, item: _Rendered, answer: Asked, decision: int, at: datetime) -> dict[str, Any]:
    draft = item.draft
    return {
        "id": pk, "key": draft.key, "debtor_id": draft.debtor_id, "account_id": draft.account_id,
        "channel": str(draft.channel), "address": draft.address, "template_id": draft.template_id,
        "subject": item.subject, "body": item.body, "decision_id": decision,
        "send_after": max(at, answer.ask.at).isoformat(),
    }  # fmt: skip
