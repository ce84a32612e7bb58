"""What the later rules ask for, read from JSON and from packs that do not know it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from compliance.case import CoDebtorStay, DebtFacts, DialConsent, Licence
from compliance.gate import AddressBasis, Facts, OptOut, decide
from compliance.lawtables import KEYS, LawTables
from compliance.policy import FOLDER, parse_policy
from compliance.questions import read_question
from compliance.reader import QuestionError
from tests.compliance.making import (
    MAIL,
    NUMBER,
    ask,
    on,
)

SUIT = frozenset({"suit_threat"})


# --- what is new in a question


BASIS = {"address": MAIL, "basis": "EMAIL_CONSENT", "as_of": "2026-01-01"}
NEW = {
    "request": {"debt": "D", "channel": "call", "at": "2026-04-07T12:00:00-04:00", "dial_mode": "predictive", "recording": "announced"},
    "facts": {
        "frequency_groups": {"D": "loan-7"},
        "dial_consents": [{"address": NUMBER, "given_at": "2026-04-07T09:00:00-04:00", "revoked_at": None}],
        "lines": {NUMBER: "landline"},
        "debts": {"D": {"kind": "card", "accrued_on": "2023-04-10", "last_payment_on": "2024-01-01", "tolled_days": 3,
                        "limitation_on": "2026-01-01", "notice_on": "2025-01-01"}},
        "licences": [{"place": "CA", "valid_from": "2026-01-01", "valid_to": "9999-12-31"}],
        "co_debtor_stays": [{"debt": "D", "from": "2026-01-01", "until": "2026-05-01", "chapter": "13"}],
        "born_on": "1980-02-29",
        "opt_outs": [{"medium": "text", "address": NUMBER, "at": "2026-04-07T09:00:00-04:00"}],
        "address_basis": [{"address": MAIL, "basis": "EMAIL_CREDITOR", "as_of": "2026-01-01", "deadline": "2026-02-10",
                           "checked_on": "2026-03-01", "used_by_prior": False}],
        "history": [{"kind": "call", "direction": "out", "at": "2026-04-07T09:00:00-04:00", "debts": ["D"], "outcome": "busy",
                     "mode": "prerecorded"}],
    },
}  # fmt: skip


def test_what_the_new_rules_ask_for_is_read() -> None:
    request, facts = read_question(NEW)
    nine = on("2026-04-07", "09:00")
    assert (request.dial_mode, request.recording) == ("predictive", "announced")
    assert (facts.frequency_groups, facts.lines, facts.born_on) == (
        {"D": "loan-7"},
        {NUMBER: "landline"},
        date(1980, 2, 29),
    )
    assert facts.dial_consents == (DialConsent(NUMBER, nine, None),)
    assert facts.debts == {
        "D": DebtFacts("card", date(2023, 4, 10), date(2024, 1, 1), 3, date(2026, 1, 1), date(2025, 1, 1))
    }
    assert facts.licences == (Licence("CA", date(2026, 1, 1), None),)
    assert facts.co_debtor_stays == (CoDebtorStay("D", date(2026, 1, 1), date(2026, 5, 1), "13"),)
    assert facts.opt_outs == (OptOut("text", NUMBER, nine),)
    assert facts.address_basis == (
        AddressBasis(MAIL, "EMAIL_CREDITOR", date(2026, 1, 1), date(2026, 2, 10), date(2026, 3, 1), False),
    )
    assert facts.history[0].mode == "prerecorded"


@pytest.mark.parametrize(
    ("part", "key", "value", "field"),
    [
        ("request", "dial_mode", "robot", "request.dial_mode"),
        ("request", "recording", "yes", "request.recording"),
        ("facts", "frequency_groups", {"D": 7}, "facts.frequency_groups"),
        ("facts", "frequency_groups", [], None),
        ("facts", "frequency_groups", ["D"], "facts.frequency_groups"),
        ("facts", "lines", {NUMBER: "satellite"}, "facts.lines"),
        ("facts", "debts", {"D": {"tolled_days": -1}}, "facts.debts.D.tolled_days"),
        ("facts", "debts", {"D": {"tolled_days": True}}, "facts.debts.D.tolled_days"),
        ("facts", "debts", {"D": {"accrued": "2026-01-01"}}, "facts.debts.D.accrued"),
        ("facts", "licences", [{"valid_from": "2026-01-01"}], "facts.licences[0].place"),
        ("facts", "licences", [{"place": "CA"}], "facts.licences[0].valid_from"),
        ("facts", "co_debtor_stays", [{"chapter": "9", "from": "2026-01-01"}], "facts.co_debtor_stays[0].chapter"),
        ("facts", "co_debtor_stays", [{"debt": "D"}], "facts.co_debtor_stays[0].from"),
        ("facts", "dial_consents", [{"address": NUMBER}], "facts.dial_consents[0].given_at"),
        ("facts", "born_on", "29.2.1980", "facts.born_on"),
        ("facts", "address_basis", [{**BASIS, "used_by_prior": "no"}], "facts.address_basis[0].used_by_prior"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(part: str, key: str, value: Any, field: str | None) -> None:
    question = {**NEW, part: {**NEW[part], key: value}}
    if field is None:
        assert read_question(question)
        return
    with pytest.raises(QuestionError) as caught:
        read_question(question)
    assert caught.value.field == field


def test_a_pack_from_before_these_tables_refuses_what_they_would_allow() -> None:
    """Suits, machines, recordings; the stay of a co-debtor holds for every chapter."""
    data = tomllib.loads((FOLDER / "us-2021-11.toml").read_text(encoding="utf-8"))
    for name in KEYS:
        del data[name]
    old = parse_policy(data, "old")
    assert old.tables == LawTables()
    facts = Facts(
        zones=("America/New_York",),
        residence_states=("NY",),
        debts={"D": DebtFacts("card", date(2026, 1, 1))},
        lines={NUMBER: "landline"},
        co_debtor_stays=(CoDebtorStay(None, date(2026, 1, 1), None, "7"),),
    )
    request = ask(on("2026-04-07"), template_tags=SUIT, dial_mode="prerecorded", recording="unannounced")
    decision = decide(request, facts, old)
    assert [r.code for r in decision.reasons] == ["no_tcpa_consent", "time_barred_suit", "bankruptcy_stay"]
    assert decision.recording is not True
    assert decide(replace(request, recording="announced"), facts, old).recording is True
