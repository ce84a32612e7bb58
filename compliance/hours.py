"""Hours and places (12 CFR 1006.6(b)(1)): when and where a contact is convenient. Pure rules of the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from compliance.case import DAY, Case, Inconvenient, Reason, first_instant, gap_end
from compliance.policy import Hours

CLOCKED = frozenset({"call", "text", "email", "in_person"})


def _hours(case: Case) -> Hours:
    return case.policy.commercial_hours if case.is_commercial else case.policy.consumer_hours


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


def _openings(hours: Hours, at: datetime, zones: Sequence[ZoneInfo], days: int) -> Iterator[datetime]:
    """Each instant at or after ``at`` at which some zone's window opens, in order: the common window opens at one of them."""
    found = []
    for where in zones:
        today = at.astimezone(where).date()
        for ahead in range(days):
            opening = first_instant(today + timedelta(days=ahead), hours.start, where)
            if opening >= at:
                found.append(opening)
    yield from sorted(found)


def _next_inside(case: Case) -> datetime | None:
    hours = _hours(case)
    if _inside(hours, case.at, case.zones):
        return case.at
    span = 4 if len(hours.weekdays) == 7 else 11
    return next(
        (at for at in _openings(hours, case.at, case.zones, span) if _inside(hours, at, case.zones)), None
    )


def location_zone_conflict(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or _next_inside(case) is not None:
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
    for where in zones:
        local = at.astimezone(where)
        day, clock = local.date(), local.time()
        if (window.from_on is not None and day < window.from_on) or (
            window.until is not None and day >= window.until
        ):
            continue
        if window.weekdays and local.weekday() not in window.weekdays:
            continue
        if (window.start is None or clock >= window.start) and (window.end is None or clock < window.end):
            return True
    return False


def _is_place_only(window: Inconvenient) -> bool:
    return bool(window.place) and not window.weekdays and window.start is None and window.end is None


def _windows(case: Case) -> list[Inconvenient]:
    place = case.request.place
    return [w for w in case.facts.inconvenient if not _is_place_only(w) and (not w.place or w.place == place)]


def inconvenient_time(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or answers_them(case):
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
    """The first later instant in no window: one at which some window's end, or a midnight, falls in some zone."""
    ends = {0, *(_seconds(window.end) for window in windows if window.end is not None)}
    last = max((window.until for window in windows if window.until is not None), default=case.today)
    start = case.at
    for ahead in range(-1, case.policy.search_days):
        found = sorted(
            first_instant(start.astimezone(where).date() + timedelta(days=ahead), second, where)
            for where in case.zones
            for second in ends
        )
        found = sorted(found + _clock_changes(start + timedelta(days=ahead), case.zones))
        for at in found:
            if at > start and not any(_window_holds(window, at, case.zones) for window in windows):
                return at.astimezone(case.primary)
        if ahead > 8 and start.date() + timedelta(days=ahead) > last + timedelta(days=9):
            return None
    return None


def _clock_changes(near: datetime, zones: Iterable[ZoneInfo]) -> list[datetime]:
    """The instants of that day at which a zone sets its clocks."""
    days = [(near.astimezone(where).date(), where) for where in zones]
    return [
        gap_end(day, where)
        for day, where in days
        if first_instant(day, 0, where).utcoffset() != first_instant(day + DAY, 0, where).utcoffset()
    ]


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def inconvenient_place(case: Case) -> Reason | None:
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
    channel = case.request.channel
    touches = [t for t in case.facts.history if t.kind == channel and t.at <= case.at]
    inbound = max((t.at for t in touches if t.direction == "in"), default=None)
    if inbound is None or case.at - inbound > timedelta(hours=case.policy.response_hours):
        return False
    return not any(t.direction == "out" and t.at >= inbound for t in touches)
