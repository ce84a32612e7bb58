"""Hours and places (12 CFR 1006.6(b)(1)): when and where a contact is convenient. Pure rules of the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from compliance.case import DAY, Case, Inconvenient, Reason, first_instant, gap_end
from compliance.overlays import Hours

CLOCKED = frozenset({"call", "text", "email", "in_person"})


def _inside(hours: Hours, at: datetime, zones: Iterable[ZoneInfo]) -> bool:
    """Inside the hours of every zone, on one and the same calendar day: New York's evening is not Guam's next morning (T-05)."""
    day: date | None = None
    for where in zones:
        local = at.astimezone(where)
        second = local.hour * 3600 + local.minute * 60 + local.second
        if not (hours.start <= second < hours.end and local.weekday() in hours.weekdays):
            return False
        if day is not None and local.date() != day:
            return False
        day = local.date()
    return True


@lru_cache(maxsize=8_192)
def next_inside(hours: Hours, at: datetime, zones: tuple[ZoneInfo, ...]) -> datetime | None:
    """The instant itself or the next one inside the hours; None when the zones have no hour in common.

    On one calendar day the common hours begin when those of the last zone do.
    """
    if _inside(hours, at, zones):
        return at
    first = min(at.astimezone(where).date() for where in zones)
    for ahead in range(4 if len(hours.weekdays) == 7 else 11):
        day = first + timedelta(days=ahead)
        opens = max(first_instant(day, hours.start, where) for where in zones)
        if opens > at and _inside(hours, opens, zones):
            return opens
    return None


def _next_inside(case: Case) -> datetime | None:
    """Kept with the case: two rules ask."""
    if case.opens is None:
        case.opens = (next_inside(case.hours, case.at, case.zones),)
    return case.opens[0]


def location_zone_conflict(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or _next_inside(case) is not None or answers_them(case):
        return None
    return Reason(
        "location_zone_conflict",
        "12 CFR 1006.6(b)(1)(i), comment 2",
        None,
        "No hour is convenient in every place this person may be; find out where they are.",
    )


def outside_hours(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or answers_them(case):
        return None
    opens = _next_inside(case)
    if opens is None or opens == case.at:
        return None
    return Reason(
        "outside_hours",
        "12 CFR 1006.6(b)(1)(i)",
        opens.astimezone(case.primary),
        "It is outside the hours of contact in a place where this person may be.",
    )


def _window_holds(window: Inconvenient, at: datetime, zones: Iterable[ZoneInfo]) -> bool:
    """Whether it holds in any zone. A window that ends before it starts runs over midnight, from the day it began."""
    for where in zones:
        local = at.astimezone(where)
        day, clock = local.date(), local.time()
        late = window.start is None or clock >= window.start
        early = window.end is None or clock < window.end
        if not _is_overnight(window):
            if late and early and _is_its_day(window, day):
                return True
        elif (late and _is_its_day(window, day)) or (early and _is_its_day(window, day - DAY)):
            return True
    return False


def _is_overnight(window: Inconvenient) -> bool:
    return window.start is not None and window.end is not None and window.end < window.start


def _is_its_day(window: Inconvenient, day: date) -> bool:
    return (
        (not window.weekdays or day.weekday() in window.weekdays)
        and (window.from_on is None or window.from_on <= day)
        and (window.until is None or day < window.until)
    )


def _is_place_only(window: Inconvenient) -> bool:
    return bool(window.place) and not window.weekdays and window.start is None and window.end is None


def _windows(case: Case) -> list[Inconvenient]:
    place = case.request.place
    return [w for w in case.facts.inconvenient if not _is_place_only(w) and (not w.place or w.place == place)]


def inconvenient_time(case: Case) -> Reason | None:
    if not case.facts.inconvenient or case.request.channel not in CLOCKED or answers_them(case):
        return None
    windows = _windows(case)
    if not any(_window_holds(window, case.at, case.zones) for window in windows):
        return None
    return Reason(
        "inconvenient_time",
        "12 CFR 1006.6(b)(1)(i)",
        _end_of_windows(case, windows),
        "This person told us that this time is inconvenient.",
    )


def _end_of_windows(case: Case, windows: Sequence[Inconvenient]) -> datetime | None:
    """The first later instant in no window: some window's end or a midnight, or the clocks are set, in some zone.

    The windows repeat every week but for their first and last days, so a week from each of those is looked at.
    """
    ends = {0, *(_seconds(window.end) for window in windows if window.end is not None)}
    limits = [day for window in windows for day in (window.from_on, window.until) if day is not None]
    days = {
        date.fromordinal(number)
        for day in (case.today, *(day for day in limits if day > case.today))
        for number in range(day.toordinal() - 1, min(day.toordinal() + 9, date.max.toordinal() - 1))
    }
    found = {first_instant(day, second, where) for where in case.zones for day in days for second in ends}
    found |= {gap_end(day, where) for where in case.zones for day in days if _sets_clocks(day, where)}
    for at in sorted(found):
        if at > case.at and not any(_window_holds(window, at, case.zones) for window in windows):
            return at.astimezone(case.primary)
    return None


def _sets_clocks(day: date, where: ZoneInfo) -> bool:
    midnights = first_instant(day, 0, where), first_instant(day + DAY, 0, where)
    return len({midnight.astimezone(where).utcoffset() for midnight in midnights}) == 2


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def inconvenient_place(case: Case) -> Reason | None:
    if not case.facts.inconvenient:
        return None
    place = case.request.place
    standing = [
        w
        for w in case.facts.inconvenient
        if _is_place_only(w)
        and w.place == place
        and (w.from_on is None or w.from_on <= case.today)
        and (w.until is None or case.today < w.until)
    ]
    if not standing or answers_them(case):
        return None
    ends = [w.until for w in standing]
    until = None if None in ends else case.start_of(max(end for end in ends if end is not None))
    return Reason(
        "inconvenient_place",
        "12 CFR 1006.6(b)(1)(ii)",
        until,
        f"This person asked not to be contacted at {place}.",
    )


def answers_them(case: Case) -> bool:
    """A consumer's own message may be answered once by the same medium, whatever the hour (comment 6(b)(1)-1)."""
    if case.request.purpose != "response":
        return False
    since = case.at - timedelta(hours=case.policy.response_hours)
    touches = [t for t in case.facts.history if t.kind == case.request.channel and t.at <= case.at]
    inbound = max((t.at for t in touches if t.direction == "in"), default=None)
    if inbound is None or inbound < since:
        return False
    return not any(t.direction == "out" and t.at >= inbound for t in touches)
