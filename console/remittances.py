"""Clients' money: what would be remitted, what was, and its statements."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Client
from console.fragments import page
from console.workspace import person
from core import clock
from core.access import requires
from core.clock import business_today
from exchange.statements import KINDS
from payments.remitting import (
    RemittanceRefused,
    close_remittance,
    draft,
    last_month_end,
    pay_remittance,
    visible_remittances,
)
from payments.trust import balances

PAGE = 60


def _listing(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    user, today = person(request), business_today(clock.now())
    may_close = user.has_perm("payments.close_remittance")
    code = request.POST.get("client") or request.GET.get("client", "")
    through_on = last_month_end(today)
    try:
        through_on = (
            parse_date(request.POST.get("through_on") or request.GET.get("through_on", "")) or through_on
        )
    except ValueError:
        problem = problem or "Enter a day that there is."
    chosen = Client.objects.filter(code=code).first() if may_close and code else None
    context: dict[str, Any] = {
        "rows": list(visible_remittances(user)[:PAGE]),
        "clients": list(Client.objects.filter(is_active=True)) if may_close else [],
        "chosen": chosen,
        "through_on": through_on,
        "draft": draft(client=chosen, through_on=through_on) if chosen is not None else None,
        "books": balances() if may_close else None,
        "can_close": may_close,
        "can_pay": user.has_perm("payments.pay_remittance"),
        "today": today,
        "problem": problem,
    }
    return page(request, "console/remittances.html", context, status=status)


@requires("payments.view_remittance")
@require_GET
def remittances(request: HttpRequest) -> HttpResponse:
    """A client's own people see theirs; whoever closes sees what closing would come to, and the trust account."""
    return _listing(request)


@requires("payments.close_remittance")
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    client = get_object_or_404(Client, code=request.POST.get("client", ""))
    try:
        through_on = parse_date(request.POST.get("through_on", ""))
    except ValueError:
        through_on = None
    if through_on is None:
        return _listing(request, "Enter the day up to which it is closed.", 422)
    try:
        done = close_remittance(client=client, through_on=through_on, by=person(request), at=clock.now())
    except RemittanceRefused as error:
        return _listing(request, str(error), 422)
    messages.success(request, f"{done.number} is closed: {done.lines_count} lines.")
    return redirect("console:remittances")


@requires("payments.pay_remittance")
@require_POST
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    user, at = person(request), clock.now()
    found = get_object_or_404(visible_remittances(user), pk=pk)
    try:
        paid_on = parse_date(request.POST.get("paid_on", "")) or business_today(at)
        done = pay_remittance(
            remittance=found, paid_on=paid_on, reference=request.POST.get("reference", ""), by=user, at=at
        )
    except RemittanceRefused as error:
        return _listing(request, str(error), 422)
    except ValueError:
        return _listing(request, "Enter a day that there is.", 422)
    messages.success(request, f"{done.number} was paid by {done.reference}.")
    return redirect("console:remittances")


@requires("payments.view_remittance")
@require_GET
def statement(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    found = get_object_or_404(visible_remittances(person(request)), pk=pk)
    if kind not in KINDS:
        raise Http404
    make, content_type = KINDS[kind]
    response = HttpResponse(make(found), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="statement-{found.number}.{kind}"'
    return response
