"""Statements on bankruptcy, death, who may be told, opt-outs, bases, states and licences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from compliance.case import CoDebtorStay, DebtFacts, Licence
from compliance.gate import AddressBasis, Hold, OptOut
from tests.compliance.making import (
    BASES,
    MAIL,
    NUMBER,
    answer,
    ask,
    came,
    codes,
    ends,
    on,
    sent,
)

# --- bankruptcy and death


def test_t78_a_bankruptcy_dismissed_resumes_and_one_discharged_never_does() -> None:
    dismissed = (Hold("bankruptcy", None, date(2026, 3, 1), date(2026, 4, 10)),)
    assert answer(ask(on("2026-04-07"), "letter"), holds=dismissed).next_allowed_at == on(
        "2026-04-10", "00:00"
    )
    done = (*dismissed, Hold("discharged", None, date(2026, 4, 10), None))
    assert ends(ask(on("2026-04-11"), "letter"), holds=done) == [("discharged", None)]


@pytest.mark.parametrize(
    ("chapter", "stays"), [("7", False), ("11", False), ("12", True), ("13", True), ("", True)]
)
def test_t78_chapters_12_and_13_stay_collection_from_those_who_owe_it_too(chapter: str, stays: bool) -> None:
    stay = CoDebtorStay("D", date(2026, 3, 1), date(2026, 6, 1), chapter)
    found = ends(ask(on("2026-04-07"), "letter"), co_debtor_stays=(stay,))
    assert found == ([("bankruptcy_stay", on("2026-06-01", "00:00"))] if stays else [])


def test_t78_the_stay_of_another_ends_is_of_its_debt_and_of_consumers_only() -> None:
    stay = (CoDebtorStay("D", date(2026, 3, 1), date(2026, 6, 1), "13"),)
    letter = ask(on("2026-04-07"), "letter")
    assert answer(replace(letter, debt="E"), co_debtor_stays=stay).allowed
    assert answer(replace(letter, at=on("2026-02-28")), co_debtor_stays=stay).allowed
    assert answer(replace(letter, at=on("2026-06-01")), co_debtor_stays=stay).allowed
    assert answer(letter, co_debtor_stays=stay, commercial=frozenset({"D"})).allowed
    both = answer(
        letter, co_debtor_stays=stay, holds=(Hold("bankruptcy", None, date(2026, 3, 1), date(2026, 5, 1)),)
    )
    assert [(r.rule, r.until) for r in both.reasons] == [("11 USC 362(a)(6)", on("2026-06-01", "00:00"))]


DEAD = {"holds": (Hold("deceased", None, date(2026, 3, 1), None),)}


@pytest.mark.parametrize(
    ("recipient", "told", "noticed"),
    [
        ("", False, False),
        ("spouse", True, False),
        ("parent_of_minor", True, False),
        ("successor", True, False),
        ("estate_representative", True, True),
        ("attorney", False, False),
    ],
)
def test_t56_the_notice_of_a_debt_of_the_dead_goes_only_to_who_is_named_for_the_estate(
    recipient: str, told: bool, noticed: bool
) -> None:
    letter = ask(on("2026-04-07"), "letter", recipient=recipient)
    assert codes(letter, **DEAD) == ([] if told else ["deceased_no_estate_rep"])
    notice = replace(letter, template_tags=frozenset({"validation"}))
    assert codes(notice, **DEAD) == ([] if noticed else ["deceased_no_estate_rep"])


def test_t56_who_acts_for_the_estate_may_be_asked_of_others() -> None:
    neighbour = ask(on("2026-04-07"), address="+12125550188", purpose="location", recipient="third_party")
    assert answer(neighbour, **DEAD).allowed


def test_t17_a_parent_stands_as_the_consumer_until_they_are_of_age() -> None:
    parent = ask(on("2026-04-07"), recipient="parent_of_minor")
    assert answer(parent).allowed
    assert answer(parent, born_on=date(2008, 4, 8)).allowed
    assert codes(parent, born_on=date(2008, 4, 7)) == ["third_party_not_allowed"]
    assert answer(ask(on("2026-04-07"), recipient="guardian"), born_on=date(1960, 1, 1)).allowed
    assert answer(parent, born_on=date(2000, 1, 1), **DEAD).allowed


# --- electronic


def test_t19_one_confirmation_within_five_minutes_and_nothing_else() -> None:
    stopped = on("2026-09-07", "12:00")
    facts: dict[str, Any] = {"opt_outs": (OptOut("text", NUMBER, stopped),)}
    confirm = ask(stopped, "text", template_tags=frozenset({"opt_out_confirmation"}))
    assert answer(replace(confirm, at=on("2026-09-07", "12:04:59")), **facts).allowed
    assert codes(replace(confirm, at=on("2026-09-07", "12:05")), **facts) == [
        "address_opt_out",
        "no_sms_safe_harbor",
    ]
    assert codes(replace(confirm, template_tags=frozenset()), **facts) == [
        "address_opt_out",
        "no_sms_safe_harbor",
    ]
    facts["history"] = (sent("text", "2026-09-07", clock="12:01"),)
    assert codes(replace(confirm, at=on("2026-09-07", "12:02")), **facts) == [
        "address_opt_out",
        "no_sms_safe_harbor",
    ]
    facts["history"] = (sent("text", "2026-09-07", clock="11:59"), came("text", "2026-09-07", clock="12:00"))
    assert answer(confirm, **facts).allowed
    assert codes(replace(confirm, address="+12125550199"), **facts) == ["no_sms_safe_harbor"]
    assert codes(replace(confirm, channel="call"), opt_outs=(OptOut("call", None, stopped),)) == [
        "medium_opt_out"
    ]
    unknown = (OptOut("text", NUMBER),)
    assert codes(confirm, opt_outs=unknown) == ["address_opt_out", "no_sms_safe_harbor"]


def test_t19_the_confirmation_of_an_email_may_go_to_the_employers_address_it_came_from() -> None:
    stopped = on("2026-09-07", "12:00")
    confirm = ask(stopped, "email", template_tags=frozenset({"opt_out_confirmation"}))
    facts: dict[str, Any] = {"employer_emails": (MAIL,), "residence_states": ("NY", "DC")}
    for opt_out in (OptOut("email", None, stopped), OptOut("all", MAIL, stopped)):
        assert answer(confirm, opt_outs=(opt_out,), **facts).allowed


def test_t20_a_creditors_deadline_of_fewer_days_than_the_law_asks_is_none() -> None:
    mail = ask(on("2026-04-30"), "email")
    for deadline, first in (
        (date(2026, 4, 4), None),
        (date(2026, 4, 5), "2026-04-06"),
        (date(2026, 5, 1), "2026-05-02"),
    ):
        basis = (AddressBasis(MAIL, "EMAIL_CREDITOR", date(2026, 3, 1), deadline),)
        start = date.fromisoformat(first) if first else None
        expected = (
            []
            if start and start <= date(2026, 4, 30)
            else [("no_email_safe_harbor", start and on(start, "00:00"))]
        )
        assert ends(mail, address_basis=basis) == expected


def test_t22_an_earlier_collectors_use_counts_only_if_the_one_before_us_used_it() -> None:
    mail = ask(on("2026-04-07"), "email")
    basis = AddressBasis(MAIL, "EMAIL_PRIOR_COLLECTOR", date(2026, 3, 1))
    assert answer(mail, address_basis=(basis,)).allowed
    unused = (replace(basis, used_by_prior=False),)
    assert ends(mail, address_basis=unused) == [("no_email_safe_harbor", None)]
    assert codes(mail, address_basis=unused, employer_emails=(MAIL,)) == [
        "no_email_safe_harbor",
        "employer_email",
    ]


@pytest.mark.parametrize(
    ("checked", "allowed"),
    [
        (None, False),
        (date(2026, 3, 31), False),
        (date(2026, 4, 1), False),
        (date(2026, 4, 2), True),
        (date(2026, 6, 1), True),
    ],
)
def test_t23_a_clean_check_of_reassigned_numbers_since_the_consent_renews_it(
    checked: date | None, allowed: bool
) -> None:
    basis = (AddressBasis(NUMBER, "SMS_CONSENT", date(2026, 4, 1), checked_on=checked),)
    assert codes(ask(on("2026-06-01"), "text"), address_basis=basis) == (
        [] if allowed else ["no_sms_safe_harbor"]
    )


def test_t23_a_check_before_the_consent_says_nothing_of_it() -> None:
    basis = (AddressBasis(NUMBER, "SMS_CONSENT", date(2026, 6, 5), checked_on=date(2026, 5, 30)),)
    assert ends(ask(on("2026-06-01"), "text"), address_basis=basis) == [
        ("no_sms_safe_harbor", on("2026-06-05", "00:00"))
    ]


# --- states


def test_new_york_asks_for_consent_to_email_at_an_address_of_their_own() -> None:
    mail = ask(on("2026-09-07"), "email")
    used = (AddressBasis(MAIL, "EMAIL_CONSUMER_USED", date(2026, 1, 1)),)
    assert ends(mail, residence_states=("NY",), address_basis=used) == [("no_email_safe_harbor", None)]
    assert answer(mail, residence_states=("NY",), address_basis=BASES).allowed
    work: dict[str, Any] = {"address_basis": BASES, "employer_emails": (MAIL,)}
    assert answer(mail, **work).allowed
    refused = answer(mail, residence_states=("NY",), **work)
    assert [(r.code, r.rule, r.until) for r in refused.reasons] == [
        ("no_email_safe_harbor", "23 NYCRR 1.6", None)
    ]
    texted = (AddressBasis(NUMBER, "SMS_CONSUMER_TEXTED", date(2026, 9, 1)),)
    assert answer(ask(on("2026-09-07"), "text"), residence_states=("NY",), address_basis=texted).allowed


def test_nevada_asks_for_a_notice_sixty_days_before_anything_is_done_about_a_medical_debt() -> None:
    letter = ask(on("2026-04-07"), "letter")
    facts: dict[str, Any] = {"residence_states": ("NV",), "debts": {"D": DebtFacts("medical")}}
    assert ends(letter, **facts) == [("validation_not_sent", None)]
    assert answer(replace(letter, purpose="required_notice"), **facts).allowed
    assert answer(replace(letter, template_tags=frozenset({"action_notice"})), **facts).allowed
    assert answer(letter, **{**facts, "debts": {"D": DebtFacts("card")}}).allowed
    assert answer(letter, **{**facts, "residence_states": ("UT",)}).allowed
    facts["debts"] = {"D": DebtFacts("medical", notice_on=date(2026, 2, 10))}
    assert [(r.code, r.rule, r.until) for r in answer(letter, **facts).reasons] == [
        ("validation_not_sent", "NRS 649.366", on("2026-04-11", "00:00"))
    ]
    assert answer(replace(letter, at=on("2026-04-11")), **facts).allowed
    assert answer(letter, commercial=frozenset({"D"}), **facts).allowed
    facts["history"] = (came("letter", "2026-04-07", clock="10:00"),)
    assert answer(replace(letter, purpose="response"), **facts).allowed


def test_nevada_asks_it_of_every_debt_spoken_of() -> None:
    debts = {"D": DebtFacts("medical", notice_on=date(2026, 1, 1)), "E": DebtFacts("medical")}
    letter = ask(on("2026-04-07"), "letter", discussed_debts=("D", "E"))
    assert ends(letter, residence_states=("NV",), debts=debts) == [("validation_not_sent", None)]


LICENCE = Licence("CA", date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("channel", ["call", "letter"])
def test_a_place_that_asks_for_a_licence_is_not_contacted_without_one(channel: str) -> None:
    def asked(day: str, *licences: Licence, **facts: Any) -> list[tuple[str, Any]]:
        return ends(ask(on(day), channel), licences=licences, **{"residence_states": ("CA",), **facts})

    assert asked("2026-04-07") == [("license_missing", None)]
    assert asked("2026-04-07", LICENCE) == asked("2026-12-31", LICENCE) == []
    assert asked("2027-01-01", LICENCE) == [("license_missing", None)]
    assert asked("2027-01-01", replace(LICENCE, valid_to=None)) == []
    assert asked("2025-12-31", LICENCE) == [("license_missing", on("2026-01-01", "00:00"))]
    assert asked("2026-04-07", residence_states=("NY",)) == []
    assert asked("2026-04-07", commercial=frozenset({"D"})) == []
    assert asked("2026-04-07", LICENCE, indicated_states=("WA",)) == [("license_missing", None)]
    assert asked("2026-04-07", LICENCE, cities=("Brooklyn, NY",)) == [("license_missing", None)]
    assert asked("2026-04-07", LICENCE, Licence("NYC", date(2026, 1, 1), None), cities=("Brooklyn",)) == []


def test_of_two_licences_yet_to_come_the_later_one_opens_the_way() -> None:
    decision = answer(
        ask(on("2025-12-31"), "letter"),
        residence_states=("CA", "WA"),
        licences=(LICENCE, Licence("WA", date(2026, 2, 1), None), Licence("WA", date(2026, 3, 1), None)),
    )
    assert decision.next_allowed_at == on("2026-02-01", "00:00")
    assert "CA, WA" in decision.reasons[0].text


@pytest.mark.parametrize(
    ("hold_until", "notice_on", "end"),
    [
        (date(2026, 4, 5), date(2026, 2, 10), "2026-04-11"),
        (date(2026, 4, 20), date(2026, 2, 10), "2026-04-20"),
        (None, date(2026, 2, 10), None),
        (date(2026, 4, 5), None, None),
    ],
)
def test_where_federal_and_state_law_ask_for_a_notice_one_reason_stands_until_neither_does(
    hold_until: date | None, notice_on: date | None, end: str | None
) -> None:
    pending = Hold("validation_pending", "D", date(2026, 1, 1), hold_until)
    facts = {
        "residence_states": ("NV",),
        "debts": {"D": DebtFacts("medical", notice_on=notice_on)},
        "holds": (pending,),
    }
    said = answer(ask(on("2026-04-01"), "letter"), **facts)
    until = on(end, "00:00") if end else None
    assert [(r.code, r.rule, r.until) for r in said.reasons] == [
        ("validation_not_sent", "12 CFR 1006.34(a)(1)", until)
    ]
