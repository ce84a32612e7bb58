"""Until when a contact stays allowed, in every zone and with what the person told us."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance.case import Stated
from compliance.gate import Facts, Hold, Inconvenient, Request, decide
from compliance.policy import policy_on
from compliance.until import allowed_until

ET, PT = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
NOON = datetime(2026, 9, 4, 12, 0, tzinfo=ET)
POLICY = policy_on(NOON.date())


def until(at: datetime = NOON, channel: str = "call", **facts: object) -> datetime | None:
    request = Request(person="P", debt="D", channel=channel, at=at, address="+12125550123")
    return allowed_until(request, Facts(**{"zones": ("America/New_York",), **facts}), POLICY)  # type: ignore[arg-type]


def evening(weekday: int) -> Inconvenient:
    return Inconvenient(frozenset({weekday}), time(17), time(19), None, None, None)


def test_a_call_is_allowed_until_nine_in_the_evening() -> None:
    assert until() == datetime(2026, 9, 4, 21, 0, tzinfo=ET)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_zones_the_first_to_close_decides(order: int) -> None:
    zones = ("America/Los_Angeles", "America/New_York")[::order]
    assert until(zones=zones) == datetime(2026, 9, 4, 21, 0, tzinfo=ET)


def test_a_time_they_called_inconvenient_closes_it_earlier() -> None:
    assert until(inconvenient=(evening(4),)) == datetime(2026, 9, 4, 17, 0, tzinfo=ET)


def test_a_time_of_another_weekday_does_not() -> None:
    assert until(inconvenient=(evening(3),)) == datetime(2026, 9, 4, 21, 0, tzinfo=ET)


def test_it_ends_with_what_they_said_of_where_they_are() -> None:
    """In Hawaii, where it is the afternoon, until ten in the evening of New York, where they live."""
    said = Stated("Pacific/Honolulu", NOON, datetime(2026, 9, 4, 22, 0, tzinfo=ET))
    assert until(at=datetime(2026, 9, 4, 20, 0, tzinfo=ET), stated=(said,)) == said.until


def test_what_is_refused_or_knows_no_hours_has_no_end() -> None:
    assert until(at=NOON.replace(hour=22)) is None
    assert until(channel="letter") is None
    assert until(holds=(Hold("cease", None, NOON.date(), None),)) is None


def test_up_to_the_end_the_gate_allows_and_at_the_end_it_refuses() -> None:
    facts = Facts(zones=("America/New_York", "America/Los_Angeles"))
    request = Request(person="P", debt="D", channel="call", at=NOON, address="+12125550123")
    end = allowed_until(request, facts, POLICY)
    assert end is not None
    allowed = [
        decide(replace(request, at=at), facts, POLICY).allowed for at in (end - timedelta(seconds=1), end)
    ]
    assert allowed == [True, False]
