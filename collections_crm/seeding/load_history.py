"""Writes the stories: every outgoing contact with the gate's decision it was made under."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account as Owed
from collections_crm.seeding import texts
from collections_crm.seeding.book import Account, Plan
from collections_crm.seeding.copying import CopyTable, Json, as_json, dollars
from collections_crm.seeding.history import IN_THE_MAIL
from collections_crm.seeding.notices import ends_on, form_of
from collections_crm.seeding.people import Person
from collections_crm.seeding.story import Story, Touch
from compliance.enums import Basis, Channel, DisputeStatus, RecordSource
from compliance.form import plain
from compliance.models import AddressBasis, Decision, Dispute, Hold, OptOut
from compliance.policy import policy_on
from contacts.enums import Direction, MessageStatus
from contacts.models import Contact, Message, MessageEvent, Note
from contacts.standard_templates import ensure_templates
from contacts.templates import VALIDATION, purpose_of
from escalations.models import Escalation, EscalationLogEntry
from payments.enums import PaymentStatus, PromiseStatus
from payments.models import Payment, Promise, PromiseJudgment
from users.models import User
from worklists.models import Queue, Task

RECENT = timedelta(days=8)
DECISION = """
    id debtor account channel address at made_at allowed policy_version question answer asked_by
"""
MESSAGE = """
    id key debtor account channel address template subject body status decision queued_at send_after
    attempts handing_over_at sent_at pages notice
"""
CONTACT = """
    debtor account channel direction address at outcome by decision message note purpose
"""
PROMISE = """
    id account amount due_on made_on made_at by how status paid judged_at
"""
PAYMENT = """
    account amount method effective_on reference posting posted_at status reversed_at reversal_reason
"""
HOLD = """
    id debtor account kind from_on until_on source recorded_by recorded_at note lifted_at lift_reason
"""
DISPUTE = """
    account debtor received_on medium is_timely reason status hold source recorded_by recorded_at resolved_at
    resolution
"""
TASK = """
    key queue account debtor kind reason priority due_at not_before assigned_to created_at
"""
ESCALATION = """
    id key account kind reason amount status raised_by raised_at due_at decided_by decided_at decision_note
"""
ESCALATIONLOGENTRY = """
    escalation at by from_status to_status note
"""
QUEUES = {
    "callbacks": "Callbacks",
    "follow-ups": "Follow-ups",
    "calls": "Calls",
}


@dataclass(slots=True)
class Placed:
    """An account of the book with the ids it got."""

    pk: int
    debtor_id: int
    account: Account
    person: Person
    story: Story = field(default_factory=Story)
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who did it: a story's rep number stands for one of the reps on duty; nobody on duty: nobody."""

    reps: tuple[int, ...]
    supervisors: tuple[int, ...]

    @classmethod
    def on_duty(cls, users: QuerySet[User]) -> Staff:
        def in_group(name: str) -> tuple[int, ...]:
            return tuple(users.filter(groups__name=name).order_by("pk").values_list("pk", flat=True))

        return cls(in_group("rep"), in_group("supervisor"))

    def rep(self, number: int) -> int | None:
        return self.reps[number % len(self.reps)] if self.reps else None

    def supervisor(self, number: int) -> int | None:
        return self.supervisors[number % len(self.supervisors)] if self.supervisors else None


class HistoryLoader:
    def __init__(self, plan: Plan, staff: Staff, at: datetime) -> None:
        self.plan, self.staff, self.at = plan, staff, at
        self.templates = ensure_templates(at=at)
        self.queues = {
            slug: _queue(slug, name, place) for place, (slug, name) in enumerate(QUEUES.items(), start=1)
        }
        self.decision_table = CopyTable(Decision, DECISION, at)
        self.message_table = CopyTable(Message, MESSAGE, at)
        self.event_table = CopyTable(MessageEvent, "message at status detail", at)
        self.contact_table = CopyTable(Contact, CONTACT, at)
        self.note_table = CopyTable(Note, "account at by text", at)
        self.promise_table = CopyTable(Promise, PROMISE, at)
        self.judgment_table = CopyTable(PromiseJudgment, "promise at on expected paid verdict", at)
        self.payment_table = CopyTable(Payment, PAYMENT, at)
        self.hold_table = CopyTable(Hold, HOLD, at)
        self.dispute_table = CopyTable(Dispute, DISPUTE, at)
        self.opt_out_table = CopyTable(OptOut, "debtor medium at source recorded_by recorded_at", at)
        self.basis_table = CopyTable(AddressBasis, "debtor address basis as_of source recorded_at", at)
        self.task_table = CopyTable(Task, TASK, at)
        self.escalation_table = CopyTable(Escalation, ESCALATION, at)
        self.escalation_events = CopyTable(EscalationLogEntry, ESCALATIONLOGENTRY, at)

    def load(self, placed: list[Placed]) -> tuple[int, int, int, int]:
        """How many contacts, promises, payments and tasks were written."""
        refs = dict(Owed.objects.filter(pk__in=[row.pk for row in placed]).values_list("pk", "ref"))
        for row in placed:
            row.ref = refs[row.pk]
        contacts = self.load_contacts(placed)
        self.note_table.write(
            (row.pk, note.at, self.staff.rep(note.rep), note.text)
            for row in placed
            for note in row.story.remarks
        )
        promises = self.load_promises(placed)
        payments = self.payment_table.write(_payment_rows(placed))
        self.load_holds(placed)
        self.basis_table.write(_basis_rows(placed))
        tasks = self.task_table.write(self.task_rows(placed))
        self.load_escalations(placed)
        return contacts, promises, payments, tasks

    def load_contacts(self, placed: list[Placed]) -> int:
        touches = [(row, touch, history) for row in placed for touch, history in _with_history(row)]
        outgoing = [item for item in touches if item[1].direction == Direction.OUT]
        decisions = dict(
            zip((id(touch) for _, touch, _ in outgoing), self.decision_table.ids(len(outgoing)), strict=True)
        )
        sent = [(row, touch) for row, touch, _ in outgoing if touch.status is not None]
        messages = dict(zip((id(touch) for _, touch in sent), self.message_table.ids(len(sent)), strict=True))
        self.decision_table.write(
            self.decision_row(decisions[id(touch)], row, touch, history) for row, touch, history in outgoing
        )
        self.message_table.write(
            self.message_row(messages[id(touch)], decisions[id(touch)], row, touch) for row, touch in sent
        )
        self.event_table.write(
            event for _, touch in sent for event in _message_events(messages[id(touch)], touch)
        )
        return self.contact_table.write(
            (
                row.debtor_id,
                row.pk,
                touch.channel,
                touch.direction,
                touch.address,
                touch.at,
                touch.outcome,
                None if touch.rep is None else self.staff.rep(touch.rep),
                decisions.get(id(touch)),
                messages.get(id(touch)),
                touch.note,
                _purpose(touch),
            )
            for row, touch, _ in touches
        )

    def decision_row(
        self, pk: int, row: Placed, touch: Touch, history: list[dict[str, Any]]
    ) -> tuple[object, ...]:
        rep = None if touch.rep is None else self.staff.rep(touch.rep)
        question, policy = _question(row, touch, history), policy_on(touch.at.date()).version
        return (
            pk,
            row.debtor_id,
            row.pk,
            touch.channel,
            touch.address[:254],
            touch.at,
            touch.at,
            True,
            policy,
            question,
            as_json(
                {
                    "allowed": True,
                    "reasons": [],
                    "next_allowed_at": touch.at.isoformat(),
                    "policy_version": policy,
                }
            ),
            rep,
        )

    def message_row(self, pk: int, decision: int, row: Placed, touch: Touch) -> tuple[object, ...]:
        account = row.account
        words = {
            "name": row.person.name,
            "creditor": account.current_creditor,
            "reference": account.reference,
            "balance": f"${dollars(touch.balance_cents)}",
        }
        pages = 1 if touch.channel == Channel.LETTER else 0
        form = form_of(account, row.ref, row.person, touch) if touch.is_notice else None
        code = "validation_notice" if form else "second_notice"
        return (
            pk,
            f"seed:{pk}",
            row.debtor_id,
            row.pk,
            touch.channel,
            touch.address,
            self.templates[code, touch.channel].pk,
            "" if form else texts.SUBJECTS[touch.channel].format(**words),
            plain(form) if form else texts.BODIES[touch.channel].format(**words),
            touch.status,
            decision,
            touch.at,
            touch.at,
            1,
            touch.at,
            touch.at,
            pages,
            as_json(form) if form else None,
        )

    def load_promises(self, placed: list[Placed]) -> int:
        flat = [(row, pledge) for row in placed for pledge in row.story.pledges]
        pairs = list(zip(self.promise_table.ids(len(flat)), flat, strict=True))
        written = self.promise_table.write(
            (
                pk,
                row.pk,
                dollars(p.cents),
                p.due_on,
                p.made_on,
                p.made_at,
                self.staff.rep(p.rep),
                p.how,
                p.status,
                dollars(p.paid_cents),
                p.judged_at,
            )
            for pk, (row, p) in pairs
        )
        self.judgment_table.write(
            (pk, p.judged_at, p.judged_on, dollars(p.cents), dollars(p.paid_cents), p.status)
            for pk, (_, p) in pairs
            if p.status != PromiseStatus.OPEN
        )
        return written

    def load_holds(self, placed: list[Placed]) -> None:
        flat = [(row, stop) for row in placed for stop in row.story.stops]
        pairs = list(zip(self.hold_table.ids(len(flat)), flat, strict=True))
        by_phone = RecordSource.CONSUMER_CALL
        self.hold_table.write(
            (
                pk,
                row.debtor_id,
                row.pk,
                stop.kind,
                stop.from_on,
                stop.until_on,
                by_phone,
                self.staff.rep(stop.rep),
                stop.at,
                stop.note,
                stop.lifted_at,
                "Verified by the creditor, copy mailed" if stop.lifted_at else "",
            )
            for pk, (row, stop) in pairs
        )
        self.dispute_table.write(
            (
                row.pk,
                row.debtor_id,
                stop.from_on,
                Channel.CALL,
                False,
                stop.reason,
                DisputeStatus.VERIFIED if stop.lifted_at else DisputeStatus.OPEN,
                pk,
                by_phone,
                self.staff.rep(stop.rep),
                stop.at,
                stop.lifted_at,
                "Verified by the creditor, copy mailed" if stop.lifted_at else "",
            )
            for pk, (row, stop) in pairs
            if stop.reason
        )
        refusals = [(row, refusal) for row in placed for refusal in row.story.refusals]
        self.opt_out_table.write(
            (row.debtor_id, said.medium, said.at, by_phone, self.staff.rep(said.rep), said.at)
            for row, said in refusals
        )

    def task_rows(self, placed: list[Placed]) -> Iterator[tuple[object, ...]]:
        for row in placed:
            for todo in row.story.todos:
                assigned = None if todo.rep is None else self.staff.rep(todo.rep)
                yield (
                    f"seed:{row.pk}",
                    self.queues[todo.queue],
                    row.pk,
                    row.debtor_id,
                    todo.kind,
                    todo.reason,
                    todo.priority,
                    todo.due_at,
                    todo.due_at,
                    assigned,
                    todo.created_at,
                )

    def load_escalations(self, placed: list[Placed]) -> None:
        flat = [(row, ask) for row in placed for ask in row.story.asks]
        events: list[tuple[object, ...]] = []
        rows: list[tuple[object, ...]] = []
        for pk, (row, ask) in zip(self.escalation_table.ids(len(flat)), flat, strict=True):
            rep, supervisor = self.staff.rep(ask.rep), self.staff.supervisor(ask.rep)
            decided = ask.verdict and supervisor is not None
            status = ask.verdict if decided else "open"
            outcome = (supervisor, ask.decided_at, ask.note) if decided else (None, None, "")
            rows.append(
                (
                    pk,
                    f"seed:{pk}",
                    row.pk,
                    ask.kind,
                    ask.reason,
                    dollars(ask.cents),
                    status,
                    rep,
                    ask.at,
                    ask.due_at,
                    *outcome,
                )
            )
            events.append((pk, ask.at, rep, "", "open", ask.reason))
            if decided:
                events.append((pk, ask.decided_at, supervisor, "open", ask.verdict, ask.note))
        self.escalation_table.write(rows)
        self.escalation_events.write(events)


def _with_history(row: Placed) -> Iterator[tuple[Touch, list[dict[str, Any]]]]:
    """Each touch of the account with the touches of the week before it, as the gate's facts have them."""
    recent: deque[Touch] = deque()
    for touch in row.story.touches:
        while recent and recent[0].at < touch.at - RECENT:
            recent.popleft()
        yield touch, [_fact(row, earlier) for earlier in recent] if touch.direction == Direction.OUT else []
        recent.append(touch)


def _fact(row: Placed, touch: Touch) -> dict[str, Any]:
    fact = {
        "kind": touch.channel,
        "direction": touch.direction,
        "at": touch.at.isoformat(),
        "debts": [row.ref],
        "address": touch.address,
    }
    return {**fact, "outcome": touch.outcome} if touch.outcome else fact


def _purpose(touch: Touch) -> str:
    return purpose_of([VALIDATION] if touch.is_notice else [])


def _question(row: Placed, touch: Touch, history: list[dict[str, Any]]) -> Json:
    request = {
        "person": str(row.debtor_id),
        "debt": row.ref,
        "discussed_debts": [row.ref],
        "channel": touch.channel,
        "address": touch.address,
        "at": touch.at.isoformat(),
        "purpose": _purpose(touch),
        "template_tags": [VALIDATION] if touch.is_notice else [],
    }
    facts: dict[str, Any] = {
        "zones": row.person.zones(),
        "residence_states": [row.person.address.place.state],
        "history": history,
    }
    sent_on = row.account.first_notice_on
    if sent_on and sent_on < touch.at.date():
        period = {"sent_on": sent_on.isoformat(), "period_ends_on": ends_on(sent_on).isoformat()}
        facts["validation"] = {row.ref: period}
    if touch.channel == Channel.EMAIL and row.story.email_basis_on:
        facts["address_basis"] = [
            {
                "address": touch.address,
                "basis": Basis.EMAIL_CONSENT,
                "as_of": row.story.email_basis_on.isoformat(),
            }
        ]
    return as_json({"request": request, "facts": facts})


def _message_events(pk: int, touch: Touch) -> Iterator[tuple[object, ...]]:
    yield pk, touch.at, MessageStatus.QUEUED, ""
    yield pk, touch.at + timedelta(seconds=20), MessageStatus.HANDED_OVER, ""
    if touch.status == MessageStatus.DELIVERED and touch.channel == Channel.LETTER:
        yield pk, touch.at + timedelta(days=IN_THE_MAIL), touch.status, "Delivered"
    elif touch.status == MessageStatus.DELIVERED:
        yield pk, touch.at + timedelta(seconds=50), touch.status, "250 2.0.0 OK"
    elif touch.status == MessageStatus.BOUNCED:
        yield pk, touch.at + timedelta(seconds=50), touch.status, "550 5.1.1 mailbox unavailable"
    elif touch.status == MessageStatus.RETURNED:
        yield (
            pk,
            touch.at + timedelta(days=11),
            touch.status,
            "Return to sender: not deliverable as addressed",
        )


def _payment_rows(placed: Iterable[Placed]) -> Iterator[tuple[object, ...]]:
    for row in placed:
        for receipt in row.story.receipts:
            status = PaymentStatus.REVERSED if receipt.reversed_at else PaymentStatus.POSTED
            why = "Check returned: insufficient funds" if receipt.reversed_at else ""
            yield (
                row.pk,
                dollars(receipt.cents),
                receipt.method,
                receipt.effective_on,
                receipt.reference,
                receipt.posting,
                receipt.at,
                status,
                receipt.reversed_at,
                why,
            )


def _basis_rows(placed: Iterable[Placed]) -> Iterator[tuple[object, ...]]:
    """Consent to e-mail, once per debtor, dated before the first e-mail of any of the debtor's accounts."""
    first: dict[int, tuple[object, ...]] = {}
    for row in sorted(
        (row for row in placed if row.story.email_basis_on), key=lambda row: str(row.story.email_basis_on)
    ):
        day = row.story.email_basis_on
        first.setdefault(
            row.debtor_id,
            (
                row.debtor_id,
                row.person.emails[0].address,
                Basis.EMAIL_CONSENT,
                day,
                RecordSource.CLIENT,
                row.account.entries[0].posted_at,
            ),
        )
    yield from first.values()


def _queue(slug: str, name: str, position: int) -> int:
    return Queue.objects.get_or_create(slug=slug, defaults={"name": name, "position": position})[0].pk
