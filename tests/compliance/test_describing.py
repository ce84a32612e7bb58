"""docs/compliance.md says what the rules and the tests say today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from compliance.describing import described, sentence, statements_by_code
from compliance.overlays import Overlay
from compliance.policy import known_policies
from compliance.rules import ENTRIES

HERE = Path(__file__).resolve().parent
TESTS = [HERE, HERE.parent / "contacts"]
PAGE = HERE.parent.parent / "docs" / "compliance.md"


def test_the_page_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("describe_rules")
    printed = capsys.readouterr().out
    assert printed == described(known_policies(), TESTS)
    assert PAGE.read_text(encoding="utf-8") == printed, (
        "run: python manage.py describe_rules > docs/compliance.md"
    )


def test_as_json_it_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("describe_rules", json=True)
    rows = json.loads(capsys.readouterr().out)["rules"]
    assert [row["code"] for row in rows] == [entry.code for entry in ENTRIES]
    (mine,) = [row for row in rows if row["code"] == "medium_opt_out"]
    assert mine["statements"] == ["T-15", "T-19"]


def test_every_built_rule_is_named_by_a_test_of_a_statement_but_two_that_none_speaks_of() -> None:
    shown = statements_by_code(TESTS)
    assert {entry.code for entry in ENTRIES if entry.is_built} - set(shown) == {
        "address_undeliverable",
        "license_missing",
    }


def test_a_row_of_an_unknown_kind_has_no_sentence() -> None:
    row = known_policies()[-1].overlays.hours[0]
    bare = Overlay(
        place="XX",
        cities=frozenset(),
        citation="",
        confidence="",
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
    with pytest.raises(TypeError):
        sentence(bare)
