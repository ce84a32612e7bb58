"""The daily report of compliance: today as it stands, or an earlier day as it was kept."""

from __future__ import annotations

import csv
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.fragments import page
from core import clock
from core.access import requires
from core.clock import business_today
from reporting.compliance import figures
from reporting.models import ComplianceReport

LAST_DAYS = 14


@requires("reporting.view_compliance")
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    today = business_today(clock.now())
    on = _day(request.GET.get("on", "")) or today
    kept = ComplianceReport.objects.filter(on=on).first() if on < today else None
    found = kept.figures if kept else figures(on=on) if on == today else None
    if found and request.GET.get("format") == "csv":
        return _csv(found, on)
    context = {
        "on": on,
        "today": today,
        "kept": kept,
        "found": _readable(found) if found else None,
        "days": ComplianceReport.objects.filter(on__lt=today).values_list("on", flat=True)[:LAST_DAYS],
    }
    return page(request, "console/compliance.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _readable(found: dict[str, Any]) -> dict[str, Any]:
    return {
        **found,
        "clear": [part for part in found["parts"] if not part["count"]],
        "parts": [
            {**part, "rows": [{**row, "since": datetime.fromisoformat(row["since"])} for row in part["rows"]]}
            for part in found["parts"]
        ],
    }


def _csv(found: dict[str, Any], on: date) -> HttpResponse:
    """Cells that a spreadsheet would run begin with an apostrophe."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="compliance-{on}.csv"'
    out = csv.writer(response)
    out.writerow(["part", "account", "person", "what", "since"])
    for row in found["stopped"]:
        out.writerow(
            ["stopped", "", f"{row['people']} people", f"{row['code']}: {row['attempts']} attempts", ""]
        )
    for part in found["parts"]:
        for row in part["rows"]:
            out.writerow(
                [_plain(cell) for cell in (part["key"], row["ref"], row["person"], row["what"], row["since"])]
            )
    return response


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell
