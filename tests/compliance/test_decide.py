"""What a decision says beside yes and no, and the ways that open while somebody waits."""

from __future__ import annotations

from compliance.case import Consent, Stated
from tests.compliance.making import POLICY, answer, ask, call, on

TALK = call("2026-04-07", "conversation")
"""Rests until the fourteenth."""
RESTED = on("2026-04-14", "08:00")


def given(day: str, clock: str, *weekdays: int) -> Consent:
    return Consent("call", ("D",), on(day, clock), None, None, frozenset(weekdays))


def test_a_yes_holds_from_the_instant_asked_about_and_names_the_law() -> None:
    at = on("2026-04-08")
    said = answer(ask(at))
    assert (said.allowed, said.reasons, said.next_allowed_at, said.policy_version) == (
        True,
        (),
        at,
        POLICY.version,
    )


def test_a_no_names_the_law_and_warns_of_nothing() -> None:
    said = answer(ask(on("2026-04-08")), history=(TALK,))
    assert (said.allowed, said.policy_version, said.warnings) == (False, POLICY.version, ())
    assert said.next_allowed_at == RESTED


def test_whether_a_call_may_be_recorded_is_told_to_those_who_ask() -> None:
    assert answer(ask(on("2026-04-08"))).recording is None
    assert answer(ask(on("2026-04-08"), recording=True)).recording is not None


def test_of_several_consents_the_first_that_opens_a_way_ends_the_wait() -> None:
    either = (given("2026-04-09", "09:30"), given("2026-04-08", "10:00", 5))
    for consents in (either, either[::-1]):
        said = answer(ask(on("2026-04-08")), history=(TALK,), consents=consents)
        assert said.next_allowed_at == on("2026-04-09", "09:30")


def test_a_consent_to_a_day_of_the_week_opens_the_very_next_day() -> None:
    said = answer(ask(on("2026-04-08")), history=(TALK,), consents=(given("2026-04-08", "09:00", 3),))
    assert said.next_allowed_at == on("2026-04-09", "08:00")


def test_a_consent_and_a_place_they_will_be_in_both_open() -> None:
    elsewhere = Stated("America/Chicago", on("2026-04-20", "12:00"), None)
    said = answer(
        ask(on("2026-04-08")), history=(TALK,), consents=(given("2026-04-09", "09:30"),), stated=(elsewhere,)
    )
    assert said.next_allowed_at == on("2026-04-09", "09:30")


def test_the_end_of_a_stay_elsewhere_opens_the_hours_of_home() -> None:
    """Nine in New York is ten at night in Tokyo, where it opens at seven in the evening of New York."""
    abroad = Stated("Asia/Tokyo", on("2026-04-07", "20:00"), on("2026-04-08", "13:00"))
    said = answer(ask(on("2026-04-08", "09:00")), stated=(abroad,))
    assert not said.allowed
    assert said.next_allowed_at == on("2026-04-08", "13:00")
    stays = Stated("Asia/Tokyo", on("2026-04-07", "20:00"), None)
    assert answer(ask(on("2026-04-08", "09:00")), stated=(stays,)).next_allowed_at == on(
        "2026-04-08", "19:00"
    )


def test_what_opens_at_the_instant_asked_about_opens_nothing_more() -> None:
    here = Stated("America/New_York", on("2026-04-08", "07:00"), None)
    said = answer(ask(on("2026-04-08", "07:00")), stated=(here,))
    assert said.next_allowed_at == on("2026-04-08", "08:00")
