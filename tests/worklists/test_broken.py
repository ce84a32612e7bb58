"""A break is called about: once, and not once it is mended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from payments.agreements import Terms, judge_due, offer
from payments.services import judge_promises, post_payment, record_promise
from tests.factories import AT, TODAY, make_account, make_promise, make_user
from worklists.broken import queue_broken
from worklists.models import Task

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=3)
THEN = AT + timedelta(days=3)


def judge() -> None:
    judge_promises(on=LATER, at=THEN)
    judge_due(on=LATER, at=THEN)


def test_a_broken_promise_and_a_broken_plan_are_tasks_once() -> None:
    one, two, rep = make_account(), make_account(), make_user("rep")
    make_promise(one, by=rep)
    offer(account=two, kind="plan", terms=Terms(D("1000"), TODAY, "month", 4), agreed=True, by=rep, at=AT)
    assert queue_broken(on=LATER, at=THEN) == []
    judge()
    assert len(queue_broken(on=LATER, at=THEN)) == 2
    assert queue_broken(on=LATER + timedelta(days=1), at=THEN + timedelta(days=1)) == []
    assert sorted(Task.objects.values_list("reason", "kind")) == [
        ("Payment plan of $1,000.00 broken; $0.00 came", "promise_broken"),
        ("Promise of $150.00 broken; $0.00 came", "promise_broken"),
    ]


def test_a_night_missed_is_made_up_and_what_is_long_past_is_not() -> None:
    make_promise(make_account(), by=make_user("rep"))
    judge()
    assert queue_broken(on=LATER + timedelta(days=20), at=THEN + timedelta(days=20)) == []
    assert len(queue_broken(on=LATER + timedelta(days=5), at=THEN + timedelta(days=5))) == 1


def test_money_that_came_in_time_or_a_new_promise_takes_the_task_back() -> None:
    paid, again, rep = make_account(), make_account(), make_user("rep")
    make_promise(paid, by=rep)
    make_promise(again, by=rep)
    judge()
    assert len(queue_broken(on=LATER, at=THEN)) == 2
    post_payment(account=paid, amount=D("150"), method="check", effective_on=TODAY, by=None, at=THEN)
    record_promise(account=again, amount=D("10"), due_on=LATER, by=rep, at=THEN)
    queue_broken(on=LATER, at=THEN)
    assert set(Task.objects.values_list("status", "result")) == {("cancelled", "It no longer stands")}
