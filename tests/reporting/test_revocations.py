"""The clock of a revocation: honoured at once, and what follows it rings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from compliance.clocks import last_lawful_day, received_too_long_ago
from compliance.packs import clocks_on
from contacts.models import Contact
from contacts.revoking import opt_out, take_back
from contacts.services import log_call
from reporting.compliance import figures
from reporting.tasks import compliance_report
from tests.factories import AT, TODAY, make_account, make_phone, make_user
from worklists.dispositions import log_outside
from worklists.models import Task
from worklists.revocations import alarm_revocations

pytestmark = pytest.mark.django_db
NUMBER = "+12125550148"


def part(key: str, on: date = TODAY) -> list[tuple[str, str]]:
    (found,) = (each for each in figures(on=on)["parts"] if each["key"] == key)
    return [(row["ref"], row["what"]) for row in found["rows"]]


@pytest.fixture
def account() -> Any:
    made = make_account()
    make_phone(made.debtor, NUMBER)
    return made


def called(account: Any, at: datetime = AT) -> Contact:
    return log_call(
        account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None, at=at
    )


def test_t85_received_on_18_december_its_last_lawful_day_is_5_january() -> None:
    law = clocks_on(date(2026, 12, 18))
    assert last_lawful_day(date(2026, 12, 18), law) == date(2027, 1, 5)
    assert received_too_long_ago(date(2027, 1, 5), law) < date(2026, 12, 18)
    assert received_too_long_ago(date(2027, 1, 6), law) >= date(2026, 12, 18)


@pytest.mark.parametrize(("day", "flag"), [(5, ""), (6, ", past the last lawful day")])
def test_t85_what_is_sent_after_a_revocation_is_told_and_past_the_last_lawful_day_marked(
    account: Any, day: int, flag: str
) -> None:
    opt_out(debtor=account.debtor, medium="call", by=None, at=datetime(2026, 12, 18, 15, tzinfo=UTC))
    at = datetime(2027, 1, day, 18, tzinfo=UTC)
    log_outside(
        account=account, channel="call", address=NUMBER, happened_at=at, outcome="no_answer", note="Own phone",
        by=make_user("rep"), at=at,
    )  # fmt: skip
    assert part("after_opt_out", at.date()) == [(account.ref, f"call after the opt-out of 18 Dec 2026{flag}")]
    assert part("after_opt_out", at.date() + timedelta(days=1)) == []


def test_t85_an_opt_out_recorded_late_rings_for_what_was_sent_meanwhile_once(account: Any) -> None:
    called(account)
    late = AT + timedelta(hours=2)
    assert (part("late_opt_outs"), alarm_revocations(on=TODAY, at=late)) == ([], [])
    opt_out(debtor=account.debtor, medium="call", received_at=AT - timedelta(days=2), by=None, at=late)
    ((ref, what),) = part("late_opt_outs")
    assert (ref, what.startswith("call: received")) == (account.ref, True)
    assert len(part("after_opt_out")) == 1
    for _ in range(2):
        alarm_revocations(on=TODAY, at=late)
    task = Task.objects.get()
    assert (task.kind, task.account_id, "followed the opt-out" in task.reason) == (
        "compliance",
        account.pk,
        True,
    )


def test_neither_another_number_nor_one_taken_back_rings(account: Any) -> None:
    opt_out(debtor=account.debtor, medium="call", address="+12125550177", by=None, at=AT - timedelta(days=1))
    made = opt_out(debtor=account.debtor, medium="all", by=None, at=AT - timedelta(days=1))
    take_back(opt_out=made, note="Wants calls", by=None, at=AT - timedelta(hours=1))
    called(account)
    assert part("after_opt_out") == []
    assert alarm_revocations(on=TODAY, at=AT) == []


def test_the_nightly_report_raises_the_alarm(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    called(account)
    opt_out(debtor=account.debtor, medium="call", received_at=AT - timedelta(days=2), by=None, at=AT)
    monkeypatch.setattr("reporting.tasks.now", lambda: AT + timedelta(days=1))
    compliance_report()
    assert Task.objects.count() == 1
