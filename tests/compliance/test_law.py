"""Statements on suits, machines that dial, recordings, licences, bankruptcy and who may be told: the rules beyond Regulation F's core."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.case import DebtFacts, DialConsent
from compliance.gate import Facts, Hold, decide
from compliance.limitations import anniversary
from compliance.questions import answer_dict, read_question
from tests.compliance.making import (
    BASES,
    NUMBER,
    POLICY,
    answer,
    ask,
    call,
    codes,
    ends,
    on,
)

SUIT = frozenset({"suit_threat"})


# --- time to sue


def threat(day: str, **facts: Any) -> list[str]:
    debt = facts.pop("debt", DebtFacts("card", date(2023, 4, 10)))
    letter = ask(on(day), "letter", template_tags=SUIT, discussed_debts=facts.pop("discussed", ()))
    return codes(letter, **{"residence_states": ("NY",), "debts": {"D": debt}, **facts})


def test_t68_a_threat_of_suit_is_refused_from_the_day_after_the_last() -> None:
    assert threat("2026-04-10") == []
    assert threat("2026-04-11") == ["time_barred_suit"]
    assert answer(ask(on("2026-04-11"), "letter"), residence_states=("NY",)).allowed


@pytest.mark.parametrize("state", ["NY", "DC"])
def test_t68_a_payment_does_not_begin_the_time_anew_in_new_york_and_the_district(state: str) -> None:
    for paid in (date(2025, 4, 10), date(2026, 4, 11)):
        debt = DebtFacts("card", date(2023, 4, 10), last_payment_on=paid)
        assert threat("2026-04-12", debt=debt, residence_states=(state,)) == ["time_barred_suit"]


def test_t68_where_the_state_allows_it_a_payment_before_the_end_begins_it_anew_and_one_after_does_not() -> (
    None
):
    ends_on = date(2027, 4, 10)
    for paid, last in (
        (ends_on, "2031-04-10"),
        (ends_on + timedelta(days=1), "2027-04-10"),
        (date(2023, 4, 10), "2027-04-10"),
        (date(2025, 2, 28), "2029-02-28"),
    ):
        debt = DebtFacts("card", date(2023, 4, 10), last_payment_on=paid)
        after = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        assert threat(last, debt=debt, residence_states=("CA",)) == []
        assert threat(after, debt=debt, residence_states=("CA",)) == ["time_barred_suit"]


@pytest.mark.parametrize(
    ("kind", "state", "last"),
    [
        ("card", "AL", "2026-04-10"),
        ("loan", "AL", "2029-04-10"),
        ("medical", "AL", "2026-04-10"),
        ("", "CA", "2025-04-10"),
        ("loan", "CA", "2027-04-10"),
    ],
)
def test_t68_an_unclear_contract_takes_the_shortest_of_the_three(kind: str, state: str, last: str) -> None:
    debt, day = DebtFacts(kind, date(2023, 4, 10)), date.fromisoformat(last)
    assert threat(last, debt=debt, residence_states=(state,)) == []
    after = (day + timedelta(days=1)).isoformat()
    assert threat(after, debt=debt, residence_states=(state,)) == ["time_barred_suit"]


def test_t68_of_several_states_the_shortest_decides_and_one_without_a_row_refuses() -> None:
    both: dict[str, Any] = {"residence_states": ("IL",), "indicated_states": ("NY",)}
    assert threat("2026-04-10", **both) == []
    assert threat("2026-04-11", **both) == ["time_barred_suit"]
    assert threat("2024-01-01", residence_states=("NY", "PR")) == ["time_barred_suit"]


def test_t68_a_last_day_we_were_told_can_only_shorten_it() -> None:
    for told, day, refused in ((date(2025, 1, 31), "2025-01-31", []), (date(2025, 1, 31), "2025-02-01", ["time_barred_suit"])):  # fmt: skip
        assert threat(day, debt=DebtFacts("card", date(2023, 4, 10), limitation_on=told)) == refused
    late = DebtFacts("card", date(2023, 4, 10), limitation_on=date(2030, 1, 1))
    assert threat("2026-04-11", debt=late) == ["time_barred_suit"]


def test_t68_days_on_which_the_time_stood_still_are_added() -> None:
    debt = DebtFacts("card", date(2023, 4, 10), tolled_days=30)
    assert threat("2026-05-10", debt=debt) == []
    assert threat("2026-05-11", debt=debt) == ["time_barred_suit"]


@pytest.mark.parametrize(
    "facts",
    [
        {"debts": {}},
        {"debt": DebtFacts("card", None, limitation_on=date(2030, 1, 1))},
        {"residence_states": ()},
        {"discussed": ("E",)},
    ],
)
def test_t68_what_is_not_known_is_refused(facts: dict[str, Any]) -> None:
    assert threat("2024-01-01", **facts) == ["time_barred_suit"]


def test_t68_the_refusal_says_since_when_and_has_no_end() -> None:
    letter = ask(on("2026-04-11"), "letter", template_tags=frozenset({"threatens_legal_action"}))
    decision = answer(letter, residence_states=("NY",), debts={"D": DebtFacts("card", date(2023, 4, 10))})
    assert [(r.rule, r.until) for r in decision.reasons] == [("12 CFR 1006.26(b)", None)]
    assert "2026-04-10" in decision.reasons[0].text
    assert decision.next_allowed_at is None


def test_t68_business_debts_are_outside_of_it() -> None:
    assert threat("2026-04-13", commercial=frozenset({"D"})) == []


def test_t68_the_day_after_the_28th_of_february_is_the_first_of_march() -> None:
    debt = DebtFacts("card", date(2020, 2, 29))
    assert threat("2023-03-01", debt=debt) == []
    assert threat("2023-03-02", debt=debt) == ["time_barred_suit"]


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)), st.integers(1, 15))
def test_t68_an_anniversary_never_comes_early(day: date, years: int) -> None:
    found = anniversary(day, years)
    assert found.year == day.year + years
    assert found - day >= timedelta(days=365 * years)
    assert (found.month, found.day) in ((day.month, day.day), (3, 1))


# --- a refusal to pay, consents given to others


def test_t14_a_written_refusal_to_pay_ends_contact_as_a_cease_does() -> None:
    holds = (Hold("refused_to_pay", "D", date(2026, 8, 6), date(2026, 9, 1)),)
    assert answer(ask(on("2026-08-05"), "letter"), holds=holds).allowed
    assert ends(ask(on("2026-08-06"), "letter"), holds=holds) == [
        ("refused_to_pay", on("2026-09-01", "00:00"))
    ]
    assert answer(
        ask(on("2026-08-07"), "letter", template_tags=frozenset({"terminate"})), holds=holds
    ).allowed
    assert answer(replace(ask(on("2026-08-07")), debt="E"), holds=holds).allowed


@pytest.mark.parametrize(
    ("given_to", "counts"), [("us", True), (None, True), ("creditor", False), ("prior_collector", False)]
)
def test_t13_consent_given_to_others_is_none_to_us(given_to: str | None, counts: bool) -> None:
    given = {"kind": "call", "debts": ["D"], "given_at": "2026-04-06T09:00:00-04:00", "given_to": given_to}
    question = {
        "request": {"debt": "D", "channel": "call", "at": "2026-04-07T12:00:00-04:00"},
        "facts": {
            "zones": ["America/New_York"],
            "consents": [given],
            "history": [{"kind": "call", "direction": "in", "at": "2026-04-05T12:00:00-04:00", "debts": ["D"], "outcome": "conversation"}],
        },
    }  # fmt: skip
    reasons = [r.code for r in decide(*read_question(question), POLICY).reasons]
    assert reasons == ([] if counts else ["conversation_cooldown"])


# --- machines


MOBILE = (DialConsent(NUMBER, on("2026-12-01"), None),)


@pytest.mark.parametrize("mode", ["predictive", "prerecorded", "ringless"])
def test_t84_a_machine_needs_consent_to_a_mobile(mode: str) -> None:
    dialed = ask(on("2026-12-07"), dial_mode=mode)
    assert ends(dialed) == [("no_tcpa_consent", None)]
    assert answer(dialed, dial_consents=MOBILE).allowed
    assert codes(dialed, dial_consents=(replace(MOBILE[0], address="+12125550199"),)) == ["no_tcpa_consent"]
    assert ends(ask(on("2026-11-30"), dial_mode=mode), dial_consents=MOBILE) == [
        ("no_tcpa_consent", on("2026-12-01"))
    ]


@pytest.mark.parametrize("mode", ["manual", "preview", "power"])
def test_t84_a_person_who_dials_needs_none(mode: str) -> None:
    assert answer(ask(on("2026-12-07"), dial_mode=mode)).allowed


def test_t84_letters_and_emails_are_not_dialed() -> None:
    assert answer(ask(on("2026-12-07"), "email", dial_mode="predictive"), address_basis=BASES).allowed


def test_t84_texts_by_machine_need_it_too() -> None:
    text = ask(on("2026-09-07"), "text", dial_mode="predictive")
    assert codes(text, address_basis=BASES) == ["no_tcpa_consent"]
    assert codes(text, address_basis=BASES, lines={NUMBER: "landline"}) == ["no_tcpa_consent"]


def test_t84_a_landline_takes_three_recorded_calls_in_thirty_days() -> None:
    recorded = ask(on("2026-04-30"), dial_mode="prerecorded")
    landline: dict[str, Any] = {"lines": {NUMBER: "landline"}}
    made = tuple(
        call(day, "busy", debts=("E",))._replace(mode="prerecorded")
        for day in ("2026-04-01", "2026-04-12", "2026-04-20")
    )
    assert answer(recorded, **landline).allowed
    assert answer(recorded, history=made[:2], **landline).allowed
    assert ends(recorded, history=made, **landline) == [("no_tcpa_consent", on("2026-05-01", "00:00"))]
    assert answer(replace(recorded, at=on("2026-05-01")), history=made, **landline).allowed
    assert answer(
        recorded, history=made, dial_consents=(DialConsent(NUMBER, on("2026-04-01"), None),), **landline
    ).allowed
    ahead = (DialConsent(NUMBER, on("2026-04-30", "15:00"), None),)
    assert ends(recorded, history=made, dial_consents=ahead, **landline) == [
        ("no_tcpa_consent", on("2026-04-30", "15:00"))
    ]


def test_t84_only_recorded_calls_to_that_landline_count() -> None:
    recorded = ask(on("2026-04-30"), dial_mode="ringless")
    landline: dict[str, Any] = {"lines": {NUMBER: "landline"}}
    three = [call(f"2026-04-2{n}", "busy", debts=("E",))._replace(mode="prerecorded") for n in range(3)]
    assert codes(recorded, history=tuple(three), **landline) == ["no_tcpa_consent"]
    for change in ({"mode": ""}, {"address": "+12125550199"}, {"direction": "in"}, {"kind": "text"}):
        assert answer(recorded, history=(*three[:2], three[2]._replace(**change)), **landline).allowed
    by_outcome = three[2]._replace(mode="", outcome="ringless_voicemail")
    assert codes(recorded, history=(*three[:2], by_outcome), **landline) == ["no_tcpa_consent"]
    assert answer(ask(on("2026-04-30"), dial_mode="predictive"), history=tuple(three), **landline).allowed


def test_t85_a_revocation_blocks_from_its_instant_until_consent_is_given_anew() -> None:
    revoked = on("2026-12-18", "11:00")
    taken_back = (DialConsent(NUMBER, on("2026-12-01"), revoked),)
    dialed = ask(on("2026-12-18", "10:59"), dial_mode="predictive")
    assert answer(dialed, dial_consents=taken_back).allowed
    assert ends(replace(dialed, at=revoked), dial_consents=taken_back) == [("consent_revoked", None)]
    assert answer(replace(dialed, at=revoked, dial_mode="manual"), dial_consents=taken_back).allowed
    anew = (*taken_back, DialConsent(NUMBER, on("2026-12-18", "15:00"), None))
    assert ends(replace(dialed, at=revoked), dial_consents=anew) == [
        ("consent_revoked", on("2026-12-18", "15:00"))
    ]
    assert answer(replace(dialed, at=on("2026-12-18", "15:00")), dial_consents=anew).allowed


def test_t19_a_revocation_stops_texts_however_they_are_sent() -> None:
    taken_back = (DialConsent(NUMBER, on("2026-09-01"), on("2026-09-06")),)
    assert codes(ask(on("2026-09-07"), "text"), address_basis=BASES, dial_consents=taken_back) == [
        "consent_revoked"
    ]


def test_t85_one_revocation_is_for_every_number_from_the_day_on_that_the_law_names() -> None:
    dialed = ask(on("2027-02-05"), dial_mode="predictive")
    mine = DialConsent(NUMBER, on("2026-12-01"), None)
    for day, refused in (("2027-01-30", []), ("2027-01-31", ["consent_revoked"])):
        other = DialConsent("+12125550199", on("2026-12-01"), on(day))
        assert codes(dialed, dial_consents=(mine, other)) == refused
        later = replace(mine, given_at=on("2027-02-01"))
        assert answer(dialed, dial_consents=(later, other)).allowed


# --- recordings


@pytest.mark.parametrize(
    ("asked", "states", "allowed"),
    [
        ("unannounced", {"residence_states": ("NY",)}, True),
        ("unannounced", {"residence_states": ("CA",)}, False),
        ("unannounced", {"residence_states": ("NY",), "indicated_states": ("WA",)}, False),
        ("unannounced", {}, False),
        ("announced", {"residence_states": ("CA",)}, True),
        ("announced", {}, True),
    ],
)
def test_t83_without_a_notice_the_call_is_allowed_and_its_recording_is_not(
    asked: str, states: dict[str, Any], allowed: bool
) -> None:
    decision = answer(ask(on("2026-04-07"), recording=asked), **states)
    assert decision.allowed
    shown = answer_dict(decision)["recording"]
    assert shown["allowed"] == allowed
    assert [r["code"] for r in shown["reasons"]] == ([] if allowed else ["recording_consent_missing"])


def test_t83_nothing_is_said_of_a_recording_that_nobody_asked_for() -> None:
    assert "recording" not in answer_dict(answer(ask(on("2026-04-07")), residence_states=("CA",)))
    assert answer(ask(on("2026-04-07"), "letter", recording="unannounced")).recording is None


# --- student loans and allocation


def test_t33_loans_under_one_account_number_have_one_counter_and_one_consent() -> None:
    groups = {"D": "loan-7", "E": "loan-7", "F": "loan-8"}
    made = tuple(call("2026-04-05", clock=f"1{n}:00", debts=(("D", "E")[n % 2],)) for n in range(7))
    assert codes(ask(on("2026-04-07")), history=made, frequency_groups=groups) == ["call_frequency"]
    assert answer(ask(on("2026-04-07")), history=made).allowed
    assert answer(replace(ask(on("2026-04-07")), debt="F"), history=made, frequency_groups=groups).allowed
    talked = (call("2026-04-05", "conversation", debts=("E",)),)
    assert codes(ask(on("2026-04-07")), history=talked, frequency_groups=groups) == ["conversation_cooldown"]


def test_t32_an_unanswered_call_is_the_selected_debts_where_the_policy_says_so() -> None:
    """Twenty-one unanswered calls meant for three debts, each in turn the one selected: seven for each."""
    debts, made = ("D", "E", "F"), []
    for number in range(21):
        turn = debts[number % 3 :] + debts[: number % 3]
        made.append(call(f"2026-04-0{1 + number // 3}", clock=f"1{number % 3}:00", debts=turn))
    selected = replace(POLICY, allocates_to_all=False)
    request = ask(on("2026-04-07", "20:00"))
    facts = Facts(zones=("America/New_York",), history=tuple(made[:20]))
    assert [r.code for r in decide(request, facts, POLICY).reasons] == ["call_frequency"]
    assert [r.code for r in decide(replace(request, debt="F"), facts, selected).reasons] == []
    assert [r.code for r in decide(request, facts, selected).reasons] == ["call_frequency"]
    talked = Facts(
        zones=("America/New_York",), history=(call("2026-04-05", "conversation", debts=("E", "D")),)
    )
    assert [r.code for r in decide(request, talked, selected).reasons] == ["conversation_cooldown"]
    grouped = replace(facts, frequency_groups={"F": "loan", "D": "loan"})
    assert [r.code for r in decide(replace(request, debt="F"), grouped, selected).reasons] == [
        "call_frequency"
    ]


# --- warnings


def warned(at: str, *history: Any, **values: Any) -> list[str]:
    decision = answer(ask(on("2026-04-07", at), **values), history=history)
    assert decision.allowed
    return [warning.code for warning in decision.warnings]


def test_t26_calls_close_together_are_warned_of_and_not_refused() -> None:
    first = call("2026-04-07", "busy", clock="10:00", debts=("E",))
    assert warned("10:04:59", first) == ["same_number_soon", "close_calls"]
    assert warned("10:05", first) == ["close_calls"]
    assert warned("10:04", first, address="+12125550199") == ["close_calls"]
    assert warned("13:59:59", first) == ["close_calls"]
    assert warned("14:00", first) == []
    second = call("2026-04-07", clock="09:00")
    assert warned("14:00", first, second) == ["many_calls_today"]
    assert warned("14:00", first, second._replace(at=on("2026-04-06", "23:59"))) == []


def test_t26_what_is_no_call_of_ours_to_them_is_not_warned_of() -> None:
    first = call("2026-04-07", "busy", clock="10:00")
    others = (
        {"direction": "in"},
        {"kind": "text"},
        {"recipient": "spouse"},
        {"at": on("2026-04-07", "10:02")},
    )
    for change in others:
        assert warned("10:01", first._replace(**change)) == []
    attorney = call("2026-04-07", "busy", clock="10:00", recipient="attorney")
    assert warned("10:01", attorney, recipient="attorney") == []
    late = call("2026-04-07", "busy", clock="10:00")
    commercial = answer(ask(on("2026-04-07", "10:01")), history=(late,), commercial=frozenset({"D"}))
    assert commercial.warnings == ()


def test_warnings_stand_in_the_answer_only_when_there_are_any() -> None:
    decision = answer(ask(on("2026-04-07", "10:01")), history=(call("2026-04-07", "busy", clock="10:00"),))
    shown = answer_dict(decision)
    assert shown["allowed"] is True
    assert [set(warning) for warning in shown["warnings"]] == [{"code", "rule", "text"}] * 2
    assert set(answer_dict(answer(ask(on("2026-04-07"))))) == {
        "allowed",
        "reasons",
        "next_allowed_at",
        "policy_version",
    }
