"""Out of the outbox: never twice, never lost.

A worker leases messages, asks the gate again under a lock on the person, marks them "handing over" and commits, hands
them over, and records what happened together with the contact. Killed before the mark: the lease lapses and the message
is queued again. Killed after it: nobody can know, so the message becomes uncertain and a person decides.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts.services import note_first_notice
from accounts.statuses import OPEN
from contacts.answers import settle_answers
from contacts.channels.base import Adapter, Answer, Handed
from contacts.channels.letter import LetterAdapter
from contacts.channels.smtp import SmtpAdapter
from contacts.enums import Channel, Direction, MessageStatus
from contacts.facts import Ask
from contacts.gating import Asked, ask_gate, deferred, lock_people, record_many
from contacts.models import Contact, Message, MessageEvent
from contacts.templates import purpose_of
from contacts.writing import write_anew
from core.clock import business_today
from debtors.enums import ReachStatus
from debtors.models import Email
from debtors.services import set_email_status

LEASE = timedelta(minutes=10)
BATCH = 25
HAND_OVER_SECONDS = 5.0
BACK_OFF = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))
ADAPTERS: dict[str, Callable[[], Adapter]] = {Channel.EMAIL: SmtpAdapter, Channel.LETTER: LetterAdapter}
S = MessageStatus
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A message marked as handing over, with the decision of this moment."""

    message: Message
    decision_id: int


class _Clock:
    """The caller's instant, moved on by the whole seconds that the work has taken since."""

    def __init__(self, at: datetime) -> None:
        self.at, self.started = at, time.monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=int(time.monotonic() - self.started))


def send_due(*, at: datetime, limit: int = 500, channel: str | None = None) -> dict[str, int]:
    """Hands over up to ``limit`` due messages and counts them by the status they reached. Safe in many workers at once.

    Returns an empty dict when nothing is due. Call it again, with a fresh ``at``, until then.
    """
    clock = _Clock(at)
    counts: Counter[str] = Counter(recover_lapsed(at=at))
    leased = _lease(at, limit, channel)
    for name, make in ADAPTERS.items():
        mine = [pk for pk, its_channel in leased if its_channel == name]
        if not mine:
            continue
        with make() as adapter:
            for start in range(0, len(mine), BATCH):
                counts.update(_send_batch(mine[start : start + BATCH], adapter, clock))
    return dict(counts)


# --- leases

LEASE_SQL = """
    WITH due AS (
        SELECT id FROM contacts_message
        WHERE status = 'queued' AND send_after <= %(at)s AND (%(channel)s IS NULL OR channel = %(channel)s)
        ORDER BY send_after, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE contacts_message m
        SET status = 'leased', leased_until = %(until)s, attempts = m.attempts + 1, handing_over_at = NULL
        FROM due WHERE m.id = due.id RETURNING m.id, m.channel, m.send_after
    ), logged AS (
        INSERT INTO contacts_messageevent (message_id, at, status, detail) SELECT id, %(at)s, 'leased', '' FROM leased
    )
    SELECT id, channel FROM leased ORDER BY send_after, id
"""


def _lease(at: datetime, limit: int, channel: str | None) -> list[tuple[int, str]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LEASE_SQL, {"at": at, "until": at + LEASE, "limit": limit, "channel": channel})
        return [(pk, name) for pk, name in cursor.fetchall()]


@transaction.atomic
def recover_lapsed(*, at: datetime) -> dict[str, int]:
    """Messages whose worker is gone: queued again if nothing can have left, else uncertain."""
    lapsed = list(
        Message.objects.select_for_update(skip_locked=True).filter(status=S.LEASED, leased_until__lt=at)[
            :5000
        ]
    )
    counts: Counter[str] = Counter()
    for message in lapsed:
        harmless = message.handing_over_at is None or message.channel == Channel.LETTER
        message.status = S.QUEUED if harmless else S.UNCERTAIN
        detail = "Worker lost before handing over" if harmless else "Worker lost while handing over"
        message.last_error, message.leased_until = detail, None
        if harmless:
            message.handing_over_at = None
        else:
            counts[S.UNCERTAIN.value] += 1
    _save(lapsed)
    _log([(message, message.last_error) for message in lapsed], at)
    return dict(counts)


# --- one batch


def _send_batch(ids: Sequence[int], adapter: Adapter, clock: _Clock) -> Counter[str]:
    cleared, counts = _clear(ids, clock.now())
    started = time.monotonic()
    results: list[tuple[Cleared, Handed]] = []
    late: list[Cleared] = []
    for item in cleared:
        if time.monotonic() - started > HAND_OVER_SECONDS:
            late.append(item)
        else:
            results.append((item, _hand_over(adapter, item.message, clock.now())))
    counts.update(_record(results, clock.now()))
    counts.update(_put_back(late))
    return counts


def _hand_over(adapter: Adapter, message: Message, at: datetime) -> Handed:
    """An adapter's own fault must not leave its neighbours in the dark; how far this message came nobody knows."""
    try:
        return adapter.hand_over(message, at)
    except Exception as error:
        logger.exception("Message %s", message.pk)
        return Handed(
            Answer.TRY_LATER if adapter.repeatable else Answer.UNKNOWN, f"{type(error).__name__}: {error}"
        )


@transaction.atomic
def _clear(ids: Sequence[int], at: datetime) -> tuple[list[Cleared], Counter[str]]:
    """Under a lock on every person: the gate once more, then the mark that something may leave from now on."""
    people = set(Message.objects.filter(pk__in=ids).values_list("debtor_id", flat=True))
    lock_people(people)
    held = list(
        Message.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, status=S.LEASED, handing_over_at__isnull=True, leased_until__gt=at)
        .select_related("debtor", "account", "template")
        .order_by("send_after", "pk")
    )
    first, again = _one_per_person(held)
    closed = [message for message in first if message.account.status not in OPEN]
    unwritten = write_notices_anew([m for m in first if m.notice is not None and m not in closed], at)
    payable = [message for message in first if message not in closed and message.pk not in unwritten]
    answers = ask_gate([_ask(message, at) for message in payable])
    decisions = record_many(answers, by=None, at=at)
    counts: Counter[str] = Counter()
    events = [_close(message) for message in closed]
    events += [_stop(message, unwritten[message.pk]) for message in first if message.pk in unwritten]
    cleared = []
    for message, answer, decision in zip(payable, answers, decisions, strict=True):
        if answer.verdict.allowed:
            message.handing_over_at = at
            cleared.append(Cleared(message, decision))
        else:
            events.append(_refuse(message, answer))
    for message in again:
        message.status, message.leased_until = S.QUEUED, None
        counts[S.QUEUED.value] += 1
    _save(held)
    _log(events, at)
    counts.update(str(message.status) for message, _ in events)
    return cleared, counts


def _one_per_person(held: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """A person's second message of a batch waits for the next one: its question must know of the first."""
    seen: set[int] = set()
    first: list[Message] = []
    again: list[Message] = []
    for message in held:
        (again if message.debtor_id in seen else first).append(message)
        seen.add(message.debtor_id)
    return first, again


def _ask(message: Message, at: datetime) -> Ask:
    return Ask(
        message.account_id, message.debtor_id, message.channel, message.address, at,
        purpose=purpose_of(message.template.tags), template_tags=tuple(message.template.tags),
    )  # fmt: skip


def _close(message: Message) -> tuple[Message, str]:
    detail = f"The account is {message.account.get_status_display().lower()}"
    message.status, message.leased_until, message.last_error = S.CANCELLED, None, detail
    return message, detail


def have_left(messages: Sequence[Message], at: datetime) -> None:
    """What follows from it: a first validation notice, a dispute that is answered."""
    noticed = [message.account_id for message in messages if message.notice]
    if noticed:
        note_first_notice(account_ids=noticed, on=business_today(at))
    answers = [message.pk for message in messages if message.answers_id]
    if answers:
        settle_answers(message_ids=answers, at=at)


def write_notices_anew(messages: Sequence[Message], at: datetime) -> dict[int, tuple[str, ...]]:
    """Validation notices say what is owed, and until when it may be disputed, on the day they leave. Why not, by message."""
    if not messages:
        return {}
    texts, failed = write_anew(messages, at)
    for message in messages:
        if text := texts.get(message.key):
            message.subject, message.body, message.notice = text.subject, text.body, text.notice
    Message.objects.bulk_update([m for m in messages if m.key in texts], ["subject", "body", "notice"])
    return {message.pk: failed[message.key] for message in messages if message.key in failed}


def _stop(message: Message, codes: Sequence[str]) -> tuple[Message, str]:
    detail = ", ".join(codes)
    message.status, message.leased_until, message.last_error = S.STOPPED, None, detail[:500]
    return message, detail


def _refuse(message: Message, answer: Asked) -> tuple[Message, str]:
    later = deferred(answer)
    message, detail = _stop(message, answer.codes)
    if later is not None:
        message.status, message.send_after = S.QUEUED, later.ask.at
    return message, detail


@transaction.atomic
def _put_back(late: Sequence[Cleared]) -> Counter[str]:
    """The hand-over took too long for the gate's answer to be of this moment: these are asked about again."""
    for item in late:
        Message.objects.filter(pk=item.message.pk, status=S.LEASED, attempts=item.message.attempts).update(
            status=S.QUEUED, leased_until=None, handing_over_at=None
        )
    return Counter({S.QUEUED.value: len(late)} if late else {})


# --- what became of them

SETTLED = {
    "status": "text", "leased_until": "timestamptz", "handing_over_at": "timestamptz", "sent_at": "timestamptz",
    "send_after": "timestamptz", "failures": "smallint", "provider_id": "text", "last_error": "text", "pdf": "text",
    "pages": "smallint",
}  # fmt: skip
SAVE = f"""
    UPDATE contacts_message AS message SET {", ".join(f"{name} = told.{name}" for name in SETTLED)}
    FROM jsonb_to_recordset(%s::jsonb) AS told (id bigint, {", ".join(f"{name} {kind}" for name, kind in SETTLED.items())})
    WHERE message.id = told.id
"""  # noqa: S608


def _save(messages: Sequence[Message]) -> None:
    """What sending settles of locked messages, in one plain statement; bulk_update would make a CASE a field a row."""
    if not messages:
        return
    rows = [{"id": message.pk, **{name: getattr(message, name) for name in SETTLED}} for message in messages]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, [json.dumps(rows, default=str)])


@transaction.atomic
def _record(results: Sequence[tuple[Cleared, Handed]], at: datetime) -> Counter[str]:
    """Status, event and contact in one transaction. A lease that lapsed meanwhile is still ours to tell the end of."""
    if not results:
        return Counter()
    fence = {item.message.pk: item.message.attempts for item, _ in results}
    current = Message.objects.select_for_update().filter(pk__in=fence, status__in=[S.LEASED, S.UNCERTAIN])
    ours = {message.pk for message in current if message.attempts == fence[message.pk]}
    told = [(item, handed) for item, handed in results if item.message.pk in ours]
    for item, handed in told:
        _settle(item.message, handed, at)
    _save([item.message for item, _ in told])
    Contact.objects.bulk_create(
        contact_of(item.message, item.decision_id, at)
        for item, handed in told
        if handed.answer is Answer.TAKEN
    )
    have_left([item.message for item, handed in told if handed.answer is Answer.TAKEN], at)
    _log([(item.message, handed.detail) for item, handed in told], at)
    for item, handed in told:
        if handed.address_is_bad:
            mark_email_bad(item.message, at)
    return Counter(str(item.message.status) for item, _ in told)


def _settle(message: Message, handed: Handed, at: datetime) -> None:
    message.leased_until = None
    if handed.answer is Answer.TAKEN:
        message.status, message.sent_at, message.last_error = S.HANDED_OVER, at, ""
        message.provider_id, message.pdf.name, message.pages = (
            handed.provider_id,
            handed.file_name,
            handed.pages,
        )
        return
    message.last_error = handed.detail[:500]
    message.provider_id = handed.provider_id
    if handed.answer is Answer.UNKNOWN:
        message.status = S.UNCERTAIN
        return
    message.handing_over_at = None
    if handed.answer is Answer.REJECTED:
        message.status = S.BOUNCED if message.channel == Channel.EMAIL else S.FAILED
    elif message.failures < len(BACK_OFF):
        message.status, message.send_after = S.QUEUED, at + BACK_OFF[message.failures]
        message.failures += 1
    else:
        message.status = S.FAILED


def contact_of(message: Message, decision_id: int, at: datetime) -> Contact:
    return Contact(
        debtor_id=message.debtor_id, account_id=message.account_id, channel=message.channel, direction=Direction.OUT,
        address=message.address, at=at, by_id=message.queued_by_id, decision_id=decision_id, message=message,
        purpose=purpose_of(message.template.tags),
    )  # fmt: skip


def mark_email_bad(message: Message, at: datetime) -> None:
    for email in Email.objects.filter(debtor_id=message.debtor_id, address__iexact=message.address):
        set_email_status(email=email, status=ReachStatus.BAD, by=None, at=at)


def _log(events: Sequence[tuple[Message, str]], at: datetime) -> None:
    MessageEvent.objects.bulk_create(
        MessageEvent(message=message, at=at, status=message.status, detail=detail[:500])
        for message, detail in events
    )
