"""A consumer's treatment begins with the validation notice, which is never too old to be made up (12 CFR 1006.34)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contacts.dispatch import send_due
from contacts.models import Message
from contacts.outbox import prepare_bulk
from contacts.standard_templates import ensure_templates
from strategies.models import StepRun
from tests.contacts.making import itemized, notice_draft
from tests.strategies.book import START, day, invoice, night, run, set_up
from worklists.models import Task

pytestmark = pytest.mark.django_db
OLD: dict[str, Any] = {"placed_on": date(2026, 1, 5), "at": night(0)}


@pytest.fixture(autouse=True)
def strategy() -> None:
    set_up()


def runs(account: Any) -> list[tuple[str, str, list[str]]]:
    found = StepRun.objects.filter(enrolment__account=account).order_by("id")
    return list(found.values_list("step__name", "result", "codes"))


def test_the_first_step_of_a_consumers_debt_is_the_validation_notice() -> None:
    account = itemized(placed_on=day(0), at=night(0))
    run(1)
    message = Message.objects.get()
    assert (message.account, message.template.code, message.channel) == (
        account,
        "validation_notice",
        "letter",
    )
    assert message.notice["ends_on"] == "2026-04-09"


def test_it_is_made_up_for_a_placement_of_long_ago_while_reminders_are_not() -> None:
    account = itemized(**OLD)
    run(1)
    assert [message.template.code for message in Message.objects.all()] == ["validation_notice"]
    assert runs(account)[:1] == [("Validation notice", "fired", [])]


def test_what_somebody_has_sent_already_is_not_sent_again() -> None:
    account = itemized(**OLD)
    prepare_bulk(items=[notice_draft(account, ensure_templates(at=START))], at=START, by=None)
    run(1)
    assert runs(account)[0] == ("Validation notice", "skipped", ["already_noticed"])
    assert Message.objects.count() == 1
    send_due(at=night(2))
    assert Message.objects.get().status == "handed_over"


def test_a_commercial_debt_on_a_consumers_strategy_goes_on_without_one() -> None:
    account = invoice()
    type(account.client).objects.update(debt_type="")
    run(2)
    assert runs(account)[0] == ("Validation notice", "skipped", ["notice_of_commercial_debt"])


def test_figures_that_do_not_add_up_are_a_persons_task_and_nothing_leaves() -> None:
    account = itemized(interest_since="1.00", **OLD)
    run(1)
    run(2)
    assert (Message.objects.count(), runs(account)) == (0, [])
    task = Task.objects.get()
    assert task.reason.endswith(": Validation notice")
    assert "$940.00 on the itemization date" in task.reason
