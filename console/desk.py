"""My day, the queues, the next account, and search."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Account
from accounts.selectors import portfolio_of, search_accounts, visible_accounts
from console.fragments import page
from console.workspace import find_account, person
from core import clock
from core.access import requires, signed_in
from reporting.desk import my_day, queue_counts
from reporting.portfolio import by_client
from users.models import User
from worklists.dispositions import move_on
from worklists.enums import TaskStatus
from worklists.models import Queue, Task

PAGE = 50


@signed_in
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    user = person(request)
    if not user.has_perm("debtors.view_debtor"):
        return portfolio(request)
    return page(request, "console/day.html", {"day": my_day(user=user, at=at), "at": at})


def portfolio(request: HttpRequest) -> HttpResponse:
    """What a creditor's people see: their own accounts, read-only, a page at a time."""
    user = person(request)
    accounts = visible_accounts(user).select_related("client", "debtor").order_by("pk")
    after = request.GET.get("after", "")
    if after.isdigit():
        accounts = accounts.filter(pk__gt=int(after))
    rows = list(accounts[: PAGE + 1])
    context = {
        "rows": rows[:PAGE],
        "after": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "clients": by_client(user=user),
    }
    return page(request, "console/portfolio.html", context)


@requires("worklists.work_queue")
@require_POST
def next_account(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Gives the account in hand back and takes the next one of the queue; without a queue, of the first that has work."""
    at = clock.now()
    user = person(request)
    slug = slug or _first_queue(user, at)
    queue = get_object_or_404(Queue, slug=slug, is_active=True)
    ref = request.POST.get("from")
    in_hand = find_account(user, ref) if ref else None
    lease = move_on(account=in_hand, queue=queue, by=user, at=at)
    if lease is None:
        messages.info(
            request,
            f"Nobody in {queue.name} may be worked now. The queue fills as callbacks and hours come due.",
        )
        return redirect("console:queue", slug=slug)
    return redirect("console:workspace", ref=lease.account.ref)


def _first_queue(user: User, at: datetime) -> str:
    """The first queue with work for now, else the first."""
    counts = queue_counts(user=user, at=at)
    return next((row.slug for row in counts if row.ready), counts[0].slug if counts else "calls")


@requires("worklists.work_queue")
@require_GET
def queues(request: HttpRequest) -> HttpResponse:
    return redirect("console:queue", slug=_first_queue(person(request), clock.now()))


@requires("worklists.work_queue")
@require_GET
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    at = clock.now()
    user = person(request)
    counts = queue_counts(user=user, at=at)
    chosen = next((row for row in counts if row.slug == slug), None)
    rows = list(_tasks(user, slug, request)[: PAGE + 1])
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "queues": counts,
        "queue": chosen,
        "slug": slug,
        "rows": rows[:PAGE],
        "next_row": more,
        "at": at,
    }
    return page(request, "console/queue.html", context, block="rows")


def _tasks(user: User, slug: str, request: HttpRequest) -> QuerySet[Task]:
    """In the order in which they are taken, from the row that the last page ended with."""
    queue = Queue.objects.filter(slug=slug).values("pk")[:1]  # by its key, so that the index gives the order
    tasks = Task.objects.filter(portfolio_of(user).condition(), queue=queue, status=TaskStatus.OPEN)
    tasks = tasks.filter(Q(assigned_to__isnull=True) | Q(assigned_to=user))
    cursor = _cursor(request)
    if cursor:
        priority, due, pk = cursor
        tasks = tasks.filter(
            Q(priority__lt=priority)
            | Q(priority=priority, due_at__gt=due)
            | Q(priority=priority, due_at=due, pk__gt=pk)
        )
    tasks = tasks.select_related(
        "account", "account__client", "debtor", "debtor__lease", "debtor__lease__user"
    )
    return tasks.order_by("-priority", "due_at", "pk")


def _cursor(request: HttpRequest) -> tuple[int, datetime, int] | None:
    parts = request.GET.get("after", "").split("~")
    due = parse_datetime(parts[1]) if len(parts) == 3 else None
    try:
        return (int(parts[0]), due, int(parts[2])) if due else None
    except ValueError:
        return None


@requires("debtors.view_debtor")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    found: list[Account] = search_accounts(person(request), text, limit=12)
    context: dict[str, Any] = {"text": text, "found": found}
    return page(request, "console/search.html", context, block="hits")
