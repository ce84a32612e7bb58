"""My day: what a rep has to do and has done today; what a supervisor must look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import IntegerField, OuterRef, Q, Subquery

from accounts.selectors import portfolio_of, visible_accounts
from core.clock import business_today, business_zone
from escalations.enums import EscalationStatus
from escalations.models import Escalation
from escalations.selectors import visible_escalations
from payments.enums import PromiseStatus
from payments.models import Promise
from reporting.refusals import sentence
from users.models import User
from worklists.enums import TaskKind, TaskStatus
from worklists.models import Lease, Queue, Task

ROWS = 8
# Counting stops here: the screen says "999+", and a queue of a million rows costs no more than one of a thousand.
COUNTED = 1000


@dataclass(frozen=True, slots=True)
class QueueCount:
    slug: str
    name: str
    ready: int
    later: int


@dataclass(frozen=True, slots=True)
class Figures:
    calls: int = 0
    conversations: int = 0
    promises: int = 0
    promised: Decimal = Decimal("0.00")
    done: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    code: str
    sentence: str
    count: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    user_id: int
    name: str
    figures: Figures
    working_on: str


@dataclass(slots=True)
class MyDay:
    queues: list[QueueCount] = field(default_factory=list)
    callbacks: list[Task] = field(default_factory=list)
    promises_due: list[Promise] = field(default_factory=list)
    promises_broken: list[Promise] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    returned: list[Escalation] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    board: list[BoardRow] = field(default_factory=list)
    stopped: list[Stop] = field(default_factory=list)


def day_start(at: datetime) -> datetime:
    """Midnight of the agency's day in which ``at`` lies."""
    return at.astimezone(business_zone()).replace(hour=0, minute=0, second=0, microsecond=0)


def my_day(*, user: User, at: datetime) -> MyDay:
    """A constant number of queries, whatever the book holds. Parts that the user may not see stay empty."""
    day = MyDay()
    start = day_start(at)
    if user.has_perm("worklists.work_queue"):
        day.queues = queue_counts(user=user, at=at)
        day.callbacks = _callbacks(user, start)
        _promises(day, user, at)
        day.figures = figures_since([user.pk], start).get(user.pk, Figures())
    if user.has_perm("escalations.view_escalation"):
        waiting = visible_escalations(user).filter(status__in=[EscalationStatus.OPEN, EscalationStatus.TAKEN])
        day.escalations = list(waiting.order_by("due_at", "id")[:ROWS])
    elif user.has_perm("escalations.raise_escalation"):
        day.returned = list(visible_escalations(user).filter(status=EscalationStatus.RETURNED)[:ROWS])
    if user.has_perm("worklists.view_team"):
        day.board = board(user=user, start=start, at=at)
    if user.has_perm("compliance.view_decision"):
        day.stopped = stopped_since(user=user, start=start)
    return day


def queue_counts(*, user: User, at: datetime) -> list[QueueCount]:
    """The user's queues with what may be taken now and what waits for later, each counted up to COUNTED. One query."""
    mine = Task.objects.filter(
        portfolio_of(user).condition(), queue=OuterRef("pk"), status=TaskStatus.OPEN
    ).filter(Q(assigned_to__isnull=True) | Q(assigned_to=user))
    queues = Queue.objects.filter(is_active=True).order_by("position", "name")
    if user.team_id is not None:
        queues = queues.filter(Q(team__isnull=True) | Q(team_id=user.team_id))
    counted = queues.annotate(
        ready=_Count(mine.filter(not_before__lte=at).values("pk")[:COUNTED]),
        later=_Count(mine.filter(not_before__gt=at).values("pk")[:COUNTED]),
    )
    return [QueueCount(*row) for row in counted.values_list("slug", "name", "ready", "later")]


class _Count(Subquery):
    """How many rows a query finds, its LIMIT kept."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _scope(user: User, column: str) -> tuple[str, list[Any]]:
    """The user's portfolio as a condition on ``column``."""
    if user.has_perm("accounts.view_all_portfolios"):
        return "", []
    try:
        sql, params = visible_accounts(user).values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "AND FALSE", []
    return f"AND {column} IN ({sql})", list(params)


def _rows(sql: str, params: list[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _callbacks(user: User, start: datetime) -> list[Task]:
    due = Task.objects.filter(
        assigned_to=user,
        kind=TaskKind.CALLBACK,
        status=TaskStatus.OPEN,
        due_at__lt=start + timedelta(days=1),
    )
    return list(due.select_related("account", "debtor").order_by("due_at")[:ROWS])


def _promises(day: MyDay, user: User, at: datetime) -> None:
    """Those I took: due by tomorrow, and broken in the last fortnight."""
    today = business_today(at)
    mine = Promise.objects.filter(by=user).filter(
        Q(status=PromiseStatus.OPEN, due_on__lte=today + timedelta(days=1))
        | Q(
            status__in=[PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT],
            due_on__gte=today - timedelta(days=14),
        )
    )
    rows = list(mine.select_related("account", "account__debtor").order_by("due_on", "id")[: 4 * ROWS])
    day.promises_due = [promise for promise in rows if promise.status == PromiseStatus.OPEN][:ROWS]
    day.promises_broken = [promise for promise in rows if promise.status != PromiseStatus.OPEN][:ROWS]


def figures_since(user_ids: Sequence[int], start: datetime) -> dict[int, Figures]:
    """Calls, conversations, promises and tasks done since ``start``, by user. One query."""
    rows = _rows(
        """SELECT u.id,
              (SELECT count(*) FROM contacts_contact c WHERE c.by_id = u.id AND c.at >= %(start)s AND c.channel = 'call'),
              (SELECT count(*) FROM contacts_contact c WHERE c.by_id = u.id AND c.at >= %(start)s AND c.outcome = 'conversation'),
              p.n, p.amount,
              (SELECT count(*) FROM worklists_task t WHERE t.done_by_id = u.id AND t.status = 'done' AND t.done_at >= %(start)s)
           FROM users_user u, LATERAL (SELECT count(*) AS n, COALESCE(sum(amount), 0) AS amount FROM payments_promise p
              WHERE p.by_id = u.id AND p.due_on >= %(start)s::date AND p.made_at >= %(start)s) p
           WHERE u.id = ANY(%(users)s)""",
        {"start": start, "users": list(user_ids)},
    )
    return {row[0]: Figures(*row[1:]) for row in rows}


def board(*, user: User, start: datetime, at: datetime) -> list[BoardRow]:
    """The user's team (everyone who works queues, without a team): today's figures and the account each has in hand."""
    members = User.objects.filter(is_active=True, groups__permissions__codename="work_queue").distinct()
    if user.team_id is not None:
        members = members.filter(team_id=user.team_id)
    people = list(members.order_by("first_name", "username")[:50])
    figures = figures_since([person.pk for person in people], start)
    leases = Lease.objects.filter(user__in=[person.pk for person in people], expires_at__gt=at)
    holding = dict(leases.values_list("user_id", "account__ref"))
    return [
        BoardRow(
            person.pk, person.display_name, figures.get(person.pk, Figures()), holding.get(person.pk, "")
        )
        for person in people
    ]


def stopped_since(*, user: User, start: datetime) -> list[Stop]:
    """Refusals of the gate by reason, most frequent first. One query."""
    scope, params = _scope(user, "d.account_id")
    rows = _rows(
        "SELECT code, count(*) FROM compliance_decision d, unnest(d.codes) code "  # noqa: S608
        f"WHERE NOT d.allowed AND d.made_at >= %s {scope} GROUP BY code ORDER BY 2 DESC, 1",
        [start, *params],
    )
    return [Stop(code, sentence(code), count) for code, count in rows]
