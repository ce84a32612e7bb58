"""What a debt is made of, on its page: corrected by those who may, and its notice asked for in Spanish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.accruing import accrue
from accounts.models import Account
from tests.contacts.making import itemized
from tests.factories import AT, TODAY, make_user
from worklists.models import Task

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TOLD = {
    "on": "2025-12-31", "type": "charge_off", "balance": "950.00", "interest": "75.00", "fees": "25.00", "payments": "40.00",
    "credits": "10.00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: AT)


def signed_in(role: str) -> Browser:
    browser = Browser()
    browser.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def post(account: Account, act: str, role: str = "supervisor", **data: Any) -> Any:
    return signed_in(role).post(f"/accounts/{account.ref}/do/{act}/", data, headers=HTMX)


def test_an_itemization_is_corrected_where_it_adds_up_and_only_there() -> None:
    account = itemized()
    wrong = post(account, "itemization", **{**TOLD, "fees": "26.00"}).content.decode()
    assert "is $1,001.00; $1,000.00 was placed." in wrong
    account.refresh_from_db()
    assert account.payments_since == Decimal("30.00")
    right = post(account, "itemization", "compliance", **TOLD)
    assert "adds up to the $1,000.00 that was placed" in right.content.decode()
    account.refresh_from_db()
    assert (account.itemization_balance, account.payments_since) == (Decimal("950.00"), Decimal("40.00"))
    assert post(account, "itemization", "rep", **TOLD).status_code == 403


def test_t45_the_date_of_a_notice_that_left_is_not_corrected() -> None:
    account = itemized(first_notice_on=TODAY)
    said = post(account, "itemization", **{**TOLD, "on": "2025-12-30"}).content.decode()
    assert "date and type stand from then on" in said
    account.refresh_from_db()
    assert account.itemization_on.isoformat() == "2025-12-31"


def test_t55_the_notice_asked_for_in_spanish_is_a_task_with_a_day() -> None:
    account = itemized(first_notice_on=TODAY)
    for _ in range(2):
        said = post(account, "spanish", "rep", asked_on=TODAY.isoformat(), note="ticked on the form")
        assert "The Spanish notice is to be sent by Tue 14 Apr 2026." in said.content.decode()
    task = Task.objects.get()
    assert task.reason == "Send the validation notice in Spanish, asked for on 2026-04-07: ticked on the form"
    assert (task.kind, task.not_before, task.due_at) == (
        "translation",
        AT,
        datetime(2026, 4, 14, 21, tzinfo=UTC),
    )


def test_it_is_not_asked_for_on_a_day_ahead() -> None:
    said = post(itemized(first_notice_on=TODAY), "spanish", asked_on="2026-04-08").content.decode()
    assert "lies ahead" in said
    assert not Task.objects.exists()


def test_a_payoff_is_told_for_a_day_and_interest_that_is_waived_is_gone_from_it() -> None:
    account = itemized(
        interest_rate=Decimal("36.5"), interest_authority="Agreement, 4.2", interest_from=TODAY
    )
    accrue(on=TODAY + timedelta(days=1), at=AT)
    browser = signed_in("rep")
    page = browser.get(f"/accounts/{account.ref}/").content.decode()
    assert "36.5 % a year" in page
    assert "Limit or waive interest" not in page
    shown = browser.get(payoff_on(account, 10), headers=HTMX).content.decode()
    assert "$1,010.00" in shown
    assert "each further day $1.00" in shown
    assert "within a year" in browser.get(payoff_on(account, 500), headers=HTMX).content.decode()
    assert (
        "Enter a day."
        in browser.get(f"/accounts/{account.ref}/?part=payoff&on=x", headers=HTMX).content.decode()
    )
    said = post(account, "limit", most="0", from_on=TODAY.isoformat(), reason="Hardship").content.decode()
    assert "no interest" in said
    assert "$1,000.00" in browser.get(payoff_on(account, 10), headers=HTMX).content.decode()
    assert post(account, "limit", "rep", most="0", from_on="2026-04-07", reason="x").status_code == 403


def payoff_on(account: Account, days: int) -> str:
    return f"/accounts/{account.ref}/?part=payoff&on={TODAY + timedelta(days=days)}"
