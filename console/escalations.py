"""The queue of decisions: age, time left, reason, money at stake; decide with a note."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from console.fragments import page
from console.workspace import person
from core import clock
from core.access import requires
from core.money import dollars
from escalations.enums import DecisionVerb, EscalationStatus
from escalations.models import Escalation
from escalations.selectors import visible_escalations
from escalations.services import EscalationRefused, answer_return, decide
from payments.agreements import exceeds
from users.authority import Limits, limits_of

PAGE = 50
WAITING = (EscalationStatus.OPEN, EscalationStatus.TAKEN, EscalationStatus.RETURNED)


def _listing(
    request: HttpRequest, problem_pk: int | None = None, problem: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    user = person(request)
    shown = request.GET.get("show", "waiting")
    rows = visible_escalations(user)
    if shown == "decided":
        rows = rows.exclude(status__in=WAITING).order_by("-decided_at", "-pk")
    else:
        returned = Case(When(status=EscalationStatus.RETURNED, then=1), default=0)  # they wait for the rep
        rows = rows.filter(status__in=WAITING).order_by(returned, "due_at", "pk")
    listed = list(rows[:PAGE])
    if problem_pk not in (None, *(row.pk for row in listed)):  # dealt with by somebody else meanwhile
        listed = [*visible_escalations(user).filter(pk=problem_pk), *listed]
    limits = limits_of(user)
    for row in listed:
        row.beyond = _beyond(row, limits)  # type: ignore[attr-defined]
    context = {
        "rows": listed,
        "shown": shown,
        "at": clock.now(),
        "waiting": [str(status) for status in WAITING],
        "verbs": DecisionVerb.choices,
        "can_decide": user.has_perm("escalations.decide_escalation"),
        "problem_pk": problem_pk,
        "problem": problem,
        "typed": typed,
    }
    return page(request, "console/escalations.html", context, block="rows", status=status)


def _beyond(row: Escalation, limits: Limits) -> str:
    """Why this user may not approve it, if so."""
    if row.status not in WAITING:
        return ""
    if row.agreement is not None:
        return exceeds(row.agreement, limits)
    if row.correction is not None and abs(row.correction.amount) > limits.adjusts_most:
        return f"{dollars(abs(row.correction.amount))} is above {dollars(limits.adjusts_most)}."
    return ""


@requires("accounts.view_account", "debtors.view_debtor")
@require_GET
def escalations(request: HttpRequest) -> HttpResponse:
    """Everyone sees what the selector lets them see: all of their portfolio, or what they raised."""
    return _listing(request)


@requires("escalations.decide_escalation")
@require_POST
def decide_escalation(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    escalation = get_object_or_404(visible_escalations(user), pk=pk)
    verb, note = request.POST.get("verb", ""), request.POST.get("note", "")
    if verb not in DecisionVerb.values:
        return _listing(request, pk, "Choose what to decide.", note, 422)
    try:
        done = decide(escalation=escalation, verb=verb, note=note, by=user, at=clock.now())
    except EscalationRefused as error:
        return _listing(request, pk, str(error), note, 422)
    messages.success(request, f"{done.account.ref}: {done.get_status_display().lower()}.")
    return redirect("console:escalations")


@requires("escalations.raise_escalation")
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    escalation = get_object_or_404(visible_escalations(user), pk=pk)
    note = request.POST.get("note", "")
    try:
        answer_return(escalation=escalation, note=note, by=user, at=clock.now())
    except EscalationRefused as error:
        return _listing(request, pk, str(error), note, 422)
    messages.success(request, "Your answer is with them; the clock starts again.")
    return redirect("console:escalations")
