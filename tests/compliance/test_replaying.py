"""The decisions on record, asked again: the same question is answered the same, and another policy shows where it differs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from compliance.models import Decision
from compliance.policy import FOLDER, policy_on
from compliance.replaying import Tally, replay
from contacts.services import ContactRefused, log_call
from tests.factories import AT, TODAY, make_account, make_phone

pytestmark = pytest.mark.django_db
NUMBER = "+12125550148"


@pytest.fixture
def book() -> Account:
    """Four allowed calls and one refused for the hour."""
    account = make_account()
    make_phone(account.debtor, NUMBER)
    for minutes in (0, 9, 18, 27):
        call(account, AT + timedelta(minutes=minutes))
    with pytest.raises(ContactRefused):
        call(account, AT.replace(hour=4) + timedelta(days=1))
    return account


def call(account: Account, at: Any) -> None:
    log_call(account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None, at=at)


def house(folder: Path, limit: int) -> Path:
    """The pack in force, with another number of calls."""
    text = (FOLDER / "us-2021-11.toml").read_text(encoding="utf-8")
    pack = folder / "house.toml"
    pack.write_text(
        text.replace('version = "us-2021-11"', 'version = "house"').replace(
            "limit = 7\nwindow_days = 7\ncooldown", f"limit = {limit}\nwindow_days = 7\ncooldown"
        ),
        encoding="utf-8",
    )
    return pack


def told(capsys: Any, *args: str) -> dict[str, Any]:
    call_command("replay_decisions", *args, "--json")
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_t86_a_decision_keeps_policy_facts_and_rules_and_the_same_facts_give_the_same_answer(
    book: Account,
) -> None:
    for kept in Decision.objects.all():
        assert kept.policy_version == kept.answer["policy_version"] == policy_on(kept.at.date()).version
        assert set(kept.question) == {"request", "facts"}
        assert [reason["code"] for reason in kept.answer["reasons"]] == kept.codes
        assert all(reason["rule"] for reason in kept.answer["reasons"])
    tally = Tally()
    assert list(replay(tally=tally)) == []
    assert (tally.decisions, tally.same) == (5, 5)


def test_t86_another_policy_shows_what_it_would_refuse(book: Account, tmp_path: Path, capsys: Any) -> None:
    found = told(capsys, "--policy", str(house(tmp_path, 3)))
    assert (found["policy"], found["decisions"], found["same"]) == ("house", 5, 3)
    assert (found["now_refused"], found["now_allowed"], found["other_reasons"]) == (1, 0, 1)
    assert (found["more"], found["less"]) == ({"call_frequency": 2}, {})
    assert [(each["was"], each["now"]) for each in found["differences"]] == [
        ([], ["call_frequency"]),
        (["outside_hours"], ["outside_hours", "call_frequency"]),
    ]
    assert Decision.objects.count() == 5


def test_another_policy_shows_what_it_would_allow(book: Account, tmp_path: Path, capsys: Any) -> None:
    for minutes in (36, 45, 54):
        call(book, AT + timedelta(minutes=minutes))
    with pytest.raises(ContactRefused):
        call(book, AT + timedelta(minutes=63))
    found = told(capsys, "--policy", str(house(tmp_path, 50)))
    assert (found["now_allowed"], found["less"]) == (1, {"call_frequency": 1})


def test_only_the_days_asked_for(book: Account, capsys: Any) -> None:
    day = TODAY.isoformat()
    assert told(capsys, "--from", day, "--to", day)["decisions"] == 4
    assert told(capsys, "--from", (TODAY + timedelta(days=1)).isoformat())["decisions"] == 1
    assert told(capsys, "--to", (TODAY - timedelta(days=1)).isoformat())["decisions"] == 0


def test_a_decision_of_a_policy_nobody_knows_is_left_out_and_said(book: Account, capsys: Any) -> None:
    kept = Decision.objects.first()
    assert kept is not None
    kept.pk, kept.policy_version = None, "gone"
    kept.save(force_insert=True)
    call_command("replay_decisions")
    said = capsys.readouterr().out
    assert "5 decisions: 5 the same" in said
    assert "1 left out, made by a policy that is not on record" in said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--policy", "nowhere"], "neither a version on record"),
        (["--policy", "BROKEN"], "--policy:"),
        (["--from", "2026-04-02", "--to", "2026-04-01"], "lies before --from"),
        (["--from", "soon"], "invalid _day value"),
    ],
)
def test_what_cannot_be_read_is_said(args: list[str], said: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("version = 1", encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        call_command("replay_decisions", *(str(broken) if arg == "BROKEN" else arg for arg in args))


def test_it_reads_the_decisions_once(book: Account) -> None:
    with CaptureQueriesContext(connection) as few:
        list(replay(tally=Tally()))
    call(book, AT + timedelta(minutes=36))
    with CaptureQueriesContext(connection) as more:
        list(replay(tally=Tally()))
    assert len(few) == len(more) <= 4
