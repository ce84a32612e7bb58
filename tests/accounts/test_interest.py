"""Interest: the vectors of the regulation's section 3.3, and what must hold of any history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from accounts.interest import ACTUAL, FIXED_360, THIRTY_360, Given, Limit, Term, derive

D = Decimal
US_RULE = ("interest", "principal")


def simple(principal: str, rate: str, since: date, through: date, **term: object) -> Decimal:
    """The interest that is posted from one day to the other."""
    found = derive(
        opening={"principal": D(principal)}, given={}, terms=[Term(D(rate), since, **term)], limits=[], since=since,
        through=through,
    )  # fmt: skip
    return found.balances["interest"]


def test_ninety_days_over_365() -> None:
    assert simple("10000", "10", date(2026, 1, 1), date(2026, 4, 1)) == D("246.58")


def test_ninety_days_over_360() -> None:
    assert simple("10000", "10", date(2026, 1, 1), date(2026, 4, 1), basis=FIXED_360) == D("250.00")


def test_the_leap_day_counts_and_the_year_stays_365() -> None:
    assert simple("2234.56", "9", date(2024, 2, 1), date(2025, 2, 1)) == D("201.66")


def test_a_leap_year_over_its_own_days_is_one_years_interest() -> None:
    assert simple("1000", "10", date(2023, 12, 31), date(2024, 12, 31), basis=ACTUAL) == D("100.00")


@pytest.mark.parametrize(
    ("since", "through", "interest"),
    [
        (date(2026, 1, 31), date(2027, 1, 31), "120.00"),
        (date(2026, 12, 30), date(2027, 12, 31), "120.00"),
        (date(2024, 2, 29), date(2025, 2, 28), "119.67"),
        (date(2026, 2, 28), date(2026, 3, 1), "1.00"),
    ],
)
def test_months_of_thirty_days(since: date, through: date, interest: str) -> None:
    assert simple("1000", "12", since, through, basis=THIRTY_360) == D(interest)


def test_us_rule_pays_interest_first_and_capitalises_none() -> None:
    start = date(2026, 1, 1)
    paid = {
        date(2026, 2, 1): Given(payments=[(D("100"), US_RULE)]),
        date(2026, 3, 1): Given(payments=[(D("10"), US_RULE)]),
        date(2026, 4, 1): Given(payments=[(D("500"), US_RULE)]),
    }
    found = derive(
        opening={"principal": D("5000.00")}, given=paid, terms=[Term(D("6"), start)], limits=[], since=start,
        through=date(2026, 5, 1),
    )  # fmt: skip
    at = {day: _balances_after(found.entries, D("5000.00"), day) for day in paid}
    assert at[date(2026, 2, 1)] == (D("4925.48"), D("0.00"))
    assert at[date(2026, 3, 1)] == (D("4925.48"), D("12.67"))
    assert at[date(2026, 4, 1)] == (D("4463.25"), D("0.00"))
    assert found.balances["interest"] == D("22.01")


def _balances_after(
    entries: dict[date, dict[str, Decimal]], principal: Decimal, day: date
) -> tuple[Decimal, Decimal]:
    until = [entries[each] for each in sorted(entries) if each <= day]
    return (
        principal + sum((e.get("principal", D(0)) for e in until), D("0.00")),
        sum((e.get("interest", D(0)) for e in until), D("0.00")),
    )


def test_a_federal_judgment_compounds_once_a_year() -> None:
    earned = simple("10000", "4", date(2024, 3, 1), date(2026, 6, 1), compounds=True)
    assert D("10000") + earned == D("10925.05")


def test_without_authority_there_is_none() -> None:
    found = derive(
        opening={"principal": D("500")}, given={}, terms=[], limits=[], since=date(2026, 1, 1),
        through=date(2026, 12, 31),
    )  # fmt: skip
    assert found.entries == {}


def test_a_limit_forgives_and_does_not_defer() -> None:
    start = date(2026, 1, 1)
    capped = derive(
        opening={"principal": D("10000")}, given={}, terms=[Term(D("18"), start)],
        limits=[Limit(D("6"), date(2026, 1, 2), date(2026, 7, 1))], since=start, through=date(2026, 7, 1),
    )  # fmt: skip
    assert capped.balances["interest"] == D("297.53")  # 10,000 at 6 % for 181 days


def test_a_rate_that_changes_runs_day_by_day() -> None:
    start, change = date(2026, 1, 1), date(2026, 7, 1)
    found = derive(
        opening={"principal": D("3650")}, given={}, limits=[], since=start, through=date(2026, 7, 11),
        terms=[Term(D("10"), start, change), Term(D("20"), change)],
    )  # fmt: skip
    assert found.balances["interest"] == D("201.00")  # 181 days of $1 and 10 of $2


def test_more_than_is_owed_leaves_a_credit() -> None:
    start = date(2026, 1, 1)
    found = derive(
        opening={"principal": D("100.00")}, given={date(2026, 1, 3): Given(payments=[(D("120.00"), ())])},
        terms=[], limits=[], since=start, through=date(2026, 2, 1),
    )  # fmt: skip
    assert (found.credit, found.balances["principal"]) == (D("20.00"), D("-20.00"))


PAID = st.dictionaries(
    st.integers(1, 700), st.lists(st.decimals("0.01", "900", places=2), min_size=1, max_size=3), max_size=12
)


@settings(max_examples=150, deadline=None)
@drawn(
    principal=st.decimals("1", "20000", places=2),
    rate=st.decimals("0.01", "36", places=4),
    paid=PAID,
    order=st.permutations(["principal", "interest", "fees", "costs"]),
)
def test_whatever_is_paid_entries_add_up_and_no_bucket_is_negative_but_by_a_credit(
    principal: Decimal, rate: Decimal, paid: dict[int, list[Decimal]], order: list[str]
) -> None:
    start = date(2024, 1, 1)
    found = derive(
        opening={"principal": principal, "fees": D("25.00")},
        given={start + timedelta(days=n): Given(payments=[(amount, order) for amount in amounts]) for n, amounts in paid.items()},
        terms=[Term(rate, start)], limits=[], since=start, through=start + timedelta(days=701),
    )  # fmt: skip
    posted = {
        bucket: sum((each.get(bucket, D(0)) for each in found.entries.values()), D(0))
        for bucket in found.balances
    }
    assert found.balances == {
        **posted,
        "principal": principal + posted["principal"],
        "fees": D("25.00") + posted["fees"],
    }
    assert min(found.balances["interest"], found.balances["fees"], found.balances["costs"]) >= 0
    assert found.balances["principal"] >= -found.credit
    assert abs(found.carry) <= D("0.005")
