"""One chunk of the nightly pass: a few thousand enrolments in one transaction, all of it or nothing."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from accounts.enums import AccountStatus
from compliance.enums import HoldKind
from contacts.communications import noticed
from contacts.gating import CLOCK_REASONS
from contacts.outbox import Draft, Outcome, prepare_bulk
from escalations.enums import EscalationKind
from escalations.services import EscalationDraft, raise_escalations
from payments.enums import AgreementStatus, PromiseStatus
from strategies.book import DUE, constants
from strategies.enums import Action, RunResult
from strategies.models import Step
from strategies.reach import Reach, notice_codes, reach_of, ways
from strategies.walk import Done, Position, Stage, after, next_day, step_day, walk
from worklists.enums import TaskKind
from worklists.models import Queue
from worklists.services import TaskDraft, add_tasks, ensure_queues

CHUNK = 2_000
REVIEW_QUEUE = "review"
TASK = "task"
NO_ADDRESS, NO_TEMPLATE, EMPTY_FIELD = "no_address", "no_template", "empty_field"
NOTICE_REFUSED, NOT_NEEDED, ALREADY_NOTICED = "notice_refused", "notice_of_commercial_debt", "already_noticed"
ANOTHER_WAY = frozenset(
    {
        "medium_opt_out",
        "address_opt_out",
        "no_email_safe_harbor",
        "employer_email",
        "address_undeliverable",
        "esign_consent_missing",
    }
)
"""Refusals that concern one medium or address: the next channel of the step may be tried."""


@dataclass(slots=True)
class ChunkResult:
    """What became of the accounts with a step due. ``stopped``: accounts whose step waits, by reason."""

    due: int = 0
    queued: Counter[str] = field(default_factory=Counter)
    tasks: int = 0
    escalations: int = 0
    skipped: int = 0
    stopped: Counter[str] = field(default_factory=Counter)

    def add(self, other: ChunkResult) -> None:
        self.due += other.due
        self.queued += other.queued
        self.tasks += other.tasks
        self.escalations += other.escalations
        self.skipped += other.skipped
        self.stopped += other.stopped


@dataclass(frozen=True, slots=True)
class Plan:
    """A strategy's steps, for the walk, and as they were written."""

    name: str
    catch_up_days: int
    stages: list[Stage]
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Passed:
    """A step passed, and what carried it: a channel with its message, ``task`` when nobody could be reached."""

    done: Done
    channel: str = ""
    message_id: int | None = None
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class Case:
    """A locked enrolment on its way through this pass."""

    enrolment_id: int
    account_id: int
    debtor_id: int
    language: str
    electronic_billing: bool
    balance: Decimal
    plan: Plan
    position: Position
    passed: list[Passed] = field(default_factory=list)
    message: Stage | None = None

    def key(self, stage: Stage) -> str:
        return f"step:{self.enrolment_id}:{stage.id}"

    def step(self, stage: Stage) -> Step:
        return self.plan.steps[self.plan.stages.index(stage)]

    @property
    def next_stage(self) -> Stage | None:
        stages = self.plan.stages
        return stages[self.position.index] if self.position.index < len(stages) else None


LOCK = f"""
    SELECT e.id, e.account_id, a.debtor_id, d.language, a.electronic_billing, a.balance, e.strategy_id, e.next_step_id,
           a.due_on, a.placed_on, e.enrolled_on, e.last_step_on, e.last_contact_on,
           CASE WHEN a.status = '{AccountStatus.DISPUTED}' OR EXISTS (
                    SELECT 1 FROM compliance_hold h WHERE h.debtor_id = a.debtor_id AND h.kind = '{HoldKind.DISPUTE}'
                      AND (h.account_id IS NULL OR h.account_id = a.id)
                      AND h.from_on <= %(on)s AND (h.until_on IS NULL OR h.until_on > %(on)s)) THEN 'dispute_hold'
                WHEN EXISTS (
                    SELECT 1 FROM payments_promise p WHERE p.account_id = a.id AND p.status = '{PromiseStatus.OPEN}'
                      AND p.due_on + p.grace_days >= %(on)s) OR EXISTS (
                    SELECT 1 FROM payments_agreement g WHERE g.account_id = a.id AND g.status = '{AgreementStatus.ACTIVE}'
                      AND g.next_due_on + g.grace_days >= %(on)s) THEN 'open_promise'
                ELSE '' END
    FROM strategies_enrolment e
    JOIN accounts_account a ON a.id = e.account_id
    JOIN debtors_debtor d ON d.id = a.debtor_id
    JOIN strategies_strategy st ON st.id = e.strategy_id
    WHERE e.id = ANY(%(ids)s) AND {DUE}
    ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
"""  # noqa: S608

ADVANCE = """
    UPDATE strategies_enrolment e SET next_step_id = v.step, next_on = v.next_on, last_step_on = v.last_step_on,
           last_contact_on = v.last_contact_on
    FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::date[])
         AS v (id, step, next_on, last_step_on, last_contact_on)
    WHERE e.id = v.id
"""

RECORD = """
    INSERT INTO strategies_steprun (enrolment_id, step_id, due_on, ran_on, ran_at, result, channel, codes, message_id)
    SELECT v.enrolment, v.step, v.due_on, %s, %s, v.result, v.channel, v.codes, v.message
    FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::text[], %s::text[], %s::jsonb[], %s::bigint[])
         AS v (enrolment, step, due_on, result, channel, codes, message)
"""


@dataclass(slots=True)
class Chunk:
    """One transaction's work."""

    on: date
    at: datetime
    result: ChunkResult = field(default_factory=ChunkResult)
    tasks: list[TaskDraft] = field(default_factory=list)
    escalations: list[EscalationDraft] = field(default_factory=list)
    _review: Queue | None = None

    def run(self, enrolment_ids: Sequence[int]) -> ChunkResult:
        cases = self.lock(enrolment_ids)
        for case in cases:
            self.proceed(case)
        self.send([case for case in cases if case.message])
        self.result.tasks = len(add_tasks(items=self.tasks, at=self.at, by=None)) if self.tasks else 0
        self.result.escalations = (
            len(raise_escalations(items=self.escalations, at=self.at)) if self.escalations else 0
        )
        _record([case for case in cases if case.passed], self.on, self.at)
        return self.result

    def lock(self, enrolment_ids: Sequence[int]) -> list[Case]:
        with connection.cursor() as cursor:
            cursor.execute(LOCK, {**constants(), "ids": list(enrolment_ids), "on": self.on})
            rows = cursor.fetchall()
        self.result.due = len(rows)
        self.result.stopped.update(stop for *_, stop in rows if stop)
        plans = plans_of({row[6] for row in rows})
        return [_case(row, plans[row[6]]) for row in rows if not row[-1]]

    def proceed(self, case: Case) -> None:
        """Up to the next message that is due. Tasks and escalations on the way are noted."""
        passed, case.position, case.message = walk(
            case.plan.stages, case.position, self.on, case.plan.catch_up_days
        )
        for done in passed:
            case.passed.append(Passed(done, "" if done.skipped else done.stage.action))
            if done.skipped:
                self.result.skipped += 1
            elif done.stage.action == Action.CALL_TASK:
                self.tasks.append(self.call_task(case, done.stage))
            else:
                self.escalations.append(_escalation(case, done.stage))

    def send(self, cases: list[Case]) -> None:
        """By the first channel that has an address and the gate's leave; then by the next one the step allows."""
        if not cases:
            return
        cases = self.unnoticed(cases)
        reach = reach_of({case.debtor_id for case in cases})
        waiting: list[tuple[Case, list[Draft]]] = []
        for case in cases:
            drafts, missing = _drafts(case, reach)
            if drafts:
                waiting.append((case, drafts))
            elif missing == NO_ADDRESS:
                self.tasks.append(self.review_task(case, TaskKind.DELIVERY_PROBLEM, "No address to send to"))
                self.passed(case, Passed(self.done(case), TASK, None, (NO_ADDRESS,)))
            else:
                self.result.stopped[missing] += 1
        while waiting:
            waiting = self.try_first(waiting)

    def unnoticed(self, cases: list[Case]) -> list[Case]:
        """Without those whose step is a validation notice that somebody has sent already: they go on to what follows it."""
        notices = [case for case in cases if case.message and case.message.must_go]
        if not notices:
            return cases
        had = noticed([case.debtor_id for case in notices], [case.account_id for case in notices])
        already = [case for case in notices if (case.debtor_id, case.account_id) in had]
        while already:
            for case in already:
                self.skip(case, ALREADY_NOTICED)
            already = [case for case in already if case.message and case.message.must_go]
        return [case for case in cases if case.message]

    def try_first(self, waiting: list[tuple[Case, list[Draft]]]) -> list[tuple[Case, list[Draft]]]:
        """Gives those whose first channel was refused and who have another."""
        outcomes = prepare_bulk(items=[drafts[0] for _, drafts in waiting], at=self.at, by=None)
        refused = []
        for (case, drafts), outcome in zip(waiting, outcomes, strict=True):
            if outcome.message_id is not None:
                channel = str(drafts[0].channel)
                self.result.queued[channel] += 1
                self.passed(case, Passed(self.done(case), channel, outcome.message_id, outcome.codes))
            elif outcome.codes == (NOT_NEEDED,):
                self.skip(case, NOT_NEEDED)
            elif drafts[1:] and _standing_codes(outcome) <= ANOTHER_WAY:
                refused.append((case, drafts[1:]))
            else:
                self.stop(case, outcome)
        return refused

    def stop(self, case: Case, outcome: Outcome) -> None:
        """The step waits and is asked about again at the next pass. A gap in a letter goes to a person, not out blank."""
        self.result.stopped.update(_standing_codes(outcome))
        fields = [code.split(":")[1] for code in outcome.codes if code.startswith(EMPTY_FIELD)]
        if fields:
            self.tasks.append(
                self.review_task(case, TaskKind.MERGE_FIELD, f"Nothing known for {', '.join(fields)}")
            )
        for code in outcome.codes:
            if code.startswith(NOTICE_REFUSED):
                self.tasks.append(self.review_task(case, TaskKind.MERGE_FIELD, code.partition(":")[2]))

    def done(self, case: Case) -> Done:
        assert case.message is not None
        return Done(case.message, step_day(case.message, case.position), False)

    def passed(self, case: Case, passed: Passed) -> None:
        """The message of the case has been dealt with; on to what else is due that day."""
        case.passed.append(passed)
        case.position = after(case.position, self.on, message=True)
        self.proceed(case)

    def skip(self, case: Case, code: str) -> None:
        """The message is not needed; on to what else is due that day."""
        self.result.skipped += 1
        case.passed.append(Passed(replace(self.done(case), skipped=True), codes=(code,)))
        case.position = after(case.position, self.on, message=False)
        self.proceed(case)

    def call_task(self, case: Case, stage: Stage) -> TaskDraft:
        step = case.step(stage)
        assert step.queue_id is not None
        return TaskDraft(
            case.key(stage), case.account_id, case.debtor_id, step.queue_id, TaskKind.CALL, step.name, self.at
        )

    def review_task(self, case: Case, kind: str, problem: str) -> TaskDraft:
        assert case.message is not None
        self._review = self._review or ensure_queues()[REVIEW_QUEUE]
        name = case.step(case.message).name
        reason = f"{problem[: 198 - len(name)]}: {name}"
        return TaskDraft(
            case.key(case.message), case.account_id, case.debtor_id, self._review.pk, kind, reason, self.at
        )


@transaction.atomic
def run_chunk(*, enrolment_ids: Sequence[int], on: date, at: datetime) -> ChunkResult:
    """Carries out what is due of these enrolments on ``on``.

    An enrolment that another worker holds is left to it; one that was dealt with meanwhile is no longer due.
    """
    return Chunk(on, at).run(enrolment_ids)


def plans_of(strategy_ids: Iterable[int]) -> dict[int, Plan]:
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in (
        Step.objects.filter(strategy_id__in=list(strategy_ids))
        .select_related("strategy")
        .order_by("position")
    ):
        steps[step.strategy_id].append(step)
    required = notice_codes()
    return {
        pk: Plan(
            own[0].strategy.name,
            own[0].strategy.catch_up_days,
            [
                Stage(step.pk, step.anchor, step.offset_days, step.action, step.template_code in required)
                for step in own
            ],
            own,
        )
        for pk, own in steps.items()
    }


def _case(row: tuple[Any, ...], plan: Plan) -> Case:
    enrolment_id, account_id, debtor_id, language, electronic_billing, balance, _, next_step_id, *days, _ = (
        row
    )
    index = next(place for place, stage in enumerate(plan.stages) if stage.id == next_step_id)
    position = Position(index, *days)
    return Case(enrolment_id, account_id, debtor_id, language, electronic_billing, balance, plan, position)


def _escalation(case: Case, stage: Stage) -> EscalationDraft:
    reason = f"{case.plan.name}: {case.step(stage).name}"
    return EscalationDraft(case.key(stage), case.account_id, EscalationKind.STRATEGY, reason, case.balance)


def _standing_codes(outcome: Outcome) -> set[str]:
    """Why it was refused, the time of day left out where it is not the only reason: that alone would have deferred it."""
    codes = {code.split(":")[0] for code in outcome.codes}
    return codes - CLOCK_REASONS or codes


def _drafts(case: Case, reach: Reach) -> tuple[list[Draft], str]:
    """One draft for each channel that could carry the message, in order; if none, what is missing."""
    assert case.message is not None
    step = case.step(case.message)
    drafts, missing = [], NO_ADDRESS
    for channel in ways(step.action, electronic_billing=case.electronic_billing):
        address = reach.addresses[channel].get(case.debtor_id)
        template_id = reach.template(step.template_code, channel, case.language)
        if address and template_id:
            drafts.append(
                Draft(case.key(case.message), case.account_id, case.debtor_id, channel, address, template_id)
            )
        elif address:
            missing = NO_TEMPLATE
    return drafts, missing


def _record(cases: list[Case], on: date, at: datetime) -> None:
    """The steps passed, and where each enrolment stands after them: two statements."""
    if not cases:
        return
    runs = [
        (
            case.enrolment_id, passed.done.stage.id, passed.done.due_on,
            RunResult.SKIPPED.value if passed.done.skipped else RunResult.FIRED.value,
            str(passed.channel), json.dumps(passed.codes), passed.message_id,
        )
        for case in cases
        for passed in case.passed
    ]  # fmt: skip
    moves = [tuple(_standing(case)) for case in cases]
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [on, at, *map(list, zip(*runs, strict=True))])
        cursor.execute(ADVANCE, [*map(list, zip(*moves, strict=True))])


def _standing(case: Case) -> Iterator[Any]:
    stage, position = case.next_stage, case.position
    yield case.enrolment_id
    yield stage.id if stage else None
    yield next_day(case.plan.stages, position)
    yield position.last_step_on
    yield position.last_contact_on
