"""Until when a contact that is allowed stays so: the end of the window it stands in. Pure, like the gate it asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from compliance.case import DAY, Case, Facts, Request, first_instant
from compliance.gate import decide
from compliance.hours import CLOCKED
from compliance.policy import Policy


def allowed_until(request: Request, facts: Facts, policy: Policy) -> datetime | None:
    """The first later instant that the gate refuses, within a day and as far as the clock decides.

    The window closes with the hours of any zone, at the start of a time the person called inconvenient, or at midnight;
    the gate is asked at each of these. None when it stays open, or is not open now.
    """
    if request.channel not in CLOCKED or not decide(request, facts, policy).allowed:
        return None
    now = request.at.astimezone(UTC)
    for instant in sorted(_closings(Case(request, facts, policy))):
        if now < instant <= now + DAY and not decide(replace(request, at=instant), facts, policy).allowed:
            return instant
    return None


def _closings(case: Case) -> set[datetime]:
    starts = [window.start for window in case.facts.inconvenient if window.start is not None]
    seconds = {0, case.hours.end, *(start.hour * 3600 + start.minute * 60 + start.second for start in starts)}
    stated = {at for said in case.facts.stated for at in (said.at, said.until) if at is not None}
    return stated | {
        first_instant(case.at.astimezone(where).date() + timedelta(days=ahead), second, where)
        for where in case.zones
        for ahead in (0, 1)
        for second in seconds
    }
