"""The outcome of a call and the end of its work are one act: whole, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account
from compliance.models import Decision
from contacts.models import Contact
from contacts.services import CallRefused, ContactRefused
from tests.factories import AT, make_account, make_phone, make_task, make_user
from users.models import User
from worklists.dispositions import dial, dispose_call, move_on
from worklists.models import Lease, Task
from worklists.services import take_next

pytestmark = pytest.mark.django_db
NUMBER = "+12125550148"
EARLY = AT.replace(hour=5)  # one in the morning in New York


@pytest.fixture
def rep() -> User:
    return make_user("rep")


@pytest.fixture
def account(rep: User) -> Account:
    """In the hands of ``rep``, from the queue."""
    account = make_account()
    make_phone(account.debtor, NUMBER)
    task = make_task(account, kind="review", due_at=AT - timedelta(days=1))
    assert take_next(queue=task.queue, user=rep, at=EARLY - timedelta(minutes=1)) is not None
    return account


def dispose(account: Account, rep: User, *, at: datetime = AT, **changes: Any) -> Contact:
    fields = {"placed": None, "direction": "out", "address": NUMBER, "outcome": "no_answer", "note": ""}
    return dispose_call(account=account, by=rep, at=at, **{**fields, **changes})


def nothing_changed(rep: User) -> bool:
    return Task.objects.get().status == "open" and Lease.objects.get().user == rep


def break_off(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("the worker died here")


def test_the_call_is_logged_its_task_done_and_the_debtor_free(account: Account, rep: User) -> None:
    contact = dispose(account, rep, note="Rang out")
    task = Task.objects.get()
    assert (contact.outcome, contact.note, contact.by) == ("no_answer", "Rang out", rep)
    assert (task.status, task.done_by, task.done_at, task.result) == ("done", rep, AT, "No answer")
    assert not Lease.objects.exists()


@pytest.mark.parametrize("step", ["worklists.dispositions.finish", "worklists.services.release"])
def test_a_failure_on_the_way_leaves_no_contact_and_the_work_undone(
    account: Account, rep: User, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, break_off)
    with pytest.raises(RuntimeError):
        dispose(account, rep)
    assert not Contact.objects.exists()
    assert not Decision.objects.exists()
    assert nothing_changed(rep)


def test_a_failure_after_a_placed_call_leaves_it_dialing(
    account: Account, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = dial(account=account, phone=account.debtor.phones.get(), by=rep, at=AT)
    monkeypatch.setattr("worklists.dispositions.finish", break_off)
    with pytest.raises(RuntimeError):
        dispose(account, rep, placed=placed)
    placed.refresh_from_db()
    assert placed.outcome == "dialing"
    assert nothing_changed(rep)


def test_a_refusal_keeps_the_decision_and_nothing_else(account: Account, rep: User) -> None:
    with pytest.raises(ContactRefused):
        dispose(account, rep, at=EARLY)
    assert list(Decision.objects.values_list("allowed", "codes")) == [(False, ["outside_hours"])]
    assert not Contact.objects.exists()
    assert nothing_changed(rep)


def test_a_placed_call_is_ended_and_not_logged_a_second_time(account: Account, rep: User) -> None:
    placed = dial(account=account, phone=account.debtor.phones.get(), by=rep, at=AT)
    assert dispose(account, rep, placed=placed, outcome="busy") == placed
    assert Contact.objects.get().outcome == "busy"
    with pytest.raises(CallRefused, match="logged already"):
        dispose(account, rep, placed=placed, outcome="no_answer")


@pytest.mark.parametrize("changes", [{"direction": "in"}, {"address": "+12125550149"}])
def test_another_call_than_the_one_placed_is_logged_beside_it(
    account: Account, rep: User, changes: dict[str, str]
) -> None:
    make_phone(account.debtor, "+12125550149")
    placed = dial(account=account, phone=account.debtor.phones.get(number=NUMBER), by=rep, at=AT)
    dispose(account, rep, placed=placed, at=AT + timedelta(minutes=1), **changes)
    assert sorted(Contact.objects.values_list("outcome", flat=True)) == ["dialing", "no_answer"]


def test_next_pressed_twice_gives_the_account_that_is_in_hand(account: Account, rep: User) -> None:
    queue = Task.objects.get().queue
    second = make_task(make_account(), kind="review", queue=queue, due_at=AT - timedelta(days=1))
    make_task(make_account(), kind="review", queue=queue, due_at=AT - timedelta(hours=1))
    first_press = move_on(account=account, queue=queue, by=rep, at=AT)
    second_press = move_on(account=account, queue=queue, by=rep, at=AT)
    assert first_press is not None
    assert first_press == second_press
    assert first_press.task == second
    assert Lease.objects.filter(user=rep).count() == 1
