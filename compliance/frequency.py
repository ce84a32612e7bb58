"""How often: the federal count of calls and the rest after a conversation (12 CFR 1006.14(b)). Pure rules of the gate.

A day is a calendar day in the primary zone; the day asked about is the last of those that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from compliance.case import Case, Reason, Touch
from compliance.parties import OFFICES

COUNTED = frozenset(
    {
        "no_answer",
        "voicemail",
        "limited_content_message",
        "dropped",
        "conversation",
        "ringless_voicemail",
        "dialing",
    }
)
CALLS = frozenset({"call"})


def _is_consented(case: Case, debt: str, at: datetime) -> bool:
    """Whether a call at that instant, about that debt, is covered by a call consent (1006.14(b)(3)(i))."""
    for consent in case.facts.consents:
        if consent.kind != "call" or debt not in consent.debts or consent.given_at > at:
            continue
        day = case.day_of(at)
        if (day - case.day_of(consent.given_at)).days >= case.policy.consent_days:
            continue
        if consent.until is not None and day > consent.until:
            continue
        if consent.revoked_at is not None and consent.revoked_at < at:
            continue
        if consent.weekdays and day.weekday() not in consent.weekdays:
            continue
        if not _talked_between(case, debt, consent.given_at, at):
            return True
    return False


def _talked_between(case: Case, debt: str, after: datetime, before: datetime) -> bool:
    return any(
        touch.kind == "call" and touch.outcome == "conversation" and debt in touch.debts
        for touch in case.recent
        if after < touch.at < before
    )


def _misdirected(case: Case) -> dict[str, datetime]:
    """Numbers that turned out to be somebody else's, and when (comment 14(b)(2)(i)-1): earlier calls do not count."""
    learned = sorted(
        (touch.at, touch.address)
        for touch in case.facts.history
        if touch.outcome == "wrong_number" and touch.address and touch.at <= case.at
    )
    return {address: at for at, address in learned}


def to_them(case: Case, touches: Sequence[Touch], counted: frozenset[str] = COUNTED) -> list[Touch]:
    """Outgoing ones that reached for this person, not for whoever else has the number; calls with these outcomes only."""
    wrong = _misdirected(case)
    return [
        touch
        for touch in touches
        if touch.direction == "out"
        and not (touch.address in wrong and touch.at <= wrong[touch.address])
        and (touch.outcome in counted or touch.kind != "call")
    ]


def limit_end(case: Case, touches: Sequence[Touch], limit: int, days: int) -> date | None:
    """The day on which fewer than ``limit`` of these lie in the window again; None when they are fewer today."""
    if len(touches) < limit:
        return None
    return case.day_of(sorted(touch.at for touch in touches)[-limit]) + timedelta(days=days)


def _last_end(case: Case, ends: Sequence[date | None]) -> datetime | None:
    days = [day for day in ends if day is not None]
    return case.start_of(max(days)) if days else None


def _is_counted(case: Case) -> bool:
    """A call about a consumer's debt, but to no attorney, creditor or bureau (1006.14(b)(3)(iii))."""
    return case.request.channel == "call" and not case.is_commercial and case.request.recipient not in OFFICES


def call_frequency(case: Case) -> Reason | None:
    if not _is_counted(case):
        return None
    limit, days, ends = case.policy.call_limit, case.policy.call_window_days, []
    for debt in case.debts:
        calls = case.touches(debt, CALLS, days)
        if len(calls) >= limit and not _is_consented(case, debt, case.at):
            counted = [call for call in to_them(case, calls) if not _is_consented(case, debt, call.at)]
            ends.append(limit_end(case, counted, limit, days))
    until = _last_end(case, ends)
    if until is None:
        return None
    text = f"{limit} calls about this debt in {days} days have been made."
    return Reason("call_frequency", "12 CFR 1006.14(b)(2)(i)(A)", until, text)


def conversation_cooldown(case: Case) -> Reason | None:
    if not _is_counted(case) or case.request.purpose == "location":
        return None
    days, ends = case.policy.cooldown_days, []
    for debt in case.debts:
        talked = [touch for touch in case.touches(debt, CALLS, days) if touch.outcome == "conversation"]
        if talked and not _is_consented(case, debt, case.at):
            ends.append(limit_end(case, talked, 1, days))
    until = _last_end(case, ends)
    if until is None:
        return None
    text = f"You spoke with this person about this debt within the last {days} days."
    return Reason("conversation_cooldown", "12 CFR 1006.14(b)(2)(i)(B)", until, text)
