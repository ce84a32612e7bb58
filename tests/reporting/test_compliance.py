"""The daily report of compliance: each part shows what it says, and nothing of another day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import InternalError
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from compliance.disputes import open_dispute
from compliance.services import place_hold, record_basis, record_opt_out
from contacts.services import ContactRefused, log_call
from reporting.compliance import figures
from reporting.models import ComplianceReport
from reporting.services import keep_compliance_report
from reporting.tasks import compliance_report
from tests.factories import AT, TODAY, make_account, make_phone, make_user
from worklists.dispositions import log_outside

pytestmark = pytest.mark.django_db
NUMBER = "+12125550148"


def reachable() -> Account:
    account = make_account()
    make_phone(account.debtor, NUMBER)
    return account


def call(account: Account, at: Any = AT, outcome: str = "no_answer") -> None:
    log_call(account=account, direction="out", address=NUMBER, outcome=outcome, note="", by=None, at=at)


def part(key: str, on: date = TODAY) -> list[tuple[str, str]]:
    (found,) = (each for each in figures(on=on)["parts"] if each["key"] == key)
    assert found["count"] == len(found["rows"])
    return [(row["ref"], row["what"]) for row in found["rows"]]


def test_on_a_quiet_day_every_part_is_there_and_empty() -> None:
    found = figures(on=TODAY)
    assert found["stopped"] == []
    assert {each["key"]: each["count"] for each in found["parts"]} == dict.fromkeys(
        ("outside", "after_opt_out", "late_opt_outs", "near_limit",
          "concentrated", "disputes", "requests", "validation", "text_consents", "ending_holds", "uncertain"), 0
    )  # fmt: skip


def test_stopped_attempts_by_rule() -> None:
    account = reachable()
    record_opt_out(debtor=account.debtor, medium="call", by=None, at=AT)
    for _ in range(2):
        with pytest.raises(ContactRefused):
            call(account)
    assert figures(on=TODAY)["stopped"] == [
        {"code": "medium_opt_out", "rule": "opted out", "attempts": 2, "people": 1}
    ]
    assert figures(on=TODAY + timedelta(days=1))["stopped"] == []


def test_what_was_made_although_it_was_not_allowed() -> None:
    account = reachable()
    record_opt_out(debtor=account.debtor, medium="call", by=None, at=AT)
    log_outside(
        account=account, channel="call", address=NUMBER, happened_at=AT, outcome="no_answer", note="Own phone",
        by=make_user("rep"), at=AT,
    )  # fmt: skip
    assert part("outside") == [(account.ref, "call: medium opt out")]
    assert part("outside", TODAY - timedelta(days=1)) == []


def test_five_calls_about_a_debt_are_near_the_limit_and_four_are_not() -> None:
    account = reachable()
    for day in range(4, 0, -1):
        call(account, AT - timedelta(days=day))
    call(account, AT - timedelta(days=6), "busy")
    assert part("near_limit") == []
    call(account)
    assert part("near_limit") == [(account.ref, "5 calls of 7")]
    assert part("near_limit", TODAY + timedelta(days=3)) == []


def test_calls_close_together() -> None:
    account = reachable()
    call(account)
    call(account, AT + timedelta(minutes=5))
    assert part("concentrated") == []
    call(account, AT + timedelta(minutes=9))
    assert part("concentrated") == [(account.ref, "3 calls, two within five minutes")]


def test_what_stands_unanswered_and_what_ends_soon() -> None:
    account, other = reachable(), make_account()
    open_dispute(account=account, received_on=TODAY - timedelta(days=12), by=None, at=AT)
    assert part("disputes") == [(account.ref, "other, open for 12 days")]
    for kind in ("original_creditor_request", "validation_pending"):
        place_hold(
            debtor=other.debtor, account=other, kind=kind, from_on=TODAY - timedelta(days=4), by=None, at=AT
        )
    assert (part("requests"), part("validation")) == (
        [(other.ref, "open for 4 days")],
        [(other.ref, "pending for 4 days")],
    )
    soon = TODAY + timedelta(days=3)
    place_hold(debtor=other.debtor, account=None, kind="scra", from_on=TODAY, until_on=soon, by=None, at=AT)
    place_hold(
        debtor=other.debtor,
        account=None,
        kind="suppression",
        from_on=TODAY,
        until_on=soon + timedelta(days=1),
        by=None,
        at=AT,
    )
    assert part("ending_holds") == [(other.ref, f"scra until {soon}")]


@pytest.mark.parametrize(("age", "left"), [(49, None), (50, 10), (60, 0), (61, None)])
def test_consent_to_texts_about_to_lapse(age: int, left: int | None) -> None:
    account = reachable()
    record_basis(
        debtor=account.debtor,
        address=NUMBER,
        basis="SMS_CONSENT",
        as_of=TODAY - timedelta(days=age),
        by=None,
        at=AT,
    )
    expected = [] if left is None else [(account.ref, f"{NUMBER}: {left} days left")]
    assert part("text_consents") == expected


def test_it_costs_the_same_whatever_there_is_to_tell() -> None:
    with CaptureQueriesContext(connection) as quiet:
        figures(on=TODAY)
    for _ in range(3):
        open_dispute(account=make_account(), received_on=TODAY, by=None, at=AT)
    with CaptureQueriesContext(connection) as busy:
        figures(on=TODAY)
    assert len(quiet) == len(busy) == 14


def test_the_report_of_a_day_is_kept_once_and_stays_as_it_was() -> None:
    account = reachable()
    open_dispute(account=account, received_on=TODAY, by=None, at=AT)
    kept = keep_compliance_report(on=TODAY, at=AT)
    assert keep_compliance_report(on=TODAY, at=AT + timedelta(days=1)) == kept
    with pytest.raises(InternalError, match="Cannot update"):
        ComplianceReport.objects.update(figures={})


def test_the_task_keeps_the_day_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reporting.tasks.now", lambda: AT)
    compliance_report()
    compliance_report()
    assert [report.on for report in ComplianceReport.objects.all()] == [TODAY - timedelta(days=1)]


def shown(query: str = "") -> Any:
    browser = Browser()
    browser.force_login(make_user("compliance"), backend="django.contrib.auth.backends.ModelBackend")
    return browser.get(f"/compliance/{query}")


def test_the_page_shows_a_kept_day_as_it_was_and_says_when_there_is_none() -> None:
    account = reachable()
    open_dispute(account=account, received_on=TODAY, by=None, at=AT)
    keep_compliance_report(on=TODAY, at=AT)
    page = shown(f"?on={TODAY}").content.decode()
    assert account.ref in page
    assert "As it was kept on" in page
    assert "No report was kept of this day." in shown("?on=2020-01-01").content.decode()
    assert shown("?on=nonsense").status_code == 200


def test_as_csv_a_name_is_never_a_formula() -> None:
    account = reachable()
    account.debtor.name = "=1+1"
    account.debtor.save()
    open_dispute(account=account, received_on=TODAY, by=None, at=AT)
    keep_compliance_report(on=TODAY, at=AT)
    answer = shown(f"?on={TODAY}&format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert f"disputes,{account.ref},'=1+1," in answer.content.decode()
