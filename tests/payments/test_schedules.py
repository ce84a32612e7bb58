from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.enums import Every
from payments.judging import judge_schedule
from payments.schedules import Instalment, ScheduleRefused, days, months_later, schedule


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("first_on", "every", "then"),
    [
        ("2026-01-31", "month", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2027-12-30", "month", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        ("2026-04-07", "week", ["2026-04-14", "2026-04-21", "2026-04-28"]),
        ("2026-12-25", "two_weeks", ["2027-01-08", "2027-01-22", "2027-02-05"]),
        ("2026-01-05", "half_month", ["2026-01-20", "2026-02-05", "2026-02-20"]),
        ("2026-01-20", "half_month", ["2026-02-05", "2026-02-20", "2026-03-05"]),
        ("2026-01-15", "half_month", ["2026-01-31", "2026-02-15", "2026-02-28"]),
        ("2026-01-31", "half_month", ["2026-02-15", "2026-02-28", "2026-03-15"]),
        ("2026-01-29", "half_month", ["2026-02-14", "2026-02-28", "2026-03-14"]),
    ],
)
def test_days_keep_to_the_first_and_to_the_end_of_shorter_months(
    first_on: str, every: str, then: list[str]
) -> None:
    assert days(d(first_on), every, 4) == [d(first_on), *map(d, then)]


def test_equal_instalments_are_rounded_down_and_the_last_brings_the_rest() -> None:
    made = schedule(total=D("100.00"), first_on=d("2026-04-10"), every="month", count=3)
    assert [part.amount for part in made] == [D("33.33"), D("33.33"), D("33.34")]


def test_given_instalments_end_with_what_is_left_and_a_down_payment_comes_first() -> None:
    made = schedule(
        total=D("500.00"), first_on=d("2026-05-10"), every="month", instalment=D("150"), down=D("100"), down_on=d("2026-04-10")
    )  # fmt: skip
    assert made == (
        Instalment(d("2026-04-10"), D("100")),
        Instalment(d("2026-05-10"), D("150")),
        Instalment(d("2026-06-10"), D("150")),
        Instalment(d("2026-07-10"), D("100.00")),
    )


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 121}, "count"),
        ({"count": 120, "total": D("1.00")}, "count"),
        ({"instalment": D("0.01"), "total": D("2.00")}, "instalment"),
        ({}, "count"),
        ({"count": 2, "down": D("100.00")}, "down"),
        ({"count": 2, "down": D("-1")}, "down"),
        ({"count": 2, "down": D("10"), "down_on": d("2026-04-11")}, "down_on"),
        ({"count": 2, "down": D("10")}, "down_on"),
        ({"count": 2, "total": D("0")}, "amount"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_by_field(terms: dict[str, object], field: str) -> None:
    with pytest.raises(ScheduleRefused) as refused:
        schedule(**{"total": D("100.00"), "first_on": d("2026-04-10"), "every": "month", **terms})  # type: ignore[arg-type]
    assert refused.value.field == field


CENTS = st.integers(min_value=200, max_value=10_000_000).map(lambda cents: D(cents) / 100)
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))


@given(total=CENTS, first_on=DAYS, every=st.sampled_from(Every.values), count=st.integers(1, 120))
def test_any_schedule_adds_up_to_the_cent_in_order_and_is_never_empty(
    total: D, first_on: date, every: str, count: int
) -> None:
    made = schedule(total=total, first_on=first_on, every=every, count=count)
    assert sum(part.amount for part in made) == total
    assert all(part.amount > 0 for part in made)
    dates = [part.due_on for part in made]
    assert dates[0] == first_on
    assert dates == sorted(set(dates))


def test_months_later_stop_at_the_end_of_a_shorter_month() -> None:
    assert months_later(d("2026-01-31"), 1) == d("2026-02-28")


PLAN = (Instalment(d("2026-04-10"), D("100")), Instalment(d("2026-05-10"), D("100")))


@pytest.mark.parametrize(
    ("receipts", "on", "verdict", "expected", "paid", "awaited"),
    [
        ([], "2026-04-11", "open", "0", "0", ("2026-04-10", "100")),
        ([], "2026-04-12", "broken", "100", "0", None),
        ([("2026-04-11", "100")], "2026-04-12", "open", "100", "100", ("2026-05-10", "100")),
        ([("2026-04-09", "60")], "2026-04-10", "open", "0", "60", ("2026-04-10", "40")),
        ([("2026-04-02", "200")], "2026-04-02", "kept", "200", "200", None),
        ([("2026-03-31", "200")], "2026-04-12", "broken", "100", "0", None),
        ([("2026-04-12", "200")], "2026-04-12", "broken", "100", "200", None),
        ([("2026-04-10", "100"), ("2026-05-12", "100")], "2026-05-12", "broken", "200", "100", None),
        ([("2026-04-10", "100"), ("2026-04-10", "-100")], "2026-04-12", "broken", "100", "0", None),
        ([("2026-04-10", "150")], "2026-04-20", "open", "100", "150", ("2026-05-10", "50")),
    ],
)
def test_a_schedule_is_broken_by_the_first_instalment_not_covered_in_time(
    receipts: list[tuple[str, str]],
    on: str,
    verdict: str,
    expected: str,
    paid: str,
    awaited: tuple[str, str] | None,
) -> None:
    standing = judge_schedule(
        instalments=PLAN, made_on=d("2026-04-01"), grace_days=1, tolerance=D(0),
        receipts=[(d(day), D(amount)) for day, amount in receipts], on=d(on),
    )  # fmt: skip
    assert (standing.verdict, standing.expected, standing.paid) == (verdict, D(expected), D(paid))
    assert (standing.next_due_on, standing.next_amount) == (
        (d(awaited[0]), D(awaited[1])) if awaited else (None, None)
    )
