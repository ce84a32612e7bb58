from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Account
from compliance.services import record_opt_out
from debtors.models import Debtor
from tests.factories import (
    AT,
    make_account,
    make_client,
    make_debtor,
    make_phone,
    make_task,
    make_team,
    make_user,
)
from users.models import User
from worklists.models import Lease, Task
from worklists.services import (
    HeldByOther,
    TaskDraft,
    TaskRefused,
    add_tasks,
    check_free,
    complete_task,
    ensure_queues,
    finish,
    release,
    schedule_callback,
    take,
    take_next,
)

pytestmark = pytest.mark.django_db


def callable_account(name: str = "Marisol Whitaker", number: str = "+12125550148", **fields: object):  # type: ignore[no-untyped-def]
    debtor = make_debtor(name)
    make_phone(debtor, number)
    return make_account(debtor=debtor, **fields)  # type: ignore[arg-type]


def test_next_account_takes_the_highest_priority_then_the_oldest() -> None:
    rep, calls = make_user("rep"), ensure_queues()["calls"]
    old = make_task(callable_account(), due_at=AT - timedelta(days=2))
    urgent = make_task(callable_account(), due_at=AT, priority=5)
    first = take_next(queue=calls, user=rep, at=AT)
    assert first is not None
    assert first.task == urgent
    finish(user=rep, account=first.account, result="no answer", at=AT)
    second = take_next(queue=calls, user=rep, at=AT)
    assert second is not None
    assert second.task == old


def test_a_second_rep_gets_the_next_debtor_and_is_told_who_holds_the_first() -> None:
    one, two, calls = (
        make_user("rep", first_name="Dana", last_name="Ruiz"),
        make_user("rep"),
        ensure_queues()["calls"],
    )
    make_task(callable_account())
    held = take_next(queue=calls, user=one, at=AT)
    assert held is not None
    assert take_next(queue=calls, user=two, at=AT) is None
    with pytest.raises(HeldByOther, match="Dana Ruiz"):
        take(account=held.account, user=two, at=AT)
    with pytest.raises(HeldByOther):
        check_free(account=held.account, user=two, at=AT)
    assert take(account=held.account, user=two, at=AT + timedelta(minutes=15)).user == two


def test_a_debtor_with_two_accounts_is_held_as_one() -> None:
    one, two, calls = make_user("rep"), make_user("rep"), ensure_queues()["calls"]
    account = callable_account()
    make_task(account)
    make_task(make_account(debtor=account.debtor))
    assert take_next(queue=calls, user=one, at=AT) is not None
    assert take_next(queue=calls, user=two, at=AT) is None


def test_next_account_skips_whoever_may_not_be_called_now_and_names_when() -> None:
    rep, calls = make_user("rep"), ensure_queues()["calls"]
    stopped = make_task(callable_account(), priority=9)
    record_opt_out(debtor=stopped.debtor, medium="call", by=rep, at=AT)
    open_one = make_task(callable_account("Bob Stone"))
    lease = take_next(queue=calls, user=rep, at=AT)
    assert lease is not None
    assert lease.task == open_one
    stopped.refresh_from_db()
    assert stopped.not_before > AT


def test_before_eight_in_the_morning_nobody_is_taken_and_all_wait_until_eight() -> None:
    rep, calls = make_user("rep"), ensure_queues()["calls"]
    task = make_task(callable_account(), due_at=AT - timedelta(days=1))
    early = AT.replace(hour=11, minute=30)  # 07:30 in New York
    assert take_next(queue=calls, user=rep, at=early) is None
    task.refresh_from_db()
    assert task.not_before == AT.replace(hour=12, minute=0)


def test_a_long_row_of_people_who_may_not_be_called_is_passed_in_one_go(
    django_assert_max_num_queries,
) -> None:  # type: ignore[no-untyped-def]
    rep, calls = make_user("rep"), ensure_queues()["calls"]
    asleep = [make_task(callable_account(f"Asleep {n}"), priority=9) for n in range(60)]
    Debtor.objects.update(zones=["America/Los_Angeles"])
    awake = make_task(callable_account("Bob Stone"))
    early = AT.replace(hour=14)  # seven in Los Angeles
    Task.objects.update(not_before=early, due_at=early)
    with django_assert_max_num_queries(50):
        lease = take_next(queue=calls, user=rep, at=early)
    assert lease is not None
    assert lease.task == awake
    until = Task.objects.filter(pk__in=[task.pk for task in asleep]).values_list("not_before", flat=True)
    assert set(until) == {AT.replace(hour=15)}


def test_another_teams_and_another_reps_tasks_are_not_taken() -> None:
    rep, colleague, calls = make_user("rep"), make_user("rep"), ensure_queues()["calls"]
    other = make_team("Bravo", "bravo")
    make_task(callable_account(client=make_client("bravo", team=other), team=other))
    make_task(callable_account("Ann Lee"), assigned_to=colleague)
    assert take_next(queue=calls, user=rep, at=AT) is None


def test_an_account_handed_to_another_team_takes_its_tasks_along() -> None:
    account = callable_account()
    task = make_task(account)
    elsewhere = make_team("Elsewhere", "elsewhere")
    assert (task.client_id, task.team_id) == (None, None)  # the database knows, the object does not
    task.refresh_from_db()
    assert (task.client_id, task.team_id) == (account.client_id, account.team_id)
    Account.objects.filter(pk=account.pk).update(team=elsewhere)
    task.refresh_from_db()
    assert task.team_id == elsewhere.pk
    queue = task.queue
    assert take_next(queue=queue, user=make_user("rep"), at=AT) is None
    lease = take_next(queue=queue, user=make_user("rep", team=elsewhere), at=AT)
    assert lease is not None
    assert lease.task_id == task.pk


def test_a_task_is_done_once_and_a_callback_lies_ahead() -> None:
    rep = make_user("rep")
    task = make_task(callable_account())
    complete_task(task=task, result="done", by=rep, at=AT)
    with pytest.raises(TaskRefused, match="already"):
        complete_task(task=task, result="done", by=rep, at=AT)
    with pytest.raises(TaskRefused, match="later time"):
        schedule_callback(account=task.account, at_time=AT, note="", by=rep, at=AT)
    assert (
        schedule_callback(
            account=task.account, at_time=AT + timedelta(hours=2), note="", by=rep, at=AT
        ).assigned_to
        == rep
    )


def test_bulk_tasks_by_the_same_key_are_made_once() -> None:
    account, queue = make_account(), ensure_queues()["calls"]
    drafts = [TaskDraft("step:1:3", account.pk, account.debtor_id, queue.pk, "call", "20 days past due", AT)]
    assert add_tasks(items=drafts, at=AT) == ["step:1:3"]
    assert add_tasks(items=drafts, at=AT) == []
    assert Task.objects.count() == 1


def test_release_frees_only_ones_own() -> None:
    one, two = make_user("rep"), make_user("rep")
    account = callable_account()
    take(account=account, user=one, at=AT)
    assert release(user=two, debtor_id=account.debtor_id, at=AT) is False
    assert release(user=one, debtor_id=account.debtor_id, at=AT) is True
    assert Lease.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_fifty_reps_pulling_at_once_never_hold_the_same_debtor() -> None:
    calls = ensure_queues()["calls"]
    for place in range(30):
        account = callable_account(f"Debtor {place}", f"+1212555{place:04d}")
        make_task(account)
        make_task(make_account(debtor=account.debtor))
    reps = [make_user("rep") for _ in range(50)]
    taken: list[tuple[int, int]] = []
    failures: list[BaseException] = []
    gate = threading.Barrier(len(reps))

    def pull(rep: User) -> None:
        try:
            gate.wait()
            lease = take_next(queue=calls, user=rep, at=AT)
            if lease is not None:
                taken.append((lease.pk, rep.pk))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=pull, args=(rep,)) for rep in reps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(taken) == 30
    assert len({debtor for debtor, _ in taken}) == 30
    assert set(Lease.objects.values_list("debtor_id", "user_id")) == set(taken)
