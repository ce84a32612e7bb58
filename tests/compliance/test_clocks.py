"""Days that the law counts."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.clocks import (
    business_days_after,
    is_business_day,
    is_timely,
    last_lawful_day,
    validation_period,
)
from compliance.policy import policy_on

LAW = policy_on(date(2026, 1, 1)).tables.clocks
assert LAW is not None


@pytest.mark.parametrize(
    ("sent", "received", "ends"),
    [
        ("2020-07-22", "2020-07-29", "2020-08-28"),
        ("2026-11-20", "2026-11-30", "2026-12-30"),
        ("2026-12-18", "2026-12-28", "2027-01-27"),
        ("2026-01-15", "2026-01-23", "2026-02-22"),
        ("2026-02-12", "2026-02-20", "2026-03-22"),
        ("2026-06-29", "2026-07-07", "2026-08-06"),
        ("2027-12-20", "2027-12-28", "2028-01-27"),
        ("2026-11-22", "2026-11-30", "2026-12-30"),
        ("2028-02-24", "2028-03-02", "2028-04-01"),
    ],
)
def test_t42_the_validation_period_of_the_nine_vectors(sent: str, received: str, ends: str) -> None:
    found = validation_period(date.fromisoformat(sent), LAW)
    assert (found.received_on.isoformat(), found.ends_on.isoformat()) == (received, ends)


def test_t85_the_last_lawful_day_of_a_revocation() -> None:
    assert last_lawful_day(date(2026, 12, 18), LAW) == date(2027, 1, 5)


def test_a_deadline_of_ours_is_not_lengthened_by_a_day_that_is_only_observed() -> None:
    """Independence Day of 2026 is a Saturday; the Friday before is kept, but is no legal holiday of 5 USC 6103(a)."""
    friday = date(2026, 7, 3)
    assert (is_business_day(friday), is_business_day(friday, observed=False)) == (False, True)
    assert last_lawful_day(date(2026, 6, 26), LAW) == date(2026, 7, 10)
    assert business_days_after(date(2026, 6, 26), 10) == date(2026, 7, 13)


ENDS = date(2026, 12, 30)


@pytest.mark.parametrize(
    ("medium", "received", "postmarked", "timely"),
    [
        ("online", "2026-12-30", None, True),
        ("online", "2026-12-31", None, False),
        ("email", "2026-12-31", None, False),
        ("letter", "2027-01-05", "2026-12-30", True),
        ("letter", "2027-01-05", "2026-12-31", False),
        ("letter", "2027-01-20", "2026-12-29", True),
        ("letter", "2027-01-07", None, True),
        ("letter", "2027-01-08", None, False),
    ],
)
def test_t48_in_time_is_when_it_was_sent_off(
    medium: str, received: str, postmarked: str | None, timely: bool
) -> None:
    found = is_timely(
        medium=medium,
        received_on=date.fromisoformat(received),
        postmarked_on=date.fromisoformat(postmarked) if postmarked else None,
        ends_on=ENDS,
        law=LAW,
    )
    assert found is timely
