"""Placements as loaded, the runs that are under way, and taking a batch back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Client, Placement
from accounts.selectors import visible_accounts
from console.fragments import page
from console.workspace import person
from core import clock
from core.access import requires
from exchange.models import ImportRun, Upload
from exchange.runs import UNDER_WAY, stalled
from exchange.services import undo_placement
from exchange.undoing import UndoRefused
from users.models import User

PAGE = 50
RECENT = timedelta(days=1)
MOST_RUNS = 10
MOST_ACCOUNTS = 50


def clients_of(user: User) -> QuerySet[Client]:
    """Whose files this user handles: every client's, or those of their team."""
    clients = Client.objects.order_by("name")
    if user.has_perm("accounts.view_all_portfolios"):
        return clients
    return clients.filter(teams__in=[user.team_id])


@requires("exchange.import_placement")
@require_GET
def placements(request: HttpRequest) -> HttpResponse:
    user, at = person(request), clock.now()
    mine = clients_of(user).values("pk")
    rows = Placement.objects.select_related("client", "loaded_by").filter(client__in=mine).order_by("-pk")
    after = request.GET.get("after", "")
    if after.isdigit():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    runs = _runs_told(user, at)
    still = stalled(runs, at)
    context = {
        "rows": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "runs": runs,
        "stalled": still,
        "moving": any(run.under_way and run.pk not in still for run in runs),
        "unmapped": Upload.objects.select_related("client")
        .filter(runs=None, uploaded_by=user, uploaded_at__gt=at - RECENT, client__in=mine)
        .order_by("-pk")[:MOST_RUNS],
    }
    return page(request, "console/placements.html", context, block="runs")


def _runs_told(user: User, at: datetime) -> list[ImportRun]:
    """The last run of each file, for a day; a load that went through stands among the placements instead."""
    last = Upload.objects.filter(client__in=clients_of(user)).values(last=Max("runs"))
    told = Q(status__in=UNDER_WAY) | Q(started_at__gt=at - RECENT, placement=None)
    runs = ImportRun.objects.select_related("upload__client", "started_by").filter(told, pk__in=last)
    return list(runs.order_by("-pk")[:MOST_RUNS])


def find_placement(user: User, pk: int) -> Placement:
    mine = Placement.objects.select_related("client", "loaded_by").filter(client__in=clients_of(user))
    return get_object_or_404(mine, pk=pk)


@requires("exchange.import_placement")
@require_GET
def placement(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = find_placement(user, pk)
    accounts = visible_accounts(user).filter(placement=found).select_related("debtor").order_by("ref")
    context = {
        "placement": found,
        "run": found.runs.first(),
        "accounts": list(accounts[:MOST_ACCOUNTS]),
        "can_undo": user.has_perm("accounts.manage_placement"),
    }
    return page(request, "console/placement.html", context)


@requires("accounts.manage_placement")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_placement(person(request), pk)
    try:
        undo_placement(placement=found, by=person(request), at=clock.now())
    except UndoRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{found.batch} is taken back.")
    return redirect("console:placement", found.pk)
