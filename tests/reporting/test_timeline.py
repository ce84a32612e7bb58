"""The timeline: one statement, newest first, and pages that neither repeat nor lose a row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Note
from reporting.desk import my_day
from reporting.portfolio import by_age, by_client
from reporting.timeline import GROUPS, timeline
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_pages_join_without_gap_or_repeat_even_when_instants_are_equal() -> None:
    account = make.make_account()
    rep = make.make_user("rep")
    for number in range(7):
        Note.objects.create(
            account=account, at=make.AT + timedelta(hours=number // 3), by=rep, text=f"note {number}"
        )
    whole = [item.ref for item in timeline(account=account)]
    pages: list[str] = []
    last = None
    while page := timeline(
        account=account, limit=3, before=last.at if last else None, before_ref=last.ref if last else ""
    ):
        pages += [item.ref for item in page]
        last = page[-1]
    assert pages == whole
    assert len(whole) == 8


def test_it_is_one_statement_and_can_be_narrowed() -> None:
    account = make.make_account()
    rep = make.make_user("rep")
    make.make_promise(account, by=rep)
    make.make_escalation(account, by=rep)
    with CaptureQueriesContext(connection) as captured:
        items = timeline(account=account)
    assert len(captured) == 1
    assert sorted({item.kind for item in items}) == ["entry", "escalation", "promise", "status"]
    assert {item.kind for item in timeline(account=account, kinds=GROUPS["money"])} == {"entry", "promise"}


def test_my_day_counts_what_is_ready_and_what_waits() -> None:
    rep = make.make_user("rep")
    make.make_task(make.make_account())
    make.make_task(make.make_account(), due_at=make.AT + timedelta(hours=3))
    make.make_task(make.make_account(team=make.make_team("Elsewhere", "elsewhere")))
    calls = next(queue for queue in my_day(user=rep, at=make.AT).queues if queue.slug == "calls")
    assert (calls.ready, calls.later) == (1, 1)


def test_the_portfolio_adds_up() -> None:
    supervisor = make.make_user("supervisor")
    make.make_account(principal="100.00")
    make.make_account(principal="50.00", fees="0.50")
    assert [str(row.balance) for row in by_client(user=supervisor)] == ["150.50"]
    ages = by_age(user=supervisor, on=make.TODAY)
    assert [(row.label, row.accounts) for row in ages if row.accounts] == [("91–180 days", 2)]
