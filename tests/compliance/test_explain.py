"""``explain_contact`` as a program: questions in, answers out, in order; what cannot be read is named and not answered."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from compliance.management.commands.explain_contact import answer_line
from compliance.rules import rule_table

HOME = Path(__file__).resolve().parent.parent.parent
NOTE = """
outside_hours inconvenient_time inconvenient_place attorney_represented employer_prohibited
cease_communication refused_to_pay third_party_not_allowed call_frequency conversation_cooldown
state_frequency medium_opt_out address_opt_out no_email_safe_harbor no_sms_safe_harbor employer_email
no_tcpa_consent consent_revoked dispute_hold oc_request_hold validation_not_sent overshadowing
time_barred_suit venue bankruptcy_stay discharged deceased_no_estate_rep scra_hold fee_not_authorized
postdated_notice_missing early_deposit disputed_debt_payment furnish_precontact furnish_undeliverable
furnish_obsolete furnish_medical_rule transfer_prohibited license_missing recording_consent_missing
location_zone_conflict address_undeliverable suppression_global
"""
"""Section 0 of the regulation note."""

QUESTION: dict[str, Any] = {
    "request": {
        "person": "P1", "debt": "D1", "discussed_debts": ["D1"], "channel": "call", "address": "+12125550123",
        "place": "home", "at": "2026-04-07T15:00:00-04:00", "purpose": "collection", "template_tags": [],
    },
    "facts": {
        "zones": ["America/New_York"], "residence_states": ["NY"], "cities": [],
        "history": [{"kind": "call", "direction": "out", "at": "2026-04-01T10:00:00-04:00", "debts": ["D1"],
                     "address": "+12125550123", "outcome": "no_answer"}],
        "consents": [{"kind": "call", "debts": ["D1"], "given_at": "2026-06-04T09:00:00-04:00", "until": None,
                      "revoked_at": None}],
        "holds": [{"kind": "attorney", "debt": "D1", "from": "2026-03-01", "until": None}],
        "opt_outs": [{"medium": "call", "address": None}],
        "inconvenient": [{"weekdays": [1, 3], "start": "15:00", "end": "17:00", "place": None, "from": "2026-01-01",
                          "until": None}],
        "address_basis": [{"address": "a@example.com", "basis": "EMAIL_CONSENT", "as_of": "2026-03-01"}],
        "undeliverable": [], "validation": {"D1": {"sent_on": "2026-03-20", "period_ends_on": "2026-04-27"}},
    },
}  # fmt: skip


def explain(*lines: bytes, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(HOME / "manage.py"), "explain_contact", *arguments]
    return subprocess.run(command, input=b"\n".join(lines), capture_output=True, cwd=HOME, check=False)


def changed(path: str, value: Any) -> bytes:
    """The example with one field set, or taken away by ``...``."""
    question = copy.deepcopy(QUESTION)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = question
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(question).encode()


def test_the_example_of_the_interface_has_these_answers() -> None:
    answer = answer_line(json.dumps(QUESTION).encode(), 1)
    assert [(r["code"], r["until"]) for r in answer["reasons"]] == [
        ("inconvenient_time", "2026-04-07T17:00:00-04:00"),
        ("attorney_represented", None),
        ("medium_opt_out", None),
    ]
    assert set(answer) == {"allowed", "reasons", "next_allowed_at", "policy_version"}
    assert set(answer["reasons"][0]) == {"code", "rule", "until", "text"}
    assert (answer["allowed"], answer["next_allowed_at"]) == (False, None)


def test_questions_are_answered_in_order_and_broken_lines_named() -> None:
    free = {"request": QUESTION["request"], "facts": {"zones": ["America/New_York"]}}
    lines = [json.dumps(free).encode(), b"{broken", json.dumps(QUESTION).encode(), b"", b'{"request": "\xff"}', b"[" * 9999,
             changed("request.at", ...), json.dumps(free).encode()]  # fmt: skip
    done = explain(*lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert b"4 question(s) could not be read" in done.stderr
    assert b"Traceback" not in done.stderr
    assert [answer.get("allowed", answer.get("error", {}).get("line")) for answer in answers] == [
        True, 2, False, 5, 6, 7, True,
    ]  # fmt: skip
    assert answers[0]["next_allowed_at"] == "2026-04-07T15:00:00-04:00"
    assert answers[5]["error"] == {"line": 7, "field": "request.at", "message": "is needed"}


def test_questions_without_a_fault_end_well() -> None:
    done = explain(json.dumps(QUESTION).encode())
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, b"", 1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("request", ...),
        ("request.debt", ...),
        ("request.channel", ...),
        ("request.channel", "fax"),
        ("request.channel", ["call"]),
        ("request.at", "2026-04-07T15:00:00"),
        ("request.at", "soon"),
        ("request.at", float("nan")),
        ("request.at", "9999-12-31T23:59:59-04:00"),
        ("request.at", "0001-01-01T00:00:00+14:00"),
        ("request.purpose", "sales"),
        ("request.template_tags", ["unheard_of"]),
        ("request.discussed_debts", "D1"),
        ("request.hurry", True),
        ("facts.zones", ["Mars/Olympus"]),
        ("facts.zones", ["../../etc/passwd"]),
        ("facts.zones", "America/New_York"),
        ("facts.weather", "fine"),
        ("facts.history.0.outcome", "shouted"),
        ("facts.history.0.outcome", None),
        ("facts.history.0.at", "2026-04-01T10:00:00"),
        ("facts.history.0.at", 1_775_000_000),
        ("facts.history.0.kind", "fax"),
        ("facts.history.0.direction", "sideways"),
        ("facts.history.0.debts", [1]),
        ("facts.consents.0.given_at", ...),
        ("facts.consents.0.until", "June"),
        ("facts.holds.0.kind", "mood"),
        ("facts.holds.0.from", ...),
        ("facts.opt_outs.0.medium", "pigeon"),
        ("facts.opt_outs.0.medium", ...),
        ("facts.inconvenient.0.weekdays", [7]),
        ("facts.inconvenient.0.weekdays", [float("nan")]),
        ("facts.inconvenient.0.start", "25:00"),
        ("facts.inconvenient.0.end", "17:00-04:00"),
        ("facts.address_basis.0.basis", "EMAIL_HOPE"),
        ("facts.address_basis.0.as_of", ...),
        ("facts.validation", ["D1"]),
        ("facts.validation.D1.sent_on", "yesterday"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_field(path: str, value: Any) -> None:
    error = answer_line(changed(path, value), 3)["error"]
    assert (error["line"], error["field"]) == (3, path.replace(".0.", "[0]."))
    assert error["message"]


def test_an_empty_question_and_one_that_is_no_object_are_named() -> None:
    assert answer_line(b"[]", 1)["error"]["message"] == "must be an object"
    assert answer_line(b"NaN", 1)["error"]["message"] == "must be an object"
    assert answer_line(b"{}", 1)["error"]["field"] == "request"


def test_every_code_of_the_note_is_listed_as_built_or_missing() -> None:
    done = explain(arguments=("--rules", "--json"))
    rows = json.loads(done.stdout)["rules"]
    assert rows == rule_table()
    assert sorted(row["code"] for row in rows) == sorted(NOTE.split())
    assert {row["state"] for row in rows} == {"built", "missing"}
    assert all(row["citation"] for row in rows)
    told = explain(arguments=("--rules",)).stdout.decode().splitlines()
    assert [line.split()[:2] for line in told] == [[row["code"], row["state"]] for row in rows]


@pytest.mark.parametrize("tag", ["suit_threat", "threatens_legal_action"])
def test_a_suit_of_whose_time_nothing_is_known_is_refused(tag: str) -> None:
    answer = answer_line(changed("request.template_tags", [tag]), 1)
    assert [r["until"] for r in answer["reasons"] if r["code"] == "time_barred_suit"] == [None]
    assert answer["allowed"] is False
