# ruff: noqa: RUF005
"""The regulation's own examples, each test named by its statement, and what must hold for every history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compliance.gate import (
    AddressBasis,
    Consent,
    Facts,
    Hold,
    Inconvenient,
    OptOut,
    Touch,
    Validation,
    decide,
)
from tests.compliance.making import BOTH, POLICY, answer, ask, call, codes, consent, on

# --- hours


def test_t01_eastern_number_and_pacific_address_opens_at_eleven_eastern() -> None:
    early = answer(ask(on("2026-11-23", "10:59")), zones=BOTH)
    assert [r.code for r in early.reasons] == ["outside_hours"]
    assert early.next_allowed_at == on("2026-11-23", "11:00")
    assert answer(ask(on("2026-11-23", "11:00")), zones=BOTH).allowed


def test_t02_nine_in_the_evening_is_too_late_to_the_second() -> None:
    late = answer(ask(on("2026-11-23", "21:00:00")), zones=BOTH)
    assert [r.code for r in late.reasons] == ["outside_hours"]
    assert late.next_allowed_at == on("2026-11-24", "11:00")
    assert answer(ask(on("2026-11-23", "20:59:59")), zones=BOTH).allowed


def test_t04_phoenix_and_los_angeles_agree_in_july_only() -> None:
    phoenix, zones = ZoneInfo("America/Phoenix"), ("America/Phoenix", "America/Los_Angeles")
    assert answer(ask(on("2026-07-15", "08:00", phoenix)), zones=zones).allowed
    refused = answer(ask(on("2026-01-15", "08:00", phoenix)), zones=zones)
    assert [r.code for r in refused.reasons] == ["outside_hours"]
    assert refused.next_allowed_at == on("2026-01-15", "09:00", phoenix)


def test_t05_new_york_and_guam_have_no_hour_in_common() -> None:
    refused = answer(ask(on("2026-11-23")), zones=("America/New_York", "Pacific/Guam"))
    assert [(r.code, r.until) for r in refused.reasons] == [("location_zone_conflict", None)]
    assert refused.next_allowed_at is None


@pytest.mark.parametrize(
    ("zones", "day", "opens", "closes"),
    [
        (BOTH, "2026-11-23", "16:00", "02:00"),
        (("America/New_York", "America/Denver"), "2026-11-23", "15:00", "02:00"),
        (("America/New_York", "Pacific/Honolulu"), "2026-11-23", "18:00", "02:00"),
        (("America/Phoenix", "America/Los_Angeles"), "2026-01-15", "16:00", "04:00"),
        (("America/Phoenix", "America/Los_Angeles"), "2026-07-15", "15:00", "04:00"),
        (("America/New_York", "America/Chicago", "America/Denver"), "2026-03-08", "14:00", "01:00"),
    ],
)
def test_the_windows_of_1_3(zones: tuple[str, ...], day: str, opens: str, closes: str) -> None:
    start = datetime.fromisoformat(f"{day}T{opens}:00+00:00")
    end = datetime.fromisoformat(f"{day}T{closes}:00+00:00") + timedelta(days=1)
    second = timedelta(seconds=1)
    allowed = [answer(ask(at), zones=zones).allowed for at in (start - second, start, end - second, end)]
    assert allowed == [False, True, True, False]


def test_an_unknown_zone_is_every_zone_of_the_policy_never_new_york() -> None:
    assert not answer(ask(on("2026-11-23", "12:59")), zones=()).allowed
    assert answer(ask(on("2026-11-23", "13:00")), zones=()).allowed


def test_letters_have_no_clock() -> None:
    assert answer(ask(on("2026-11-23", "03:00"), "letter")).allowed


def test_t07_a_note_of_no_tuesday_or_thursday_holds_until_its_end() -> None:
    window = Inconvenient(frozenset({1, 3}), None, None, None, date(2026, 1, 1), date(2027, 1, 1))
    refused = answer(ask(on("2026-12-29")), inconvenient=(window,))
    assert [r.code for r in refused.reasons] == ["inconvenient_time"]
    assert refused.next_allowed_at == on("2026-12-30", "08:00")
    assert answer(ask(on("2027-01-05")), inconvenient=(window,)).allowed


# --- holds


def test_t12_no_calls_at_work() -> None:
    hold = (Hold("employer_prohibited", None, date(2026, 3, 1), None),)
    assert codes(ask(on("2026-04-07"), place="work"), holds=hold) == ["employer_prohibited"]
    assert answer(ask(on("2026-04-07"), place="home"), holds=hold).allowed


def test_t15_stop_calling_leaves_letters() -> None:
    opt_outs = (OptOut("call", None),)
    assert codes(ask(on("2026-04-07")), opt_outs=opt_outs) == ["medium_opt_out"]
    assert answer(ask(on("2026-04-07"), "letter"), opt_outs=opt_outs).allowed


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("dispute", "dispute_hold"),
        ("original_creditor_request", "oc_request_hold"),
        ("bankruptcy", "bankruptcy_stay"),
        ("discharged", "discharged"),
        ("deceased", "deceased_no_estate_rep"),
        ("validation_pending", "validation_not_sent"),
        ("suppression", "suppression_global"),
        ("recalled", "suppression_global"),
        ("scra", "scra_hold"),
    ],
)
@pytest.mark.parametrize("channel", ["call", "letter"])
def test_t78_each_hold_has_its_code_and_ends_on_its_day(kind: str, code: str, channel: str) -> None:
    hold = (Hold(kind, None, date(2026, 4, 7), date(2026, 4, 9)),)
    refused = answer(ask(on("2026-04-07"), channel), holds=hold)
    assert [(r.code, r.until) for r in refused.reasons] == [(code, on("2026-04-09", "00:00"))]
    assert answer(ask(on("2026-04-09"), channel), holds=hold).allowed
    assert answer(ask(on("2026-04-06"), channel), holds=hold).allowed


def test_t53_no_deadline_inside_the_validation_period() -> None:
    facts: dict[str, Any] = {"validation": {"D": Validation(date(2026, 3, 20), date(2026, 4, 27))}}
    letter = ask(on("2026-04-27"), "letter", template_tags=frozenset({"payment_deadline"}))
    refused = answer(letter, **facts)
    assert [(r.code, r.until) for r in refused.reasons] == [("overshadowing", on("2026-04-28", "00:00"))]
    assert answer(replace(letter, at=on("2026-04-28")), **facts).allowed


# --- frequency; the vectors of 1.12 stand in test_statements.py


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("no_answer", True),
        ("voicemail", True),
        ("limited_content_message", True),
        ("dropped", True),
        ("ringless_voicemail", True),
        ("busy", False),
        ("not_in_service", False),
    ],
)
def test_t27_what_counts(outcome: str, counts: bool) -> None:
    history = tuple(call("2026-04-05", outcome, clock=f"1{n}:00") for n in range(7))
    assert codes(ask(on("2026-04-07")), history=history) == (["call_frequency"] if counts else [])


def test_t27_texts_do_not_count_as_calls() -> None:
    assert answer(
        ask(on("2026-04-07")), history=tuple(call("2026-04-05", "", kind="text") for _ in range(9))
    ).allowed


def test_t28_a_conversation_that_came_in_rests_too() -> None:
    history = (call("2026-08-13", "conversation", direction="in"),)
    assert codes(ask(on("2026-08-19")), history=history) == ["conversation_cooldown"]
    assert answer(ask(on("2026-08-20")), history=history).allowed


def test_t29_calls_consented_to_are_not_counted_for_seven_days() -> None:
    eight = tuple(
        call(f"2026-06-{day}", clock=f"{hour}:00") for day in ("08", "09", "10") for hour in (10, 11, 12)
    )
    assert answer(ask(on("2026-06-10", "18:00")), history=eight, consents=consent("2026-06-04")).allowed
    assert answer(ask(on("2026-06-11")), history=eight, consents=consent("2026-06-04")).allowed
    later = tuple(call("2026-06-11", clock=f"1{n}:00") for n in range(7))
    assert codes(ask(on("2026-06-11", "18:00")), history=later, consents=consent("2026-06-04")) == [
        "call_frequency"
    ]


def test_t31_a_conversation_ends_the_consent() -> None:
    history = (call("2026-04-03", "conversation", clock="08:30"), call("2026-04-06", "conversation"))
    assert codes(ask(on("2026-04-08")), history=history, consents=consent("2026-04-03")) == [
        "conversation_cooldown"
    ]


def test_t34_a_conversation_about_one_debt_leaves_the_other() -> None:
    history = (call("2026-04-05", "conversation"),)
    assert answer(replace(ask(on("2026-04-07")), debt="E"), history=history).allowed
    both = (call("2026-04-05", "conversation", debts=("D", "E")),)
    assert codes(replace(ask(on("2026-04-07")), debt="E"), history=both) == ["conversation_cooldown"]


def test_t35_two_numbers_of_a_person_are_one_counter() -> None:
    history = tuple(call("2026-04-05", clock=f"1{n}:00", address=f"+1212555010{n % 2}") for n in range(7))
    assert codes(ask(on("2026-04-07")), history=history) == ["call_frequency"]


def test_t36_calls_to_a_number_learned_to_be_anothers_are_taken_out_of_the_count() -> None:
    history = tuple(call("2026-04-05", clock=f"1{n}:00") for n in range(6)) + (
        call("2026-04-06", "wrong_number"),
    )
    assert answer(ask(on("2026-04-06", "18:00"), address="+12125550199"), history=history).allowed


# --- addresses


def test_t19_an_opt_out_of_one_address_stops_that_address_only() -> None:
    opt_outs = (OptOut("call", "+12125550123"),)
    assert codes(ask(on("2026-04-07")), opt_outs=opt_outs) == ["address_opt_out"]
    assert answer(ask(on("2026-04-07"), address="+12125550199"), opt_outs=opt_outs).allowed


def test_t20_a_creditors_notice_is_a_basis_once_the_days_to_opt_out_are_over() -> None:
    mail = ask(on("2026-04-05"), "email", address="a@example.com")
    assert codes(mail) == ["no_email_safe_harbor"]
    basis = (AddressBasis("A@example.com", "EMAIL_CREDITOR", date(2026, 3, 1)),)
    refused = answer(mail, address_basis=basis)
    assert [r.code for r in refused.reasons] == ["no_email_safe_harbor"]
    assert refused.next_allowed_at == on("2026-04-06", "08:00")
    assert answer(replace(mail, at=on("2026-04-06")), address_basis=basis).allowed


def test_t20_consent_is_a_basis_from_its_day() -> None:
    mail = ask(on("2026-04-05"), "email", address="a@example.com")
    basis = (AddressBasis("a@example.com", "EMAIL_CONSENT", date(2026, 4, 6)),)
    assert answer(mail, address_basis=basis).next_allowed_at == on("2026-04-06", "08:00")
    assert answer(replace(mail, at=on("2026-04-06")), address_basis=basis).allowed


def test_t21_an_employers_address_needs_the_persons_own_use_or_consent_or_a_prior_collectors() -> None:
    mail = ask(on("2026-04-07"), "email", address="a@maker.example")
    facts: dict[str, Any] = {"employer_emails": ("a@maker.example",)}

    def basis(kind: str) -> tuple[AddressBasis, ...]:
        return (AddressBasis("a@maker.example", kind, date(2026, 3, 1)),)

    assert codes(mail, address_basis=basis("EMAIL_CREDITOR"), **facts) == ["employer_email"]
    for kind in ("EMAIL_CONSENT", "EMAIL_CONSUMER_USED", "EMAIL_PRIOR_COLLECTOR"):
        assert answer(mail, address_basis=basis(kind), **facts).allowed


def test_t21_a_creditors_notice_carries_to_public_domains_only() -> None:
    mail = ask(on("2026-04-07"), "email", address="a@agency.gov")
    notice = (AddressBasis("a@agency.gov", "EMAIL_CREDITOR", date(2026, 3, 1)),)
    assert [(r.code, r.until) for r in answer(mail, address_basis=notice).reasons] == [
        ("no_email_safe_harbor", None)
    ]
    consent = (AddressBasis("a@agency.gov", "EMAIL_CONSENT", date(2026, 3, 1)),)
    assert answer(mail, address_basis=consent).allowed


def test_t23_a_text_basis_lasts_sixty_days() -> None:
    text = ask(on("2026-05-31"), "text")
    basis = (AddressBasis("+12125550123", "SMS_CONSENT", date(2026, 4, 1)),)
    assert answer(replace(text, at=on("2026-05-31")), address_basis=basis).allowed
    assert codes(replace(text, at=on("2026-06-01")), address_basis=basis) == ["no_sms_safe_harbor"]


def test_commercial_debts_have_business_hours_and_no_count() -> None:
    history = tuple(call("2026-04-06", clock=f"1{n}:00") for n in range(9))
    commercial = frozenset({"D"})
    assert answer(ask(on("2026-04-07")), history=history, commercial=commercial).allowed
    saturday = answer(ask(on("2026-04-11")), commercial=commercial)
    assert saturday.next_allowed_at == on("2026-04-13", "08:00")


def test_every_reason_is_returned_in_a_stable_order() -> None:
    facts: dict[str, Any] = {
        "holds": (
            Hold("bankruptcy", None, date(2026, 1, 1), None),
            Hold("attorney", None, date(2026, 1, 1), None),
        ),
        "opt_outs": (OptOut("all", None),),
        "history": tuple(call("2026-04-06", clock=f"1{n}:00") for n in range(7)),
    }
    assert codes(ask(on("2026-04-07", "06:00")), **facts) == [
        "outside_hours", "attorney_represented", "call_frequency", "medium_opt_out", "bankruptcy_stay",
    ]  # fmt: skip


def test_a_window_that_ends_before_it_starts_runs_over_midnight() -> None:
    """Fridays from 19:00 to 10:00: the night belongs to the Friday on which it began."""
    facts: dict[str, Any] = {
        "inconvenient": (Inconvenient(frozenset({4}), time(19), time(10), None, None, None),)
    }
    friday, saturday = "2026-04-10", "2026-04-11"
    refused = answer(ask(on(friday, "20:00")), **facts)
    assert [(r.code, r.until) for r in refused.reasons] == [("inconvenient_time", on(saturday, "10:00"))]
    assert codes(ask(on(saturday, "09:30")), **facts) == ["inconvenient_time"]
    assert answer(ask(on(saturday, "10:00")), **facts).allowed
    assert answer(ask(on(friday, "09:30")), **facts).allowed
    assert answer(ask(on(saturday, "20:00")), **facts).allowed


def test_a_hold_of_years_still_tells_its_end() -> None:
    hold = (Hold("scra", None, date(2026, 1, 1), date(2029, 1, 1)),)
    assert answer(ask(on("2026-04-07")), holds=hold).next_allowed_at == on("2029-01-01", "08:00")


def test_a_week_that_is_never_convenient_has_no_next_instant() -> None:
    window = (Inconvenient(frozenset(), time(7), time(22), None, None, None),)
    refused = answer(ask(on("2026-04-07")), inconvenient=window)
    assert refused.next_allowed_at is None
    assert [(r.code, r.until) for r in refused.reasons] == [("inconvenient_time", on("2026-04-07", "22:00"))]


def test_a_window_of_years_tells_its_end() -> None:
    window = (Inconvenient(frozenset(), None, None, None, None, date(2028, 2, 1)),)
    refused = answer(ask(on("2026-04-07")), inconvenient=window)
    assert [(r.code, r.until) for r in refused.reasons] == [("inconvenient_time", on("2028-02-01", "00:00"))]
    assert refused.next_allowed_at == on("2028-02-01", "08:00")


def test_t36_calls_after_the_number_was_learned_wrong_still_count() -> None:
    wrong = call("2026-04-04", "wrong_number")
    later = tuple(call("2026-04-05", clock=f"1{n}:00") for n in range(7))
    assert codes(ask(on("2026-04-06")), history=(wrong, *later)) == ["call_frequency"]


def test_a_consent_given_on_the_way_ends_the_wait() -> None:
    talk = call("2026-04-07", "conversation")
    given = Consent("call", ("D",), on("2026-04-09", "09:30"), None, None)
    refused = answer(ask(on("2026-04-08")), history=(talk,), consents=(given,))
    assert [r.until for r in refused.reasons] == [on("2026-04-14", "00:00")]
    assert refused.next_allowed_at == on("2026-04-09", "09:30")


def test_clocks_going_back_and_forward_move_nothing() -> None:
    """Seven calls on the day of 25 hours; the day after the change of March begins an hour early in UTC."""
    calls = tuple(call("2026-10-31", clock=f"1{n}:00") for n in range(7))
    refused = answer(ask(on("2026-11-01", "12:00")), history=calls)
    assert [r.until for r in refused.reasons] == [datetime(2026, 11, 7, 5, 0, tzinfo=UTC)]
    spring = answer(ask(on("2026-03-07", "22:00")))
    assert spring.next_allowed_at == datetime(2026, 3, 8, 12, 0, tzinfo=UTC)


# --- what must hold for every history

DAYS = st.integers(0, 30).map(lambda n: date(2026, 3, 1) + timedelta(days=n)) | st.integers(0, 20).map(
    lambda n: date(2026, 10, 25) + timedelta(days=n)
)
CLOCKS = st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))
INSTANTS = st.builds(lambda day, clock: datetime.combine(day, clock, UTC), DAYS, CLOCKS)
ZONES = st.lists(
    st.sampled_from(
        ["America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles", "Pacific/Honolulu"]
    ),
    max_size=3,
    unique=True,
).map(tuple)
TOUCHES = st.builds(
    Touch,
    st.sampled_from(["call", "text", "email"]),
    st.sampled_from(["in", "out"]),
    INSTANTS,
    st.sampled_from([("D",), ("E",), ("D", "E")]),
    st.sampled_from(["+12125550123", "+12125550199"]),
    st.sampled_from(["no_answer", "voicemail", "busy", "conversation", "wrong_number"]),
)
WINDOWS = st.builds(
    lambda days, start, end: Inconvenient(
        frozenset(days), min(start, end), max(start, end), None, None, None
    ),
    st.sets(st.integers(0, 6), max_size=6),
    CLOCKS,
    CLOCKS,
)
FACTS = st.builds(
    lambda zones, history, windows, holds, state: Facts(
        zones=zones,
        history=tuple(history),
        inconvenient=tuple(windows),
        holds=tuple(holds),
        residence_states=state,
    ),
    ZONES,
    st.lists(TOUCHES, max_size=20),
    st.lists(WINDOWS, max_size=2),
    st.lists(
        st.builds(
            lambda day, n: Hold("dispute", None, day, day + timedelta(days=n)), DAYS, st.integers(0, 20)
        ),
        max_size=2,
    ),
    st.sampled_from([(), ("MA",)]),
)


@settings(max_examples=250, deadline=None)
@given(FACTS, INSTANTS, st.sampled_from(["call", "letter"]))
def test_the_next_allowed_instant_is_allowed_and_nothing_before_it_is(
    facts: Facts, at: datetime, channel: str
) -> None:
    request = ask(at, channel)
    decision = decide(request, facts, POLICY)
    assert decision.allowed == (not decision.reasons)
    assume(not decision.allowed)
    found = decision.next_allowed_at
    assume(found is not None)
    assert found is not None
    assert found > at
    assert decide(replace(request, at=found), facts, POLICY).allowed
    for share in (1, 7, 29, 53, 81, 99):
        between = at + (found - at) * share / 100
        assert not decide(replace(request, at=between), facts, POLICY).allowed, between
    assert not decide(replace(request, at=found - timedelta(seconds=1)), facts, POLICY).allowed


@settings(max_examples=100, deadline=None)
@given(FACTS, INSTANTS)
def test_the_same_facts_get_the_same_answer(facts: Facts, at: datetime) -> None:
    assert decide(ask(at), facts, POLICY) == decide(ask(at), facts, POLICY)
