"""Strategies as they stand: steps on a timeline, what the next pass would do, publish and pause."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from console.fragments import page
from console.workspace import person
from core import clock
from core.access import requires
from core.clock import business_today
from reporting.refusals import sentence
from strategies.models import Strategy
from strategies.services import PassResult, StrategyRefused, pause, preview, publish, resume


@requires("strategies.view_strategy")
@require_GET
def strategies(request: HttpRequest) -> HttpResponse:
    return _listing(request)


def _listing(
    request: HttpRequest, shown: int | None = None, result: PassResult | None = None
) -> HttpResponse:
    rows = Strategy.objects.prefetch_related("steps__queue", "clients").annotate(enrolled=Count("enrolments"))
    stopped = [(sentence(code), count) for code, count in result.stopped.most_common()] if result else []
    context = {
        "rows": list(rows.order_by("code", "-version")[:30]),
        "can_manage": person(request).has_perm("strategies.manage_strategy"),
        "shown": shown,
        "result": result,
        "stopped": stopped,
        "queued": list(result.queued.items()) if result else [],
    }
    return page(request, "console/strategies.html", context)


@requires("strategies.manage_strategy")
@require_POST
def change(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    user, at = person(request), clock.now()
    strategy = get_object_or_404(Strategy, pk=pk)
    try:
        if verb == "preview":
            result = preview(strategy=strategy, on=business_today(at) + timedelta(days=1), at=at)
            return _listing(request, pk, result)
        if verb not in ("publish", "pause", "resume"):
            raise Http404
        {"publish": publish, "pause": pause, "resume": resume}[verb](strategy=strategy, by=user, at=at)
    except StrategyRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{strategy.name} v{strategy.version}: {verb} done.")
    return redirect("console:strategies")
