"""Interest that a hold forgives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from accounts.accruing import accrue
from accounts.models import Account, InterestLimit
from compliance.enums import HoldKind
from compliance.forgiving import limit_by_holds
from compliance.models import Hold
from compliance.services import lift_hold, place_hold
from tests.factories import AT, TODAY, make_account

pytestmark = pytest.mark.django_db


def bearing(**fields: Any) -> Account:
    """A dollar a day at ten percent."""
    return make_account(
        principal="3650.00", interest_rate=D("10"), interest_authority="Loan agreement", interest_from=TODAY,
        **fields,
    )  # fmt: skip


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def night(number: int) -> None:
    accrue(on=day(number), at=AT + timedelta(days=number))


def interest(account: Account) -> D:
    account.refresh_from_db()
    return account.interest


def hold(account: Account, kind: str, number: int, *, known: int, only: bool = False) -> Hold:
    return place_hold(
        debtor=account.debtor, account=account if only else None, kind=kind, from_on=day(number), by=None,
        at=AT + timedelta(days=known),
    )  # fmt: skip


def test_service_caps_at_six_percent_from_its_first_day_and_forgives_the_rest() -> None:
    account = bearing()
    night(20)
    told = hold(account, HoldKind.SCRA, 11, known=20)
    assert interest(account) == D("16.00")
    lift_hold(hold=told, reason="Service ended", on=day(21), by=None, at=AT + timedelta(days=20))
    night(25)
    assert interest(account) == D("21.00")


def test_a_debt_incurred_in_service_keeps_its_rate() -> None:
    account = bearing(contract_on=day(-5))
    hold(account, HoldKind.SCRA, -10, known=0)
    night(10)
    assert interest(account) == D("10.00")


def test_a_petition_stops_interest_and_a_dismissal_lets_it_run_on() -> None:
    account, other = bearing(), bearing()
    told = hold(account, HoldKind.BANKRUPTCY, 3, known=3, only=True)
    night(10)
    assert (interest(account), interest(other)) == (D("2.00"), D("10.00"))
    lift_hold(hold=told, reason="Dismissed", on=day(11), by=None, at=AT + timedelta(days=10))
    night(12)
    assert interest(account) == D("4.00")


def test_a_hold_that_came_by_another_way_is_found_by_night_and_once() -> None:
    account = bearing()
    Hold.objects.create(debtor=account.debtor, kind="scra", from_on=day(0), recorded_at=AT)
    assert limit_by_holds(at=AT) == 1
    assert limit_by_holds(at=AT) == 0
    limit = InterestLimit.objects.get()
    assert (limit.most, limit.until_on, limit.recorded_by) == (D("6"), None, None)
