"""The only writers of the worklists room: tasks, and the lease that two reps can never both hold."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account
from accounts.selectors import portfolio_of
from compliance.clocks import business_days_after
from compliance.packs import clocks_on
from contacts.services import when_callable
from core.clock import business_today, business_zone
from users.models import User
from worklists.enums import TaskKind, TaskStatus
from worklists.models import Lease, Queue, Task

QUEUES = (
    ("callbacks", "Callbacks"),
    ("follow-ups", "Follow-ups"),
    ("calls", "Calls"),
    ("review", "Review"),
    ("compliance", "Compliance"),
)
LEASE_MINUTES = 15
RETRY = timedelta(hours=4)
CALLS = (TaskKind.CALL, TaskKind.CALLBACK, TaskKind.PROMISE_BROKEN)
TRIES = 25
LOOK_AHEAD = 50


class TaskRefused(Exception):
    code = "task_refused"


class HeldByOther(Exception):
    """Somebody else is working this debtor."""

    code = "held_by_other"

    def __init__(self, holder: User, until: datetime) -> None:
        super().__init__(
            f"{holder.get_full_name() or holder.username} is working this debtor until {until:%H:%M} UTC."
        )
        self.holder = holder
        self.until = until


@dataclass(frozen=True, slots=True)
class TaskDraft:
    key: str
    account_id: int
    debtor_id: int
    queue_id: int
    kind: str
    reason: str
    due_at: datetime
    priority: int = 0
    not_before: datetime | None = None
    """None: not before it is due."""


def ensure_queues() -> dict[str, Queue]:
    """The queues every house has, by slug; made when missing."""
    return {
        slug: Queue.objects.get_or_create(slug=slug, defaults={"name": name, "position": place})[0]
        for place, (slug, name) in enumerate(QUEUES)
    }


@transaction.atomic
def add_task(
    *,
    account: Account,
    queue: Queue,
    kind: str,
    reason: str,
    due_at: datetime,
    priority: int = 0,
    assigned_to: User | None = None,
    by: User | None,
    at: datetime,
    key: str | None = None,
    not_before: datetime | None = None,
) -> Task:
    """A task with a ``key`` that exists is returned as it is. ``not_before``: None means not before it is due."""
    task, _ = Task.objects.get_or_create(
        key=key or f"manual:{uuid.uuid4()}",
        defaults={
            "queue": queue,
            "account": account,
            "debtor_id": account.debtor_id,
            "kind": kind,
            "reason": reason[:200],
            "due_at": due_at,
            "not_before": not_before or due_at,
            "priority": priority,
            "assigned_to": assigned_to,
            "created_at": at,
            "created_by": by,
        },
    )
    return task


@transaction.atomic
def add_tasks(*, items: Sequence[TaskDraft], at: datetime, by: User | None = None) -> list[str]:
    """In bulk. Keys that exist are left alone; returns the keys made."""
    known = set(Task.objects.filter(key__in=[item.key for item in items]).values_list("key", flat=True))
    fresh = [item for item in items if item.key not in known]
    Task.objects.bulk_create(
        [
            Task(
                key=item.key,
                queue_id=item.queue_id,
                account_id=item.account_id,
                debtor_id=item.debtor_id,
                kind=item.kind,
                reason=item.reason[:200],
                due_at=item.due_at,
                not_before=item.not_before or item.due_at,
                priority=item.priority,
                created_at=at,
                created_by=by,
            )
            for item in fresh
        ],
        ignore_conflicts=True,
    )
    return [item.key for item in fresh]


def _open(task: Task) -> Task:
    locked = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if locked.status != TaskStatus.OPEN:
        raise TaskRefused("This task has been dealt with already.")
    return locked


@transaction.atomic
def complete_task(*, task: Task, result: str, by: User | None, at: datetime) -> Task:
    locked = _open(task)
    locked.status, locked.done_at, locked.done_by, locked.result = TaskStatus.DONE, at, by, result[:200]
    locked.save(update_fields=["status", "done_at", "done_by", "result"])
    return locked


@transaction.atomic
def postpone_task(*, task: Task, until: datetime, by: User | None, at: datetime) -> Task:
    if until <= at:
        raise TaskRefused("Postpone it to a time ahead.")
    locked = _open(task)
    locked.not_before = until
    locked.save(update_fields=["not_before"])
    return locked


def schedule_callback(*, account: Account, at_time: datetime, note: str, by: User, at: datetime) -> Task:
    """A call that the debtor asked for, at a time, for the rep who agreed it."""
    if at_time <= at:
        raise TaskRefused("A callback lies ahead; choose a later time.")
    queue = ensure_queues()["callbacks"]
    reason = note.strip() or "Call back as agreed"
    return add_task(
        account=account,
        queue=queue,
        kind=TaskKind.CALLBACK,
        reason=reason,
        due_at=at_time,
        priority=10,
        assigned_to=by,
        by=by,
        at=at,
    )


def ask_for_spanish(*, account: Account, asked_on: date, note: str, by: User | None, at: datetime) -> Task:
    """The Spanish notice that our form offers (12 CFR 1006.34(e)), due by the days of the policy; asked for twice it is one task."""
    today = business_today(at)
    if asked_on > today:
        raise TaskRefused("The day on which it was asked for lies ahead.")
    due_on = business_days_after(asked_on, clocks_on(today).translation_business_days)
    reason = f"Send the validation notice in Spanish, asked for on {asked_on}"
    return add_task(
        account=account,
        queue=ensure_queues()["review"],
        kind=TaskKind.TRANSLATION,
        reason=f"{reason}: {note.strip()}" if note.strip() else reason,
        due_at=datetime.combine(due_on, time(17), business_zone()),
        priority=5,
        by=by,
        at=at,
        key=f"spanish:{account.pk}:{asked_on}",
        not_before=at,
    )


def take_next(*, queue: Queue, user: User, at: datetime) -> Lease | None:
    """The next task of the queue whose debtor is free, visible to ``user`` and callable now; None when there is none.

    Those that may not be called now are put off to the instant the gate names, so the queue moves past them once and for all.
    """
    for _ in range(TRIES):
        with transaction.atomic():
            task = _lock_next(queue, user, at)
            if task is None:
                return None
            refused = _not_before([task], at)
            if not refused:
                lease = _lease(task.debtor_id, task.account, task, user, at, queue.lease_minutes)
                if lease is not None:
                    return lease
            _put_off(refused or {task.pk: at + timedelta(minutes=1)})
        if refused:
            _look_ahead(queue, user, at)
    return None


def _look_ahead(queue: Queue, user: User, at: datetime) -> None:
    """Where one may not be called, as before eight in the west, its neighbours often may not: they are put off together."""
    ahead = ready_tasks(queue=queue, user=user, at=at).select_related("account")[:LOOK_AHEAD]
    _put_off(_not_before(ahead, at))


def ready_tasks(*, queue: Queue, user: User, at: datetime) -> QuerySet[Task]:
    """What ``user`` may take of the queue now, in the order in which it is taken."""
    held = Lease.objects.filter(debtor_id=OuterRef("debtor_id"), expires_at__gt=at).exclude(user=user)
    return (
        Task.objects.filter(
            portfolio_of(user).condition(), queue=queue, status=TaskStatus.OPEN, not_before__lte=at
        )
        .filter(Q(assigned_to__isnull=True) | Q(assigned_to=user))
        .filter(~Exists(held))
        .order_by("-priority", "due_at", "pk")
    )


def _lock_next(queue: Queue, user: User, at: datetime) -> Task | None:
    tasks = ready_tasks(queue=queue, user=user, at=at).select_related("account")
    return tasks.select_for_update(of=("self",), skip_locked=True).first()


def _not_before(tasks: Iterable[Task], at: datetime) -> dict[int, datetime]:
    """When to look again at those of these tasks whose debtor may not be called now on any number."""
    calls = [task for task in tasks if task.kind in CALLS]
    callable_at = when_callable(accounts=[task.account for task in calls], at=at)
    return {
        task.pk: callable_at[task.account_id] or at + RETRY
        for task in calls
        if callable_at[task.account_id] != at
    }


def _put_off(until: Mapping[int, datetime]) -> None:
    """Tasks by id. One that somebody else has locked is left to them."""
    if not until:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH free AS (SELECT id FROM worklists_task WHERE id = ANY(%(ids)s) AND status = 'open'
                             ORDER BY id FOR UPDATE SKIP LOCKED)
               UPDATE worklists_task t SET not_before = v.until
               FROM free JOIN unnest(%(ids)s, %(until)s::timestamptz[]) AS v (id, until) USING (id) WHERE t.id = free.id""",
            {"ids": list(until), "until": list(until.values())},
        )


def _lease(
    debtor_id: int, account: Account, task: Task | None, user: User, at: datetime, minutes: int
) -> Lease | None:
    """One statement decides: the row is new, has lapsed, or is the user's own. None when another holds it."""
    lease = Lease(
        debtor_id=debtor_id,
        user=user,
        account=account,
        task=task,
        taken_at=at,
        expires_at=at + timedelta(minutes=minutes),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO worklists_lease (debtor_id, user_id, account_id, task_id, taken_at, expires_at)
               VALUES (%(debtor)s, %(user)s, %(account)s, %(task)s, %(at)s, %(until)s)
               ON CONFLICT (debtor_id) DO UPDATE SET user_id = EXCLUDED.user_id, account_id = EXCLUDED.account_id,
                   task_id = EXCLUDED.task_id, taken_at = EXCLUDED.taken_at, expires_at = EXCLUDED.expires_at
               WHERE worklists_lease.expires_at <= %(at)s OR worklists_lease.user_id = EXCLUDED.user_id
               RETURNING debtor_id""",
            {
                "debtor": debtor_id,
                "user": user.pk,
                "account": account.pk,
                "task": task.pk if task else None,
                "at": at,
                "until": lease.expires_at,
            },
        )
        return lease if cursor.fetchone() else None


@transaction.atomic
def take(*, account: Account, user: User, at: datetime) -> Lease:
    """Opens one account to work it. Raises HeldByOther."""
    lease = _lease(account.debtor_id, account, None, user, at, LEASE_MINUTES)
    if lease is None:
        held = Lease.objects.select_related("user").get(pk=account.debtor_id)
        raise HeldByOther(held.user, held.expires_at)
    return lease


def check_free(*, account: Account, user: User, at: datetime) -> None:
    """Raises HeldByOther when another rep holds the debtor now."""
    held = (
        Lease.objects.select_related("user")
        .filter(pk=account.debtor_id, expires_at__gt=at)
        .exclude(user=user)
        .first()
    )
    if held is not None:
        raise HeldByOther(held.user, held.expires_at)


def renew(*, user: User, debtor_id: int, at: datetime) -> bool:
    until = at + timedelta(minutes=LEASE_MINUTES)
    return bool(
        Lease.objects.filter(pk=debtor_id, user=user).filter(expires_at__gt=at).update(expires_at=until)
    )


def release(*, user: User, debtor_id: int, at: datetime) -> bool:
    """Ends one's own lease; the row goes, the debtor is free."""
    return bool(Lease.objects.filter(pk=debtor_id, user=user).delete()[0])


@transaction.atomic
def finish(*, user: User, account: Account, result: str, at: datetime) -> None:
    """A disposition ends the work: the task of the lease is done and the debtor is free.

    Locks the task and then the lease, as ``take_next`` does, so that the two cannot wait for each other.
    """
    lease = Lease.objects.filter(pk=account.debtor_id, user=user).first()
    if lease is not None and lease.task_id is not None:
        task = Task.objects.select_for_update(of=("self",)).get(pk=lease.task_id)
        if task.status == TaskStatus.OPEN:
            complete_task(task=task, result=result, by=user, at=at)
    release(user=user, debtor_id=account.debtor_id, at=at)
