from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from contacts.models import Message
from strategies.models import Enrolment, Step, StepRun, Strategy
from strategies.services import (
    StepDraft,
    StrategyRefused,
    create_strategy,
    create_version,
    ensure_default_strategy,
    preview,
    publish,
    retire,
    set_clients,
    set_steps,
)
from tests.factories import make_client, make_user
from tests.strategies.book import START, commercial_client, day, invoice, night, run, set_up
from worklists.models import Task
from worklists.services import ensure_queues

pytestmark = pytest.mark.django_db

LETTER = StepDraft("Letter", "due", 5, "letter", "first_notice")


def test_the_default_strategies_are_made_once() -> None:
    first = ensure_default_strategy(at=START)
    assert ensure_default_strategy(at=START) == first
    steps = first["commercial-reminders"].steps.values_list("offset_days", "action")
    assert list(steps) == [(3, "notice"), (10, "notice"), (20, "call_task"), (30, "escalation")]
    assert {strategy.status for strategy in first.values()} == {"published"}


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (StepDraft("", "due", 5, "letter", "first_notice"), "Step 1 needs a name."),
        (StepDraft("A", "birthday", 5, "letter", "first_notice"), "count from the due date"),
        (StepDraft("A", "due", 5, "fax", "first_notice"), "there is no action 'fax'"),
        (StepDraft("A", "due", -1, "letter", "first_notice"), "between 0 and 3650 days"),
        (StepDraft("A", "due", 5, "letter"), "must name its template"),
        (StepDraft("A", "due", 5, "call_task"), "must name its queue"),
    ],
)
def test_a_step_that_cannot_be_carried_out_is_refused(draft: StepDraft, said: str) -> None:
    with pytest.raises(StrategyRefused, match=said):
        create_strategy(code="own", name="Own", steps=[draft])
    assert not Strategy.objects.filter(code="own").exists()


def test_the_database_refuses_a_message_without_template_and_a_task_without_queue() -> None:
    strategy = create_strategy(code="own", name="Own", steps=[LETTER])
    for fields in ({"action": "letter"}, {"action": "call_task"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Step.objects.create(strategy=strategy, position=9, name="X", offset_days=1, **fields)


def test_a_published_strategy_is_changed_by_a_new_version_only() -> None:
    strategy = set_up()
    with pytest.raises(StrategyRefused, match="make a new version"):
        set_steps(strategy=strategy, steps=[LETTER])
    copy = create_version(strategy=strategy)
    assert (copy.version, copy.status, copy.steps.count()) == (2, "draft", 4)


def test_publishing_a_version_retires_the_one_before_and_its_accounts_go_on_where_they_were() -> None:
    strategy, boss = set_up(), make_user("admin")
    account = invoice()
    run(3)
    version = create_version(strategy=strategy)
    queue = ensure_queues()["calls"]
    set_steps(
        strategy=version,
        steps=[
            StepDraft("First notice", "due", 3, "notice", "first_notice"),
            StepDraft("Call sooner", "due", 6, "call_task", "", queue),
        ],
    )
    publish(strategy=version, by=boss, at=night(4))
    strategy.refresh_from_db()
    assert strategy.status == "retired"
    assert (run(5).due, run(6).tasks) == (0, 1)
    enrolment = Enrolment.objects.get(account=account)
    assert (enrolment.strategy, enrolment.next_step) == (version, None)
    assert Task.objects.get(account=account).reason == "Call sooner"


def test_two_strategies_in_force_cannot_claim_one_client_nor_both_be_the_default() -> None:
    set_up()
    boss, client = make_user("admin"), make_client("mercy")
    default = create_strategy(code="other-default", name="Other", steps=[LETTER])
    with pytest.raises(StrategyRefused, match="is the default already"):
        publish(strategy=default, by=boss, at=START)
    mine = create_strategy(code="mine", name="Mine", steps=[LETTER], clients=[client])
    publish(strategy=mine, by=boss, at=START)
    theirs = create_strategy(code="theirs", name="Theirs", steps=[LETTER])
    set_clients(strategy=theirs, clients=[client])
    with pytest.raises(StrategyRefused, match="is under Mine v1 already"):
        publish(strategy=theirs, by=boss, at=START)


def test_a_strategy_without_steps_is_not_published() -> None:
    with pytest.raises(StrategyRefused, match="at least one step"):
        publish(strategy=create_strategy(code="own", name="Own", steps=[]), by=None, at=START)


def test_a_clients_own_strategy_comes_before_that_of_its_debt_type() -> None:
    set_up()
    own = create_strategy(code="own", name="Own", steps=[LETTER], clients=[commercial_client()])
    publish(strategy=own, by=None, at=START)
    account = invoice()
    run(1)
    assert Enrolment.objects.get(account=account).strategy == own


def test_accounts_of_a_retired_strategy_stop() -> None:
    strategy = set_up()
    invoice()
    run(1)
    retire(strategy=strategy, by=None, at=night(2))
    assert run(3).due == 0


def test_a_preview_counts_and_writes_nothing() -> None:
    strategy = set_up()
    invoice()
    invoice(electronic=False)
    seen = preview(strategy=strategy, on=day(3), at=night(3))
    assert (seen.evaluated, seen.due, dict(seen.queued)) == (2, 2, {"email": 1, "letter": 1})
    assert (Enrolment.objects.count(), Message.objects.count(), StepRun.objects.count()) == (0, 0, 0)


def test_a_draft_is_previewed_as_if_it_were_published() -> None:
    strategy = set_up()
    invoice()
    run(1)
    draft = create_version(strategy=strategy)
    set_steps(strategy=draft, steps=[StepDraft("Letter", "due", 2, "letter", "first_notice")])
    seen = preview(strategy=draft, on=day(2), at=night(2))
    assert dict(seen.queued) == {"letter": 1}
    draft.refresh_from_db()
    strategy.refresh_from_db()
    assert (draft.status, strategy.status) == ("draft", "published")


def test_the_command_prints_one_json_object() -> None:
    set_up()
    invoice()
    out = StringIO()
    call_command("run_strategies", on="2026-03-05", json=True, stdout=out)
    said = json.loads(out.getvalue())
    assert said.pop("seconds") >= 0
    assert said == {
        "on": "2026-03-05", "evaluated": 1, "enrolled": 1, "due": 1, "queued": {"email": 1}, "tasks": 0, "escalations": 0,
        "skipped": 0, "stopped": {},
    }  # fmt: skip
    assert Message.objects.get().queued_at.isoformat() == "2026-03-05T07:00:00+00:00"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"on": "5 March"}, "is no date"),
        ({"at": "soon"}, "is no instant"),
        ({"at": "2026-03-05T02:00"}, "lacks its offset"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_day(option: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("run_strategies", **option)
