from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from compliance.disputes import open_dispute, resolve_dispute
from contacts.models import Message
from debtors.models import Email
from escalations.models import Escalation
from payments.services import post_payment, record_promise
from strategies import book as enrolments
from strategies.models import Enrolment, StepRun
from strategies.services import enrol, pause, pause_account, resume
from tests.factories import make_account, make_client, make_user
from tests.strategies.book import DUE, day, invoice, night, run, set_up
from worklists.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def strategy():  # type: ignore[no-untyped-def]
    return set_up()


def runs(account: Account) -> list[tuple[str, str, str]]:
    found = StepRun.objects.filter(enrolment__account=account).order_by("id").select_related("step")
    return [(run.step.name, run.channel, run.ran_on.isoformat()) for run in found]


def test_each_step_fires_on_its_very_day_when_passes_run_every_night() -> None:
    account = invoice()
    for offset in range(1, 40):
        run(offset)
    assert runs(account) == [
        ("First notice", "email", "2026-03-05"),
        ("Second notice", "email", "2026-03-12"),
        ("Call about the invoice", "call_task", "2026-03-22"),
        ("Escalate", "escalation", "2026-04-01"),
    ]
    enrolment = Enrolment.objects.get(account=account)
    assert (enrolment.next_step, enrolment.next_on) == (None, None)


def test_the_pass_says_what_it_did() -> None:
    invoice()
    invoice(electronic=False)
    result = run(3)
    assert (result.evaluated, result.due, dict(result.queued)) == (2, 2, {"email": 1, "letter": 1})
    assert (result.tasks, result.escalations, dict(result.stopped)) == (0, 0, {})


def test_a_second_run_the_same_night_does_nothing() -> None:
    account = invoice()
    run(12)
    again = run(12)
    assert (again.due, dict(again.queued), again.tasks, again.escalations) == (0, {}, 0, 0)
    assert runs(account) == [("First notice", "email", "2026-03-14")]


def test_missed_nights_are_made_up_one_message_a_night_in_order() -> None:
    account = invoice()
    for offset in (31, 32, 33):
        run(offset)
    assert runs(account) == [
        ("First notice", "email", "2026-04-02"),
        ("Second notice", "email", "2026-04-03"),
        ("Call about the invoice", "call_task", "2026-04-03"),
        ("Escalate", "escalation", "2026-04-03"),
    ]


def test_steps_older_than_the_catch_up_days_are_skipped_and_say_so() -> None:
    account = invoice()
    result = run(50)
    assert list(StepRun.objects.filter(enrolment__account=account).order_by("id").values_list("step__name", "result")) == [
        ("First notice", "skipped"), ("Second notice", "skipped"), ("Call about the invoice", "fired"), ("Escalate", "fired"),
    ]  # fmt: skip
    assert (result.skipped, result.tasks, result.escalations, dict(result.queued)) == (2, 1, 1, {})


def test_a_paid_account_gets_nothing_more() -> None:
    account = invoice()
    run(3)
    poster = make_user("poster")
    post_payment(
        account=account,
        amount=Decimal("1000"),
        method="check",
        effective_on=day(5),
        reference="1",
        by=poster,
        at=night(5),
    )
    assert (run(10).due, run(10).evaluated) == (0, 0)
    assert Enrolment.objects.get(account=account).next_on is None


def test_while_a_dispute_is_open_no_step_of_any_kind_fires_and_the_open_ones_follow_after_it() -> None:
    account, officer = invoice(), make_user("compliance")
    dispute = open_dispute(account=account, received_on=day(1), by=officer, at=night(1))
    for offset in (3, 20, 30):
        result = run(offset)
        assert (result.due, dict(result.stopped)) == (1, {"dispute_hold": 1})
    assert (runs(account), Task.objects.count(), Escalation.objects.count()) == ([], 0, 0)
    resolve_dispute(
        dispute=dispute, status="withdrawn", resolution="Delivery note sent", by=officer, at=night(30)
    )
    assert dict(run(31).queued) == {"email": 1}


def test_an_open_promise_holds_the_reminders_until_it_is_past_due() -> None:
    account, rep = invoice(), make_user("rep")
    record_promise(account=account, amount=Decimal("1000"), due_on=day(6), by=rep, at=night(2), on=day(2))
    for offset in (3, 7):
        assert dict(run(offset).stopped) == {"open_promise": 1}
    assert dict(run(8).queued) == {"email": 1}


def test_a_paused_account_waits_until_the_day_and_a_paused_strategy_until_it_is_resumed(strategy) -> None:  # type: ignore[no-untyped-def]
    account, boss = invoice(), make_user("admin")
    enrol(on=day(1))
    pause_account(account=account, until=day(5), reason="On holiday", by=boss, at=night(1), on=day(1))
    assert run(4).due == 0
    pause(strategy=strategy, by=boss, at=night(4))
    assert run(5).due == 0
    resume(strategy=strategy, by=boss, at=night(5))
    assert dict(run(5).queued) == {"email": 1}


def test_paper_billing_gets_a_letter_with_its_postal_address() -> None:
    account = invoice(electronic=False)
    run(3)
    message = Message.objects.get(account=account)
    assert (message.channel, message.address) == ("letter", "812 E 14th St\nNew York, NY 10009")


@pytest.mark.parametrize("status", ["bad", "wrong_party"])
def test_without_a_believable_mailbox_the_notice_goes_as_a_letter(status: str) -> None:
    account = invoice()
    Email.objects.update(status=status)
    assert (dict(run(3).queued), runs(account)) == ({"letter": 1}, [("First notice", "letter", "2026-03-05")])


def test_without_any_address_a_person_gets_a_task_instead() -> None:
    account = invoice(email=False, address=False)
    result = run(3)
    assert (result.tasks, dict(result.queued)) == (1, {})
    task = Task.objects.get(account=account)
    assert (task.queue.slug, task.kind, task.reason) == (
        "review", "delivery_problem", "No address to send to: First notice",
    )  # fmt: skip
    assert run(4).due == 0


def test_a_refusal_of_the_gate_leaves_the_step_waiting_and_is_counted_by_its_code() -> None:
    from compliance.services import record_opt_out

    account = invoice(electronic=False)
    record_opt_out(debtor=account.debtor, medium="letter", by=make_user("rep"), at=night(2))
    assert dict(run(3).stopped) == {"medium_opt_out": 1}
    assert runs(account) == []
    assert dict(run(4).stopped) == {"medium_opt_out": 1}


def test_who_opted_out_of_email_gets_the_letter() -> None:
    from compliance.services import record_opt_out

    account = invoice()
    record_opt_out(debtor=account.debtor, medium="email", by=make_user("rep"), at=night(2))
    assert dict(run(3).queued) == {"letter": 1}


def test_the_call_task_and_the_escalation_stand_where_people_look() -> None:
    account = invoice()
    run(40)
    task, escalation = Task.objects.get(account=account), Escalation.objects.get(account=account)
    assert (task.queue.slug, task.kind, task.reason) == ("calls", "call", "Call about the invoice")
    assert (escalation.kind, escalation.reason, escalation.raised_by) == (
        "strategy", "Commercial reminders: Escalate", None,
    )  # fmt: skip
    assert escalation.amount == Decimal("1000.00")


def test_accounts_placed_before_publication_and_after_are_enrolled_by_debt_type() -> None:
    commercial, consumer = invoice(), make_account(client=make_client("mercy"), due_on=DUE)
    run(1)
    codes = dict(Enrolment.objects.values_list("account", "strategy__code"))
    assert codes == {commercial.pk: "commercial-reminders", consumer.pk: "consumer-reminders"}


def test_a_corrected_due_date_moves_the_next_step() -> None:
    account = invoice()
    run(1)
    Account.objects.filter(pk=account.pk).update(due_on=DUE + timedelta(days=4))
    assert run(3).due == 0
    assert dict(run(7).queued) == {"email": 1}


def test_the_days_kept_are_those_the_whole_look_derives() -> None:
    """walk.next_day and its SQL agree in every state an account passes through."""
    from django.db import connection

    for electronic in (True, False):
        invoice(electronic=electronic)
    for offset in (1, 3, 12, 13, 14, 31, 32):
        run(offset)
        with connection.cursor() as cursor:
            cursor.execute(enrolments.LOOK, enrolments.constants())
            assert cursor.fetchone() == (2, 0)
