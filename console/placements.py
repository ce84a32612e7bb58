"""Placements as loaded: control totals, and taking a batch back."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Client, Placement
from accounts.selectors import visible_accounts
from console.fragments import page
from console.workspace import person
from core import clock
from core.access import requires
from core.clock import business_today
from exchange.models import Mapping
from exchange.services import ImportResult, load_placement, undo_placement

PAGE = 50


@requires("exchange.import_placement")
@require_GET
def placements(request: HttpRequest) -> HttpResponse:
    return _listing(request)


def _listing(
    request: HttpRequest,
    result: ImportResult | None = None,
    problem: str = "",
    stored: str = "",
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    rows = Placement.objects.select_related("client", "loaded_by").order_by("-pk")
    if not user.has_perm("accounts.view_all_portfolios"):
        rows = rows.filter(client__in=visible_accounts(user).values("client"))
    after = request.GET.get("after", "")
    if after.isdigit():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "result": result,
        "problem": problem,
        "stored": stored,
        "typed": {name: request.POST.get(name, "") for name in ("client", "mapping", "placed_on")},
        "today": business_today(clock.now()),
        "clients": list(Client.objects.filter(is_active=True)),
        "mappings": [
            "canonical",
            *Mapping.objects.order_by("name").values_list("name", flat=True).distinct(),
        ],
        "can_undo": user.has_perm("accounts.manage_placement"),
    }
    return page(request, "console/placements.html", context, status=status)


@requires("exchange.import_placement")
@require_POST
def load(request: HttpRequest) -> HttpResponse:
    """Dry run first: the file is kept, its problems shown by row; then the very same file is loaded."""
    user, at = person(request), clock.now()
    client = get_object_or_404(Client, pk=request.POST.get("client") or 0)
    stored = _keep(request)
    if not stored:
        return _listing(request, problem="Choose a CSV or XLSX file.", status=422)
    dry_run = request.POST.get("step") != "load"
    try:
        result = load_placement(
            path=default_storage.path(stored),
            file_name=Path(stored).name,
            client=client,
            mapping=request.POST.get("mapping") or "canonical",
            placed_on=parse_date(request.POST.get("placed_on", "")) or business_today(at),
            by=user,
            at=at,
            dry_run=dry_run,
        )
    except Exception as error:
        if not hasattr(error, "code"):
            raise
        return _listing(request, problem=str(error), status=422)
    if dry_run:
        return _listing(request, result=result, stored=stored)
    messages.success(
        request,
        f"{result.batch}: {result.loaded} accounts, ${result.amount:,.2f} loaded; {result.rejected} rejected.",
    )
    return redirect("console:placements")


def _keep(request: HttpRequest) -> str:
    """The name under which the upload is kept between dry run and load; one's own folder, so no name leads elsewhere."""
    folder = f"incoming/{person(request).pk}"
    upload = request.FILES.get("file")
    if upload is not None:
        return str(
            default_storage.save(
                f"{folder}/{uuid.uuid4().hex[:8]}-{Path(upload.name or 'file').name}", upload
            )
        )
    name = f"{folder}/{Path(request.POST.get('stored', '')).name}"
    return name if request.POST.get("stored") and default_storage.exists(name) else ""


@requires("accounts.manage_placement")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    placement = get_object_or_404(Placement, pk=pk)
    try:
        undo_placement(placement=placement, by=person(request), at=clock.now())
    except Exception as error:
        if not hasattr(error, "code"):
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, f"{placement.batch} is taken back.")
    return redirect("console:placements")


@requires("exchange.import_placement")
@require_GET
def rejects(request: HttpRequest) -> FileResponse:
    """The rejected rows with their reasons, to be mended and loaded again."""
    name = request.GET.get("file", "")
    if not name.startswith("rejects/") or ".." in name or not default_storage.exists(name):
        raise Http404
    return FileResponse(default_storage.open(name), as_attachment=True, filename=Path(name).name)
