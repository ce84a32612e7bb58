"""Writing strategies: versions, steps, clients, and what is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from accounts.enums import DebtType
from accounts.models import Account, Client
from strategies.book import change_version
from strategies.enums import Action, Anchor, StrategyStatus
from strategies.models import Enrolment, Step, Strategy
from strategies.walk import MESSAGES
from users.models import User
from worklists.models import Queue
from worklists.services import ensure_queues

LONGEST_OFFSET = 3650
IN_FORCE = (StrategyStatus.PUBLISHED, StrategyStatus.PAUSED)


class StrategyRefused(Exception):
    """The strategy cannot be written or published that way; the sentence says why."""

    code = "strategy_refused"


@dataclass(frozen=True, slots=True)
class StepDraft:
    name: str
    anchor: str
    offset_days: int
    action: str
    template_code: str = ""
    queue: Queue | None = None


@transaction.atomic
def create_strategy(
    *,
    code: str,
    name: str,
    steps: Sequence[StepDraft],
    clients: Sequence[Client] = (),
    debt_type: str = "",
    catch_up_days: int = 30,
) -> Strategy:
    """A draft, first version of its code."""
    if Strategy.objects.filter(code=code).exists():
        raise StrategyRefused(f"There is a strategy {code} already; make a new version of it.")
    strategy = Strategy.objects.create(code=code, name=name, debt_type=debt_type, catch_up_days=catch_up_days)
    strategy.clients.set(clients)
    set_steps(strategy=strategy, steps=steps)
    return strategy


@transaction.atomic
def create_version(*, strategy: Strategy) -> Strategy:
    """A draft that starts as a copy of ``strategy``, with the next version number."""
    versions = Strategy.objects.select_for_update(of=("self",)).filter(code=strategy.code)
    number = max(versions.values_list("version", flat=True)) + 1
    copy = Strategy.objects.create(
        code=strategy.code,
        version=number,
        name=strategy.name,
        debt_type=strategy.debt_type,
        catch_up_days=strategy.catch_up_days,
    )
    copy.clients.set(strategy.clients.all())
    drafts = [
        StepDraft(step.name, step.anchor, step.offset_days, step.action, step.template_code, step.queue)
        for step in strategy.steps.select_related("queue").order_by("position")
    ]
    set_steps(strategy=copy, steps=drafts)
    return copy


@transaction.atomic
def set_steps(*, strategy: Strategy, steps: Sequence[StepDraft]) -> list[Step]:
    """Writes the steps of a draft anew, in the order given."""
    locked = _draft(strategy)
    for place, draft in enumerate(steps, 1):
        _check(draft, place)
    locked.steps.all().delete()
    return Step.objects.bulk_create(
        Step(
            strategy=locked, position=place, name=draft.name.strip(), anchor=draft.anchor, offset_days=draft.offset_days,
            action=draft.action, template_code=draft.template_code, queue=draft.queue,
        )
        for place, draft in enumerate(steps, 1)
    )  # fmt: skip


def _draft(strategy: Strategy) -> Strategy:
    locked = Strategy.objects.select_for_update(of=("self",)).get(pk=strategy.pk)
    if locked.status != StrategyStatus.DRAFT:
        raise StrategyRefused(
            f"{locked} is {locked.get_status_display().lower()}; make a new version to change it."
        )
    return locked


def _check(draft: StepDraft, place: int) -> None:
    if not draft.name.strip():
        raise StrategyRefused(f"Step {place} needs a name.")
    if draft.anchor not in Anchor.values:
        raise StrategyRefused(f"Step {place}: count from the due date, the placement or the previous step.")
    if draft.action not in Action.values:
        raise StrategyRefused(f"Step {place}: there is no action {draft.action!r}.")
    if not 0 <= draft.offset_days <= LONGEST_OFFSET:
        raise StrategyRefused(f"Step {place}: between 0 and {LONGEST_OFFSET} days.")
    if draft.action in MESSAGES and not draft.template_code:
        raise StrategyRefused(f"Step {place} sends something and must name its template.")
    if draft.action == Action.CALL_TASK and draft.queue is None:
        raise StrategyRefused(f"Step {place} makes a task and must name its queue.")


@transaction.atomic
def set_clients(*, strategy: Strategy, clients: Sequence[Client]) -> None:
    """Whose accounts a draft is for; none: every client without a strategy of its own."""
    _draft(strategy).clients.set(clients)


@transaction.atomic
def publish(*, strategy: Strategy, by: User | None, at: datetime) -> Strategy:
    """Puts a draft in force. The version before it is retired, and its accounts go on at the same position in this one.

    Raises StrategyRefused: no steps, or another strategy in force has one of its clients (or is the default too).
    """
    locked = _draft(strategy)
    if not locked.steps.exists():
        raise StrategyRefused("A strategy needs at least one step.")
    _refuse_rivals(locked)
    for before in Strategy.objects.select_for_update(of=("self",)).filter(
        code=locked.code, status__in=IN_FORCE
    ):
        before.status = StrategyStatus.RETIRED
        before.save(update_fields=["status"])
        change_version(old_id=before.pk, new_id=locked.pk)
    locked.status, locked.published_at, locked.published_by = StrategyStatus.PUBLISHED, at, by
    locked.save(update_fields=["status", "published_at", "published_by"])
    return locked


def _refuse_rivals(strategy: Strategy) -> None:
    others = Strategy.objects.filter(status__in=IN_FORCE).exclude(code=strategy.code)
    own = list(strategy.clients.all())
    for client in own:
        rival = others.filter(clients=client).first()
        if rival is not None:
            raise StrategyRefused(f"{client} is under {rival} already; take it out there first.")
    rival = None if own else others.filter(clients__isnull=True, debt_type=strategy.debt_type).first()
    if rival is not None:
        kind = (
            f"for {DebtType(strategy.debt_type).label.lower()} debts" if strategy.debt_type else "the default"
        )
        raise StrategyRefused(f"{rival} is {kind} already; name the clients this one is for.")


def _turn(strategy: Strategy, sources: Sequence[str], to: StrategyStatus) -> Strategy:
    locked = Strategy.objects.select_for_update(of=("self",)).get(pk=strategy.pk)
    if locked.status not in sources:
        raise StrategyRefused(f"{locked} is {locked.get_status_display().lower()}.")
    locked.status = to
    locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def pause(*, strategy: Strategy, by: User | None, at: datetime) -> Strategy:
    """Stops every step of it until it is resumed. Accounts stay where they are."""
    return _turn(strategy, [StrategyStatus.PUBLISHED], StrategyStatus.PAUSED)


@transaction.atomic
def resume(*, strategy: Strategy, by: User | None, at: datetime) -> Strategy:
    return _turn(strategy, [StrategyStatus.PAUSED], StrategyStatus.PUBLISHED)


@transaction.atomic
def retire(*, strategy: Strategy, by: User | None, at: datetime) -> Strategy:
    """For good. Accounts under it stop where they are."""
    return _turn(strategy, [*IN_FORCE, StrategyStatus.DRAFT], StrategyStatus.RETIRED)


@transaction.atomic
def pause_account(
    *, account: Account, until: date, reason: str, by: User | None, at: datetime, on: date
) -> Enrolment:
    """No step of this account fires before ``until``; then it goes on, steps too old by then are skipped."""
    if not reason.strip():
        raise StrategyRefused("Say why the reminders are paused.")
    if until <= on:
        raise StrategyRefused("Pause until a day ahead.")
    return _set_pause(account, until, reason.strip()[:200])


@transaction.atomic
def resume_account(*, account: Account, by: User | None, at: datetime) -> Enrolment:
    return _set_pause(account, None, "")


def _set_pause(account: Account, until: date | None, reason: str) -> Enrolment:
    enrolment = Enrolment.objects.select_for_update(of=("self",)).filter(account=account).first()
    if enrolment is None:
        raise StrategyRefused("This account is under no strategy.")
    enrolment.paused_until, enrolment.pause_reason = until, reason
    enrolment.save(update_fields=["paused_until", "pause_reason"])
    return enrolment


COMMERCIAL = (
    StepDraft("First notice", Anchor.DUE, 3, Action.NOTICE, "first_notice"),
    StepDraft("Second notice", Anchor.DUE, 10, Action.NOTICE, "second_notice"),
    StepDraft("Call about the invoice", Anchor.DUE, 20, Action.CALL_TASK),
    StepDraft("Escalate", Anchor.DUE, 30, Action.ESCALATION),
)
CONSUMER = (
    StepDraft("Validation notice", Anchor.PLACEMENT, 1, Action.LETTER, "validation_notice"),
    StepDraft("Second notice", Anchor.PLACEMENT, 14, Action.NOTICE, "second_notice"),
    StepDraft("Call about the balance", Anchor.PLACEMENT, 21, Action.CALL_TASK),
    StepDraft("Escalate", Anchor.PLACEMENT, 60, Action.ESCALATION),
)


@transaction.atomic
def ensure_default_strategy(*, at: datetime, by: User | None = None) -> dict[str, Strategy]:
    """Reminders for commercial debts and, the default, for consumers; made and published when missing."""
    calls = ensure_queues()["calls"]
    found = {}
    for code, name, debt_type, drafts in (
        ("commercial-reminders", "Commercial reminders", DebtType.COMMERCIAL.value, COMMERCIAL),
        ("consumer-reminders", "Consumer reminders", "", CONSUMER),
    ):
        strategy = Strategy.objects.filter(code=code).order_by("-version").first()
        if strategy is None:
            steps = [
                replace(draft, queue=calls) if draft.action == Action.CALL_TASK else draft for draft in drafts
            ]
            draft_strategy = create_strategy(code=code, name=name, debt_type=debt_type, steps=steps)
            strategy = publish(strategy=draft_strategy, by=by, at=at)
        found[code] = strategy
    return found
