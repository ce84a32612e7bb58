"""What the law says of suits, sales, claims, records and machines that dial ahead."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from compliance.duties import (
    check_ring,
    claim_due,
    default_judgment,
    is_abandoned,
    keep_until,
    may_dial_ahead,
    transfer,
    venue,
)
from compliance.policy import known_policies, policy_on

LAW = policy_on(date(2026, 11, 23)).tables.duties
assert LAW is not None
ON = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("filed", "resides", "signed", "property_in", "refused"),
    [
        ("N.D.N.Y.", "N.D.N.Y.", "", "", False),
        ("S.D.N.Y.", "N.D.N.Y.", "S.D.N.Y.", "", False),
        ("D.N.J.", "N.D.N.Y.", "S.D.N.Y.", "", True),
        ("D.N.J.", "", "", "", True),
        ("D.N.J.", "N.D.N.Y.", "", "D.N.J.", False),
        ("N.D.N.Y.", "N.D.N.Y.", "", "D.N.J.", True),
    ],
)
def test_t69_suit_is_brought_where_they_live_or_signed_or_the_property_is(
    filed: str, resides: str, signed: str, property_in: str, refused: bool
) -> None:
    reason = venue(filed_in=filed, resides_in=resides, signed_in=signed, property_in=property_in)
    assert (reason.code if reason else None) == ("venue" if refused else None)


@pytest.mark.parametrize("state", ["paid", "settled", "discharged"])
def test_t77_what_is_paid_settled_or_discharged_is_not_sold(state: str) -> None:
    reason = transfer(state=state, to="buyer")
    assert reason is not None
    assert (reason.code, reason.rule) == ("transfer_prohibited", "12 CFR 1006.30(b)(1)")
    assert transfer(state=state, to="owner") is None
    assert transfer(state="open", to="buyer") is None


def test_t79_a_proof_of_claim_is_due_seventy_days_after_the_order_for_relief() -> None:
    assert claim_due(relief_on=date(2026, 11, 23), law=LAW) == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("checked_on", "refused"),
    [
        (None, True),
        (ON, False),
        (ON - timedelta(days=30), False),
        (ON - timedelta(days=31), True),
        (ON + timedelta(days=1), True),
    ],
)
def test_t80_no_default_judgment_without_a_recent_check_of_military_status(
    checked_on: date | None, refused: bool
) -> None:
    reason = default_judgment(checked_on=checked_on, on=ON, law=LAW)
    assert (reason.code if reason else None) == ("scra_hold" if refused else None)


def test_t81_records_are_kept_three_years_from_the_latest_and_longer_where_held() -> None:
    assert keep_until(days=[date(2025, 5, 1), date(2026, 11, 23)], law=LAW) == date(2029, 11, 23)
    assert keep_until(days=[date(2028, 2, 29)], law=LAW) == date(2031, 3, 1)
    assert keep_until(days=[date(2020, 1, 1)], law=LAW, is_held=True) is None
    assert keep_until(days=[], law=LAW) is None


@pytest.mark.parametrize(("abandoned", "keeps"), [(300, True), (301, False)])
def test_t82_a_campaign_that_loses_more_than_three_in_a_hundred_slows_down(
    abandoned: int, keeps: bool
) -> None:
    assert may_dial_ahead(answered=10_000, abandoned=abandoned, law=LAW) is keeps


@pytest.mark.parametrize(("seconds", "abandoned"), [("2", False), ("2.01", True), (None, True)])
def test_t82_a_call_is_abandoned_after_two_seconds(seconds: str | None, abandoned: bool) -> None:
    assert is_abandoned(seconds_to_agent=Decimal(seconds) if seconds else None, law=LAW) is abandoned


def test_t82_a_ring_of_less_than_fifteen_seconds_is_refused() -> None:
    check_ring(seconds=15, law=LAW)
    with pytest.raises(ValueError, match="15 seconds or four rings"):
        check_ring(seconds=14, law=LAW)


def test_every_policy_that_ships_has_them() -> None:
    assert all(policy.tables.duties for policy in known_policies())
