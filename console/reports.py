"""The portfolio, its age, and what came in by month."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.fragments import page
from console.workspace import person
from core import clock
from core.access import requires
from core.clock import business_today
from reporting.portfolio import by_age, by_client, collected_by_month


@requires("reporting.view_report")
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    user = person(request)
    context = {
        "clients": by_client(user=user),
        "ages": by_age(user=user, on=business_today(clock.now())),
        "months": collected_by_month(user=user),
    }
    return page(request, "console/reports.html", context)
