"""Statements of the regulation note that the gate decides by facts of its own: places, people, notices, and every vector of 1.12."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from compliance.case import Notice, Stated
from compliance.gate import AddressBasis, Consent, Hold, Inconvenient, Touch, decide
from compliance.questions import read_question
from compliance.reader import QuestionError
from tests.compliance.making import (
    BASES,
    BOTH,
    MAIL,
    NUMBER,
    POLICY,
    answer,
    ask,
    call,
    came,
    codes,
    consent,
    ends,
    on,
    sent,
)

DENVER = ZoneInfo("America/Denver")
NEIGHBOUR = "+12125550188"


# --- places and times


def test_t06_where_they_say_to_be_stands_alone_until_it_ends() -> None:
    said = Stated("America/Denver", on("2026-11-20"), on("2026-11-24", "00:00"))
    facts: dict[str, Any] = {"zones": BOTH, "stated": (said,)}
    early = answer(ask(on("2026-11-23", "09:59")), **facts)
    assert [r.code for r in early.reasons] == ["outside_hours"]
    assert early.next_allowed_at == on("2026-11-23", "08:00", DENVER) == on("2026-11-23", "10:00")
    assert answer(ask(on("2026-11-23", "22:59")), **facts).allowed
    assert codes(ask(on("2026-11-24", "10:30")), **facts) == ["outside_hours"]
    assert answer(ask(on("2026-11-24", "11:00")), **facts).allowed


def test_t06_a_later_saying_replaces_it_and_one_yet_to_come_opens_the_day() -> None:
    denver = Stated("America/Denver", on("2026-11-20"), None)
    home = Stated("America/New_York", on("2026-11-23", "09:00"), None)
    decision = answer(ask(on("2026-11-23", "08:30")), zones=BOTH, stated=(denver, home))
    assert [r.code for r in decision.reasons] == ["outside_hours"]
    assert decision.next_allowed_at == on("2026-11-23", "09:00")


def test_t08_one_reply_to_each_message_at_an_inconvenient_time() -> None:
    afternoons = Inconvenient(frozenset(range(5)), time(15), time(17), None, date(2026, 1, 1), None)
    weekends = Inconvenient(frozenset({5, 6}), None, None, None, date(2026, 1, 1), None)
    facts: dict[str, Any] = {"inconvenient": (afternoons, weekends), "address_basis": BASES}
    first, second = came("email", "2026-04-08", clock="15:30"), came("email", "2026-04-08", clock="15:55")
    reply = sent("email", "2026-04-08", clock="15:41")

    def asked(clock: str, *history: Touch, purpose: str = "response", day: str = "2026-04-08") -> list[str]:
        return codes(ask(on(day, clock), "email", purpose=purpose), history=history, **facts)

    assert asked("15:40", first) == []
    assert asked("15:40", first, purpose="collection") == ["inconvenient_time"]
    assert asked("15:50", first, reply) == ["inconvenient_time"]
    assert asked("15:56", first, reply, second) == []
    assert asked("15:40", came("text", "2026-04-08")) == ["inconvenient_time"]
    assert asked("12:00", day="2026-04-11") == ["inconvenient_time"]


@pytest.mark.parametrize(
    ("place", "channel", "allowed"),
    [("home", "letter", False), ("home", "call", False), (None, "call", True), (None, "email", True)],
)
def test_t09_not_at_home_stops_the_mail_and_the_landline_there(
    place: str | None, channel: str, allowed: bool
) -> None:
    window = Inconvenient(frozenset(), None, None, "home", date(2026, 1, 1), None)
    decision = answer(
        ask(on("2026-04-07"), channel, place=place), inconvenient=(window,), address_basis=BASES
    )
    assert [r.code for r in decision.reasons] == ([] if allowed else ["inconvenient_place"])


def test_t03_an_email_asked_at_ten_to_nine_is_refused_when_it_would_leave_after_nine() -> None:
    queued = ask(on("2026-04-07", "20:50"), "email")
    assert answer(queued, address_basis=BASES).allowed
    assert codes(replace(queued, at=on("2026-04-07", "21:05")), address_basis=BASES) == ["outside_hours"]


# --- attorney, employer, cease


def test_t10_their_call_is_answered_once_and_the_attorney_stays() -> None:
    facts: dict[str, Any] = {"holds": (Hold("attorney", "D", date(2026, 3, 1), None),)}
    back = ask(on("2026-04-07", "12:30"), purpose="response", discussed_debts=("D",))
    inbound = Touch("call", "in", on("2026-04-07"), ("D",), NUMBER, "")
    assert answer(back, history=(inbound,), **facts).allowed
    assert codes(replace(back, purpose="collection"), history=(inbound,), **facts) == ["attorney_represented"]
    after = (inbound, call("2026-04-07", "no_answer", clock="12:10"))
    assert codes(back, history=after, **facts) == ["attorney_represented"]
    assert answer(replace(back, debt="E", discussed_debts=(), purpose="collection"), **facts).allowed
    assert codes(replace(back, debt="E", purpose="collection"), **facts) == ["attorney_represented"]
    assert answer(ask(on("2026-04-07"), recipient="attorney"), **facts).allowed


def test_t11_a_silent_attorneys_hold_is_given_its_last_day_and_ends_on_it() -> None:
    facts: dict[str, Any] = {"holds": (Hold("attorney", "D", date(2026, 3, 1), date(2026, 4, 10)),)}
    assert ends(ask(on("2026-04-09")), **facts) == [("attorney_represented", on("2026-04-10", "00:00"))]
    assert answer(ask(on("2026-04-10")), **facts).allowed


@pytest.mark.parametrize("channel", ["call", "letter"])
def test_t12_no_calls_at_work_means_the_number_and_the_address_there(channel: str) -> None:
    facts: dict[str, Any] = {"holds": (Hold("employer_prohibited", None, date(2026, 3, 1), None),)}
    assert codes(ask(on("2026-04-07"), channel, place="work"), **facts) == ["employer_prohibited"]
    assert answer(ask(on("2026-04-07"), channel, place="home"), **facts).allowed


def test_t14_after_a_cease_each_notice_goes_once_for_a_debt() -> None:
    holds = (Hold("cease", "D", date(2026, 8, 6), None),)
    assert answer(ask(on("2026-08-05"), "letter"), holds=holds).allowed
    assert codes(ask(on("2026-08-06"), "letter"), holds=holds) == ["cease_communication"]
    for tag in ("terminate", "may_invoke", "will_invoke"):
        letter = ask(on("2026-08-07"), "letter", template_tags=frozenset({tag}))
        assert answer(letter, holds=holds).allowed
        assert codes(letter, holds=holds, notices=(Notice(tag, "D"),)) == ["cease_communication"]
        assert answer(letter, holds=holds, notices=(Notice(tag, "E"),)).allowed
    assert answer(replace(ask(on("2026-08-07"), "letter"), debt="E"), holds=holds).allowed


# --- other people


def test_t16_a_neighbour_is_asked_once_where_they_live() -> None:
    first = ask(on("2026-04-07"), address=NEIGHBOUR, purpose="location", recipient="third_party")
    assert answer(first).allowed
    talked = (call("2026-04-05", "conversation", address=NEIGHBOUR, recipient="third_party"),)
    assert ends(first, history=talked) == [("third_party_not_allowed", None)]
    assert answer(replace(first, address="+12125550199"), history=talked).allowed
    for tag in ("location_requested", "location_corrected"):
        assert answer(replace(first, template_tags=frozenset({tag})), history=talked).allowed
    assert codes(replace(first, purpose="collection")) == ["third_party_not_allowed"]


def test_t16_whom_nobody_can_tell_apart_is_not_asked() -> None:
    assert codes(ask(on("2026-04-07"), address="", purpose="location")) == ["third_party_not_allowed"]


@pytest.mark.parametrize(
    ("recipient", "allowed"),
    [("spouse", True), ("guardian", True), ("attorney", True), ("third_party", False)],
)
def test_t17_a_spouse_stands_as_the_consumer_and_a_grown_child_does_not(
    recipient: str, allowed: bool
) -> None:
    decision = answer(ask(on("2026-04-07"), recipient=recipient))
    assert [r.code for r in decision.reasons] == ([] if allowed else ["third_party_not_allowed"])


def test_t17_who_is_written_to_is_one_of_the_known() -> None:
    request = {"debt": "D", "channel": "call", "at": "2026-04-07T12:00:00-04:00", "recipient": "child"}
    with pytest.raises(QuestionError, match=r"request\.recipient"):
        read_question({"request": request})


def test_t56_after_a_death_only_who_acts_for_the_estate_is_written_to() -> None:
    facts: dict[str, Any] = {"holds": (Hold("deceased", None, date(2026, 3, 1), None),)}
    assert codes(ask(on("2026-04-07"), "letter"), **facts) == ["deceased_no_estate_rep"]
    assert answer(ask(on("2026-04-07"), "letter", recipient="estate_representative"), **facts).allowed


# --- electronic


def test_t19_a_stop_from_a_number_stops_texts_to_it_for_every_debt() -> None:
    question = {
        "request": {"debt": "E", "channel": "text", "address": NUMBER, "at": "2026-09-07T12:00:00-04:00"},
        "facts": {
            "zones": ["America/New_York"],
            "opt_outs": [{"medium": "text", "address": NUMBER}],
            "address_basis": [{"address": NUMBER, "basis": "SMS_CONSENT", "as_of": "2026-09-01"}],
        },
    }
    reasons = decide(*read_question(question), POLICY).reasons
    assert [(r.code, r.until) for r in reasons] == [("address_opt_out", None)]


def test_t24_an_address_that_others_read_is_never_used_again() -> None:
    for channel, address, code in (
        ("email", MAIL, "no_email_safe_harbor"),
        ("text", NUMBER, "no_sms_safe_harbor"),
    ):
        request = ask(on("2026-09-07"), channel)
        assert answer(request, address_basis=BASES).allowed
        assert ends(request, address_basis=BASES, disclosed=(address,)) == [(code, None)]
        assert answer(request, address_basis=BASES, disclosed=("other@example.com",)).allowed


@pytest.mark.parametrize(
    ("bases", "allowed"),
    [
        (("2026-04-01",), False),
        (("2026-04-02",), True),
        (("2026-01-01", "2026-05-20"), True),
    ],
)
def test_t23_a_consent_of_sixty_one_days_needs_a_clean_check_since(
    bases: tuple[str, ...], allowed: bool
) -> None:
    """A clean check of the reassigned numbers renews the basis: it is recorded as one of its day."""
    known = tuple(AddressBasis(NUMBER, "SMS_CONSENT", date.fromisoformat(day)) for day in bases)
    decision = answer(ask(on("2026-06-01"), "text"), address_basis=known)
    assert [r.code for r in decision.reasons] == ([] if allowed else ["no_sms_safe_harbor"])


# --- the eight rows of 1.12

SIX = tuple(call(f"2026-04-{day:02}") for day in range(2, 8))
PAIRS = tuple(call(f"2026-04-0{day}", clock=f"1{n}:00") for day in (2, 3, 6) for n in (0, 1))
SEVEN = tuple(call("2026-04-03", clock=f"1{n}:00") for n in range(7))
TALKED = (call("2026-08-11"), call("2026-08-14", "conversation"))
CALLED_IN = (call("2026-08-13", "conversation", direction="in"),)
STRANGER = tuple(call(f"2026-10-{day:02}", address=NEIGHBOUR) for day in range(6, 13))
WRONG = (
    *(call("2026-04-06", clock=f"1{n}:00") for n in range(7)),
    call("2026-04-08", "wrong_number", clock="09:00"),
)
FREQUENCY, COOLDOWN = "call_frequency", "conversation_cooldown"


@pytest.mark.parametrize(
    ("history", "at", "code", "next_day"),
    [
        ((call("2026-04-01"), *SIX), "2026-04-07", FREQUENCY, "2026-04-08"),
        ((call("2026-04-01"), *SIX), "2026-04-08", None, None),
        (SEVEN, "2026-04-09", FREQUENCY, "2026-04-10"),
        ((call("2026-04-01"), *PAIRS), "2026-04-07", FREQUENCY, "2026-04-08"),
        (TALKED, "2026-08-20", COOLDOWN, "2026-08-21"),
        (TALKED, "2026-08-21", None, None),
        (CALLED_IN, "2026-08-19", COOLDOWN, "2026-08-20"),
        (CALLED_IN, "2026-08-20", None, None),
        (WRONG, "2026-04-09", None, None),
    ],
)
def test_t26_the_rows_of_the_table(
    history: tuple[Touch, ...], at: str, code: str | None, next_day: str | None
) -> None:
    decision = answer(ask(on(at, "18:00"), address="+12125550199"), history=history)
    expected = [(code, on(next_day, "00:00"))] if code and next_day else []
    assert [(r.code, r.until) for r in decision.reasons] == expected
    if next_day:
        assert decision.next_allowed_at == on(next_day, "08:00")


def test_t26_seven_unanswered_calls_to_a_third_party_are_seven() -> None:
    eighth = ask(on("2026-10-12", "18:00"), address=NEIGHBOUR, purpose="location")
    assert ends(eighth, history=STRANGER) == [(FREQUENCY, on("2026-10-13", "00:00"))]
    assert answer(eighth, history=STRANGER[:6]).allowed
    told = tuple(touch._replace(recipient="third_party") for touch in STRANGER)
    assert answer(ask(on("2026-10-12", "18:00")), history=told).allowed


# --- consents and debts


def test_t30_consent_for_mondays_covers_no_other_day() -> None:
    given = (Consent("call", ("D",), on("2026-04-03", "09:00"), None, None, frozenset({0})),)
    facts: dict[str, Any] = {
        "history": (call("2026-04-03", "conversation", clock="08:30"),),
        "consents": given,
    }
    saturday = answer(ask(on("2026-04-04")), **facts)
    assert ends(ask(on("2026-04-04")), **facts) == [(COOLDOWN, on("2026-04-10", "00:00"))]
    assert saturday.next_allowed_at == on("2026-04-06", "08:00")
    assert answer(ask(on("2026-04-06")), **facts).allowed
    assert codes(ask(on("2026-04-07")), **facts) == [COOLDOWN]


@pytest.mark.parametrize(("allocation", "refused"), [("selected_debt", None), ("all_intended_debts", 7)])
def test_t32_unanswered_calls_count_for_the_debts_they_are_allocated_to(
    allocation: str, refused: int | None
) -> None:
    """Three calls a day for a week over three debts: each in turn seven times, or each call for all of them."""
    debts, made = ("D", "E", "F"), []
    for number in range(21):
        day, debt = f"2026-04-0{1 + number // 3}", debts[number % 3]
        about = (debt,) if allocation == "selected_debt" else debts
        request = replace(ask(on(day, f"1{number % 3}:00")), debt=debt, discussed_debts=about)
        found = codes(request, history=tuple(made))
        if found:
            assert (number, found) == (refused, [FREQUENCY])
            return
        made.append(call(day, clock=f"1{number % 3}:00", debts=about))
    assert refused is None


def test_t34_a_call_about_two_debts_waits_for_both() -> None:
    history = (call("2026-04-05", "conversation", debts=("E",)),)
    assert codes(ask(on("2026-04-07"), discussed_debts=("D", "E")), history=history) == [COOLDOWN]


def test_t35_calls_to_who_acts_for_them_are_not_calls_to_them() -> None:
    history = tuple(call("2026-04-05", clock=f"1{n}:00", recipient="attorney") for n in range(7))
    assert answer(ask(on("2026-04-07")), history=history).allowed
    assert answer(ask(on("2026-04-07"), recipient="attorney"), history=history).allowed


def test_t29_consent_counts_the_day_it_is_given_as_the_first_of_seven() -> None:
    eight = tuple(call("2026-06-10", clock=f"{10 + n}:00") for n in range(8))
    assert answer(ask(on("2026-06-10", "19:00")), history=eight, consents=consent("2026-06-04")).allowed
    assert codes(ask(on("2026-06-10", "19:00")), history=eight, consents=consent("2026-06-03")) == [FREQUENCY]


def test_what_is_new_in_a_question_is_read() -> None:
    question = {
        "request": {"debt": "D", "channel": "call", "at": "2026-04-07T12:00:00-04:00", "recipient": "consumer"},
        "facts": {
            "indicated_states": ["WA"],
            "disclosed": [MAIL],
            "stated": [{"zone": "America/Denver", "at": "2026-04-07T09:00:00-04:00", "until": None}],
            "notices": [{"tag": "terminate", "debt": "D"}],
            "consents": [{"kind": "call", "debts": ["D"], "given_at": "2026-04-07T09:00:00-04:00", "weekdays": [0]}],
            "history": [{"kind": "text", "direction": "out", "at": "2026-04-07T09:00:00-04:00", "place": "work",
                         "recipient": "spouse"}],
        },
    }  # fmt: skip
    request, facts = read_question(question)
    assert request.recipient == ""
    assert facts.stated == (
        Stated("America/Denver", datetime.fromisoformat("2026-04-07T13:00:00+00:00"), None),
    )
    assert (facts.notices, facts.disclosed, facts.indicated_states) == (
        (Notice("terminate", "D"),),
        (MAIL,),
        ("WA",),
    )
    assert facts.consents[0].weekdays == frozenset({0})
    assert (facts.history[0].place, facts.history[0].recipient) == ("work", "spouse")
