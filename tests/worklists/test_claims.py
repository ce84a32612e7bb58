"""A bankruptcy asks for a proof of claim of every debt, in time (FRBP 3002(c))."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.services import lift_hold, place_hold
from tests.factories import AT, TODAY, make_account
from worklists.claims import ask_for_claims
from worklists.models import Task

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def bankrupt(account: Any, **fields: Any) -> Any:
    values = {"account": None, "kind": "bankruptcy", "chapter": "13", "from_on": TODAY, **fields}
    return place_hold(debtor=account.debtor, by=None, at=AT, **values)


def test_t79_each_debt_has_a_task_due_on_its_bar_date_once() -> None:
    account = make_account()
    other = make_account(debtor=account.debtor, client=account.client)
    bankrupt(account)
    assert len(ask_for_claims(on=TODAY, at=AT)) == 2
    assert ask_for_claims(on=TODAY + DAY, at=AT + DAY) == []
    tasks = list(Task.objects.order_by("account_id"))
    assert [task.account for task in tasks] == [account, other]
    assert {(task.due_at.date(), task.not_before, task.queue.slug) for task in tasks} == {
        (TODAY + 70 * DAY, AT, "compliance")
    }
    assert tasks[0].reason == "File the proof of claim by 16 Jun 2026, chapter 13"


def test_t79_none_after_the_bar_date_nor_for_what_is_lifted_or_has_no_claims() -> None:
    late, lifted, liquidating = make_account(), make_account(), make_account()
    bankrupt(late, from_on=TODAY - 71 * DAY)
    lift_hold(hold=bankrupt(lifted), reason="Dismissed", on=TODAY, by=None, at=AT)
    bankrupt(liquidating, chapter="11")
    assert ask_for_claims(on=TODAY, at=AT) == []
    bankrupt(make_account(), from_on=TODAY - 70 * DAY)
    assert len(ask_for_claims(on=TODAY, at=AT)) == 1
