"""What the gate says besides yes or no: whether a call may be recorded, and what speaks against an allowed one. Pure."""

from __future__ import annotations

from datetime import timedelta

from compliance.case import Case, Reason, Warned
from compliance.frequency import CALLS
from compliance.parties import OFFICES

RECORDINGS = frozenset({"announced", "unannounced"})
REBUTTAL = "12 CFR 1006.14(b)(2)(i), comment 2"
HOUSE = "house policy"


def recording(case: Case) -> Reason | bool | None:
    """Whether this call may be recorded; where all must consent, after a notice to which they stay on the line (18 USC 2511(2)(d))."""
    asked, listed = case.request.recording, case.policy.tables.all_party_states
    if not asked or case.request.channel != "call":
        return None
    states = {*case.facts.residence_states, *case.facts.indicated_states}
    if asked == "announced" or (states and listed is not None and listed.isdisjoint(states)):
        return True
    where = ", ".join(sorted(states if listed is None else states & listed)) or "a place not known"
    text = f"The call may be made but not recorded: play the notice first, for {where}."
    return Reason("recording_consent_missing", "state recording laws", None, text)


def warnings(case: Case) -> tuple[Warned, ...]:
    """Calls so close together that they speak against us, though their number is allowed (1006.14(b)(2)(i), comment 2)."""
    policy, request = case.policy.tables.spacing, case.request
    if policy is None or request.channel != "call" or case.is_commercial or request.recipient in OFFICES:
        return ()
    calls = [
        touch
        for touch in case.all_touches(CALLS, 2 + policy.hours // 24)
        if touch.direction == "out" and touch.recipient == request.recipient
    ]
    if not calls:
        return ()
    found = []
    if any(
        case.at - call.at < timedelta(minutes=policy.minutes) and call.address == request.address
        for call in calls
    ):
        text = f"This number was called within the last {policy.minutes} minutes."
        found.append(Warned("same_number_soon", REBUTTAL, text))
    if any(case.at - call.at < timedelta(hours=policy.hours) for call in calls):
        found.append(
            Warned("close_calls", HOUSE, f"This person was called within the last {policy.hours} hours.")
        )
    today = sum(case.day_of(call.at) == case.today for call in calls)
    if today >= policy.per_day:
        found.append(Warned("many_calls_today", HOUSE, f"This person was called {today} times today."))
    return tuple(found)
