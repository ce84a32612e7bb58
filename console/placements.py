"""Placements as loaded: control totals, and taking a batch back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.models import Placement
from accounts.selectors import visible_accounts
from console.fragments import page
from console.workspace import person
from core.access import requires

PAGE = 50


@requires("exchange.import_placement")
@require_GET
def placements(request: HttpRequest) -> HttpResponse:
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
        "can_undo": user.has_perm("accounts.manage_placement"),
    }
    return page(request, "console/placements.html", context)
