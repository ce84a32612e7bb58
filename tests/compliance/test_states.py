"""States and cities: the rows of the pack, and that the strictest of those indicated decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compliance.gate import AddressBasis, Consent, Facts, Touch, decide
from compliance.overlays import Overlays
from compliance.policy import FOLDER, known_policies
from tests.compliance.making import (
    BASES,
    MAIL,
    NUMBER,
    POLICY,
    answer,
    ask,
    call,
    came,
    codes,
    ends,
    on,
    sent,
)

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, SUNDAY = (f"2026-09-{day:02}" for day in (14, 15, 16, 17, 20))


# --- Massachusetts


def test_t37_massachusetts_allows_two_calls_and_texts_a_week() -> None:
    facts: dict[str, Any] = {
        "residence_states": ("MA",),
        "history": (call("2026-04-05", "voicemail"), sent("text", "2026-04-06")),
    }
    assert ends(ask(on("2026-04-07")), **facts) == [("state_frequency", on("2026-04-12", "00:00"))]
    unreached = {**facts, "history": (call("2026-04-05", "busy"), call("2026-04-06", "not_in_service"))}
    assert answer(ask(on("2026-04-07")), **unreached).allowed


def test_t37_calls_to_anothers_number_do_not_count_in_massachusetts_either() -> None:
    history = (call("2026-04-04"), call("2026-04-05"), call("2026-04-06", "wrong_number"))
    request = ask(on("2026-04-07"), address="+12125550199")
    assert answer(request, history=history, residence_states=("MA",)).allowed


def test_t37_massachusetts_allows_two_in_thirty_days_at_work() -> None:
    history = (call("2026-04-01", place="work"), call("2026-04-12", place="work", address="+12125550177"))
    facts: dict[str, Any] = {"residence_states": ("MA",), "history": history}
    assert ends(ask(on("2026-04-20"), place="work"), **facts) == [
        ("state_frequency", on("2026-05-01", "00:00"))
    ]
    assert answer(ask(on("2026-04-20"), place="home"), **facts).allowed
    assert answer(ask(on("2026-05-01"), place="work"), **facts).allowed


def test_t37_a_touch_of_untold_place_went_where_the_same_number_is_now() -> None:
    facts: dict[str, Any] = {"residence_states": ("MA",), "history": (call("2026-04-01"), call("2026-04-09"))}
    assert codes(ask(on("2026-04-20"), place="work"), **facts) == ["state_frequency"]
    assert answer(ask(on("2026-04-20"), place="work", address="+12125550177"), **facts).allowed


# --- Washington


THREE = (call(MONDAY, "voicemail"), sent("letter", TUESDAY), call(WEDNESDAY, "conversation", debts=("E",)))


def test_t38_washington_allows_three_communications_in_a_calendar_week_about_any_debt() -> None:
    facts: dict[str, Any] = {"residence_states": ("WA",), "history": THREE, "address_basis": BASES}
    for channel in ("call", "text", "email", "letter"):
        assert ends(ask(on(THURSDAY), channel), **facts) == [("state_frequency", on("2026-09-21", "00:00"))]
    assert codes(ask(on(SUNDAY)), **facts) == ["state_frequency"]
    assert answer(ask(on("2026-09-21")), **facts).allowed


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "not_in_service"])
def test_t38_what_nobody_heard_is_no_communication(outcome: str) -> None:
    history = (*THREE[:2], call(WEDNESDAY, outcome))
    assert answer(ask(on(THURSDAY)), residence_states=("WA",), history=history).allowed


def test_t38_required_notices_and_an_answer_to_them_stay_free() -> None:
    facts: dict[str, Any] = {"residence_states": ("WA",), "history": THREE, "address_basis": BASES}
    assert answer(ask(on(THURSDAY), "letter", purpose="required_notice"), **facts).allowed
    reply = ask(on(THURSDAY), "email", purpose="response")
    assert codes(reply, **facts) == ["state_frequency"]
    facts["history"] = (*THREE, came("email", THURSDAY, clock="11:00"))
    assert answer(reply, **facts).allowed


def test_t38_washington_allows_one_a_week_at_work() -> None:
    facts: dict[str, Any] = {
        "residence_states": ("WA",),
        "history": (call(MONDAY, "voicemail", place="work"),),
    }
    assert ends(ask(on(TUESDAY), place="work"), **facts) == [("state_frequency", on("2026-09-21", "00:00"))]
    assert answer(ask(on(TUESDAY), place="home"), **facts).allowed


@pytest.mark.parametrize(("clock", "allowed"), [("07:29", False), ("07:30", False), ("08:00", True)])
def test_t38_washingtons_hours_at_home_lie_inside_the_federal_ones(clock: str, allowed: bool) -> None:
    decision = answer(ask(on(MONDAY, clock), place="home"), residence_states=("WA",))
    assert decision.allowed == allowed
    assert [r.code for r in decision.reasons] == ([] if allowed else ["outside_hours"])


def test_t38_hours_of_a_state_that_are_narrower_hold() -> None:
    """Only at the place the row names, only there, and not before its first day."""
    (row,) = [row for row in POLICY.overlays.hours if row.place == "WA"]
    narrow = replace(row, hours=replace(row.hours, start=9 * 3600), valid_from=date(2026, 9, 15))
    policy = replace(POLICY, overlays=Overlays(hours=(narrow,)))
    facts = Facts(zones=("America/New_York",), residence_states=("WA",))
    at = {day: ask(on(day, "08:30"), place="home") for day in (MONDAY, TUESDAY)}
    assert decide(at[MONDAY], facts, policy).allowed
    assert decide(at[TUESDAY], facts, policy).next_allowed_at == on(TUESDAY, "09:00")
    assert decide(replace(at[TUESDAY], place="work"), facts, policy).allowed
    assert decide(at[TUESDAY], replace(facts, commercial=frozenset({"D"})), policy).allowed


# --- New York City


ANY_THREE = (call("2026-09-10"), sent("letter", "2026-09-11"), call("2026-09-12", "busy"))


def test_t39_new_york_city_allows_three_attempts_a_week_on_any_channel() -> None:
    facts: dict[str, Any] = {"cities": ("Brooklyn",), "history": ANY_THREE, "address_basis": BASES}
    for channel in ("call", "text", "email", "letter"):
        assert ends(ask(on(MONDAY), channel), **facts) == [("state_frequency", on("2026-09-17", "00:00"))]
    assert answer(ask(on("2026-09-17")), **facts).allowed
    assert answer(replace(ask(on(MONDAY)), debt="E"), **facts).allowed
    assert answer(ask(on(MONDAY), "letter", purpose="required_notice"), **facts).allowed


def test_t39_it_begins_on_the_first_of_september() -> None:
    history = tuple(call(f"2026-08-{day}") for day in (28, 29, 30))
    facts: dict[str, Any] = {"cities": ("New York",), "history": history}
    assert answer(ask(on("2026-08-31", "20:59")), **facts).allowed
    assert ends(ask(on("2026-09-01")), **facts) == [("state_frequency", on("2026-09-04", "00:00"))]


@pytest.mark.parametrize(
    ("city", "stands"),
    [
        ("New York", True),
        ("brooklyn", True),
        ("Brooklyn, NY", True),
        ("Brooklyn, OH", False),
        ("Albany", False),
    ],
)
def test_t39_a_city_is_known_by_the_names_the_post_has_for_it(city: str, stands: bool) -> None:
    decision = answer(ask(on(MONDAY)), cities=(city,), history=ANY_THREE, residence_states=("NY",))
    assert decision.allowed != stands


def test_t39_electronic_contact_needs_direct_consent() -> None:
    used = (
        AddressBasis(MAIL, "EMAIL_CONSUMER_USED", date(2026, 9, 1)),
        AddressBasis(NUMBER, "SMS_CONSUMER_TEXTED", date(2026, 9, 1)),
    )
    for channel, code in (("email", "no_email_safe_harbor"), ("text", "no_sms_safe_harbor")):
        request = ask(on(MONDAY), channel)
        assert ends(request, cities=("Queens",), address_basis=used) == [(code, None)]
        assert answer(request, address_basis=used).allowed
        given = (Consent(channel, ("D",), on("2026-09-15", "09:00"), None, None),)
        asked = answer(request, cities=("Queens",), address_basis=used, consents=given)
        assert asked.next_allowed_at == on("2026-09-15", "09:00")
        assert answer(request, cities=("Queens",), address_basis=BASES).allowed


# --- District of Columbia


@pytest.mark.parametrize(("made", "allowed"), [(3, True), (4, False)])
def test_t40_the_district_allows_four_calls_a_week(made: int, allowed: bool) -> None:
    history = tuple(call(f"2026-09-{8 + n:02}") for n in range(made))
    assert answer(ask(on("2026-09-12")), residence_states=("DC",), history=history).allowed == allowed


@pytest.mark.parametrize(("made", "allowed"), [(4, True), (5, False)])
def test_t40_and_five_electronic_messages(made: int, allowed: bool) -> None:
    history = tuple(sent(("text", "email")[n % 2], f"2026-09-{8 + n:02}") for n in range(made))
    facts: dict[str, Any] = {"residence_states": ("DC",), "history": history, "address_basis": BASES}
    decision = answer(ask(on("2026-09-13"), "email"), **facts)
    assert decision.allowed == allowed
    if not allowed:
        assert [(r.code, r.until) for r in decision.reasons] == [
            ("state_frequency", on("2026-09-15", "00:00"))
        ]
    assert answer(ask(on("2026-09-13")), **facts).allowed


def test_t40_before_consent_one_message_a_week_may_ask_for_it() -> None:
    creditor = (AddressBasis(MAIL, "EMAIL_CREDITOR", date(2026, 6, 1)),)
    facts: dict[str, Any] = {"residence_states": ("DC",), "address_basis": creditor}
    plain, asking = (
        ask(on(MONDAY), "email"),
        ask(on(MONDAY), "email", template_tags=frozenset({"consent_request"})),
    )
    assert ends(plain, **facts) == [("no_email_safe_harbor", None)]
    assert answer(asking, **facts).allowed
    facts["history"] = (sent("email", "2026-09-10"),)
    assert ends(asking, **facts) == [("no_email_safe_harbor", on("2026-09-17", "00:00"))]
    assert answer(replace(asking, at=on("2026-09-17")), **facts).allowed


# --- the strictest


def test_t41_of_massachusetts_and_washington_massachusetts_decides() -> None:
    history = (call(MONDAY, "voicemail"), sent("text", TUESDAY))
    states: dict[str, Any] = {"residence_states": ("MA",), "indicated_states": ("WA",)}
    decision = answer(ask(on(WEDNESDAY)), history=history, **states)
    assert [(r.code, r.rule) for r in decision.reasons] == [
        ("state_frequency", "209 CMR 18.16(1)(d); 940 CMR 7.04(1)(f)")
    ]
    assert answer(ask(on(WEDNESDAY)), history=history, residence_states=("WA",)).allowed
    assert codes(ask(on(WEDNESDAY)), history=history, indicated_states=("MA",)) == ["state_frequency"]


def test_t41_the_one_that_stands_longest_gives_the_reason() -> None:
    """Both are reached: Washington's week is over on Monday, the first of the two of Massachusetts goes on Tuesday."""
    history = (call("2026-09-15", "voicemail"), call(WEDNESDAY, "voicemail"), call(THURSDAY, "voicemail"))
    facts: dict[str, Any] = {"residence_states": ("MA", "WA"), "history": history}
    decision = answer(ask(on(SUNDAY)), **facts)
    assert [(r.rule[:3], r.until) for r in decision.reasons] == [("209", on("2026-09-23", "00:00"))]
    assert decision.next_allowed_at == on("2026-09-23", "08:00")


def test_t41_a_row_that_begins_before_another_ends_is_joined_to_it() -> None:
    history = tuple(call(f"2026-08-{day}", "voicemail") for day in (27, 29, 30))
    facts: dict[str, Any] = {"residence_states": ("MA",), "cities": ("New York",), "history": history}
    assert ends(ask(on("2026-08-31")), **facts) == [("state_frequency", on("2026-09-05", "00:00"))]
    only_city = {**facts, "residence_states": ()}
    assert answer(ask(on("2026-08-31")), **only_city).allowed


def test_commercial_debts_know_no_states() -> None:
    facts: dict[str, Any] = {
        "residence_states": ("WA", "DC", "MA"),
        "cities": ("New York",),
        "history": THREE + ANY_THREE,
    }
    assert answer(ask(on(THURSDAY)), commercial=frozenset({"D"}), **facts).allowed


def test_every_row_of_every_pack_has_its_citation_and_how_sure_it_is() -> None:
    rows = [
        row
        for policy in known_policies()
        for row in (
            *policy.overlays.limits,
            *policy.overlays.hours,
            *policy.overlays.consents,
            *policy.overlays.notices,
            *policy.tables.limitations.values(),
        )
    ]
    assert {getattr(row, "place", "") for row in rows} - {""} == {"MA", "WA", "NYC", "DC", "CO", "NY", "NV"}
    assert all(row.citation and row.confidence != "unstated" for row in rows)
    assert all(row.valid_from <= row.valid_to for row in rows if hasattr(row, "valid_from"))
    assert all(len(policy.tables.limitations) == 51 for policy in known_policies())
    assert len(list(FOLDER.glob("*.toml"))) == len(known_policies())


# --- what must hold for every history

STATES = st.lists(st.sampled_from(["MA", "WA", "DC", "CO", "NY"]), max_size=3, unique=True).map(tuple)
CITIES = st.sampled_from([(), ("New York",)])
INSTANTS = st.integers(0, 24 * 24 * 4).map(lambda n: on("2026-08-20", "00:00") + timedelta(minutes=15 * n))
TOUCHES = st.builds(
    Touch,
    st.sampled_from(["call", "call", "text", "email", "letter"]),
    st.sampled_from(["out", "out", "out", "in"]),
    INSTANTS,
    st.sampled_from([("D",), ("E",)]),
    st.sampled_from([NUMBER, MAIL]),
    st.sampled_from(["voicemail", "no_answer", "busy", "wrong_number"]),
    st.sampled_from(["", "work", "home"]),
)
ZONES = st.sampled_from([("America/New_York",), ("America/New_York", "America/Los_Angeles")])


@settings(max_examples=250, deadline=None)
@given(
    STATES,
    STATES,
    CITIES,
    ZONES,
    st.lists(TOUCHES, max_size=12),
    INSTANTS,
    st.sampled_from(["call", "text", "email", "letter"]),
    st.sampled_from(["", "work"]),
    st.sampled_from(["collection", "required_notice", "response"]),
)
def test_the_next_allowed_instant_is_allowed_in_every_state_and_nothing_before_it_is(
    residence: Any,
    indicated: Any,
    cities: Any,
    zones: Any,
    history: Any,
    at: Any,
    channel: str,
    place: str,
    purpose: str,
) -> None:
    facts = Facts(
        zones=zones,
        residence_states=residence,
        indicated_states=indicated,
        cities=cities,
        history=tuple(touch for touch in history if touch.at <= at),
        address_basis=(*BASES, AddressBasis(MAIL, "EMAIL_CREDITOR", date(2026, 1, 1))),
    )
    request = ask(at, channel, place=place or None, purpose=purpose)
    decision = decide(request, facts, POLICY)
    assume(not decision.allowed)
    found = decision.next_allowed_at
    assert found is not None
    assert decide(replace(request, at=found), facts, POLICY).allowed
    for share in (1, 7, 29, 53, 81, 99):
        between = at + (found - at) * share / 100
        assert not decide(replace(request, at=between), facts, POLICY).allowed, between
    assert not decide(replace(request, at=found - timedelta(seconds=1)), facts, POLICY).allowed
    for reason in decision.reasons:
        assert reason.until is not None
        later = {r.code for r in decide(replace(request, at=reason.until), facts, POLICY).reasons}
        assert reason.code not in later
