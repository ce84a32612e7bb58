"""The gate against a second, slow reading of interfaces.md, sentence by sentence, over random questions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.gate import decide
from compliance.policy import policy_on
from compliance.questions import answer_dict, read_question

HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
COUNTED = (
    "no_answer",
    "voicemail",
    "limited_content_message",
    "dropped",
    "conversation",
    "ringless_voicemail",
)
ZONES = (
    "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Phoenix", "Asia/Kolkata",
    "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Honolulu",
)  # fmt: skip
STARTS = st.sampled_from(
    [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 6), (4, 2), (10, 30), (11, 20))]
)


def instant(value: str) -> datetime:
    return datetime.fromisoformat(value)


class Reading:
    """What the sentences say of one question at one instant."""

    def __init__(self, question: dict[str, Any], at: datetime) -> None:
        self.request, self.facts, self.at = question["request"], question["facts"], at
        self.zones = [ZoneInfo(name) for name in self.facts["zones"]]
        self.channel, self.debt = self.request["channel"], self.request["debt"]
        self.today = self.day(at)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zones[0]).date()

    def codes(self) -> set[str]:
        rules = {
            "outside_hours": self.is_outside_hours(self.at),
            "inconvenient_time": self.is_inconvenient(self.at),
            "call_frequency": self.stands_on(self.today, self.calls, 7),
            "conversation_cooldown": self.stands_on(self.today, self.talks, 1),
            "state_frequency": self.stands_on(self.today, self.reached, 2),
            "dispute_hold": bool(self.holds()),
            "medium_opt_out": any(
                o["address"] is None and self.is_its_medium(o) for o in self.facts["opt_outs"]
            ),
            "address_opt_out": any(
                o["address"] == self.request["address"] and self.is_its_medium(o)
                for o in self.facts["opt_outs"]
            ),
        }
        return {code for code, stands in rules.items() if stands}

    # Hours hold in every zone listed. An inconvenient window stops a contact if it holds in any zone listed.

    def is_outside_hours(self, at: datetime) -> bool:
        local = [at.astimezone(zone) for zone in self.zones]
        return self.channel != "letter" and not all(time(8) <= clock.time() < time(21) for clock in local)

    def is_inconvenient(self, at: datetime) -> bool:
        return self.channel != "letter" and any(
            clock.weekday() in window["weekdays"] and window["start"] <= f"{clock:%H:%M}" < window["end"]
            for window in self.facts["inconvenient"]
            for clock in (at.astimezone(zone) for zone in self.zones)
        )

    # Counted calls: outgoing, about the debt asked, on the asked calendar day or the six before it, not consented to.

    @property
    def touches(self) -> list[dict[str, Any]]:
        return [t for t in self.facts["history"] if self.debt in t["debts"] and instant(t["at"]) <= self.at]

    @property
    def calls(self) -> list[dict[str, Any]]:
        if self.channel != "call" or self.consented(self.at):
            return []
        outgoing = [t for t in self.touches if t["direction"] == "out" and t["outcome"] in COUNTED]
        return [t for t in outgoing if not self.consented(instant(t["at"]))]

    @property
    def talks(self) -> list[dict[str, Any]]:
        if self.channel != "call" or self.consented(self.at):
            return []
        return [t for t in self.touches if t["outcome"] == "conversation"]

    @property
    def reached(self) -> list[dict[str, Any]]:
        if self.channel not in ("call", "text") or "MA" not in self.facts["residence_states"]:
            return []
        outgoing = [t for t in self.touches if t["direction"] == "out"]
        return [t for t in outgoing if t["kind"] == "text" or t["outcome"] in COUNTED]

    def consented(self, at: datetime) -> bool:
        talked = [
            instant(t["at"])
            for t in self.facts["history"]
            if self.debt in t["debts"] and t["outcome"] == "conversation"
        ]
        for consent in self.facts["consents"]:
            given = instant(consent["given_at"])
            if (
                self.debt in consent["debts"]
                and given <= at
                and self.day(at) < self.day(given) + 7 * DAY
                and not (consent["until"] and self.day(at) > date.fromisoformat(consent["until"]))
                and not (consent["revoked_at"] and instant(consent["revoked_at"]) < at)
                and not any(given < talk < at for talk in talked)
            ):
                return True
        return False

    def stands_on(self, day: date, touches: list[dict[str, Any]], limit: int) -> bool:
        return sum(day - 6 * DAY <= self.day(instant(t["at"])) <= day for t in touches) >= limit

    # A hold stands from its from day, and before its until day. An opt-out covers its medium; medium all is everything.

    def holds(self) -> list[dict[str, Any]]:
        return [
            hold
            for hold in self.facts["holds"]
            if hold["debt"] in (None, self.debt) and hold["from"] <= self.today.isoformat() < hold["until"]
        ]

    def is_its_medium(self, opt_out: dict[str, Any]) -> bool:
        return opt_out["medium"] in (self.channel, "all")

    # until

    def until(self, code: str) -> datetime | None:
        counts = {
            "call_frequency": (self.calls, 7),
            "conversation_cooldown": (self.talks, 1),
            "state_frequency": (self.reached, 2),
        }
        if code in counts:
            day = self.today
            while self.stands_on(day, *counts[code]):
                day += DAY
            return self.midnight(day)
        if code == "dispute_hold":
            return self.midnight(date.fromisoformat(max(hold["until"] for hold in self.holds())))
        if code in ("outside_hours", "inconvenient_time"):
            stands = self.is_outside_hours if code == "outside_hours" else self.is_inconvenient
            at = self.at
            while stands(at):
                at += HALF_HOUR
            return at
        return None

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zones[0]).astimezone(UTC)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Instants on the half hour, history of the three weeks before; zones near enough to have hours in common."""
    start = draw(STARTS)

    def moments(low: int, high: int) -> st.SearchStrategy[datetime]:
        return st.integers(low * 48, high * 48).map(lambda n: start + n * HALF_HOUR)

    at = draw(moments(0, 5))
    pool = draw(st.lists(moments(-14, 5).filter(lambda moment: moment <= at), min_size=3, max_size=9))
    past = st.sampled_from([*pool, at])  # drawn from few, so that instants are often equal
    clocks = st.integers(0, 47).map(lambda n: f"{n // 2:02}:{n % 2 * 30:02}")
    days = st.integers(-9, 9).map(lambda n: (at + n * DAY).date())
    debts = st.sampled_from([["D"], ["E"], ["D", "E"]])

    def optional(values: st.SearchStrategy[Any]) -> Any:
        return draw(st.none() | values)

    def touch() -> dict[str, Any]:
        kind = draw(st.sampled_from(["call", "call", "call", "text"]))
        outcomes = st.sampled_from([*COUNTED, "no_answer", "voicemail", "busy", "not_in_service"])
        return {
            "kind": kind, "direction": draw(st.sampled_from(["out", "out", "in"])), "at": draw(past).isoformat(),
            "debts": draw(debts), "address": "+12125550123", "outcome": draw(outcomes) if kind == "call" else None,
        }  # fmt: skip

    def consent() -> dict[str, Any]:
        until, revoked = optional(days), optional(past)
        return {
            "kind": "call", "debts": draw(debts), "given_at": draw(past).isoformat(),
            "until": until and until.isoformat(), "revoked_at": revoked and revoked.isoformat(),
        }  # fmt: skip

    def window() -> dict[str, Any]:
        first, last = sorted([draw(clocks), draw(clocks)])
        weekdays = draw(st.sets(st.integers(0, 6), min_size=1, max_size=5))
        return {
            "weekdays": sorted(weekdays),
            "start": first,
            "end": last,
            "place": None,
            "from": None,
            "until": None,
        }

    def hold() -> dict[str, Any]:
        first, last = sorted([draw(days), draw(days)])
        debt = draw(st.sampled_from([None, "D", "E"]))
        return {"kind": "dispute", "debt": debt, "from": first.isoformat(), "until": last.isoformat()}

    def opt_out() -> dict[str, Any]:
        medium = draw(st.sampled_from(["text", "email", "letter", "letter", "all"]))
        return {"medium": medium, "address": draw(st.sampled_from([None, "+12125550123", "+12125550199"]))}

    def some(make: Any, least: int, most: int) -> list[Any]:
        return [make() for _ in range(draw(st.integers(least, most)))]

    first = draw(st.integers(0, len(ZONES) - 1))
    near = [name for name in ZONES if overlap(name, ZONES[first], at)]
    zones = [ZONES[first], *draw(st.lists(st.sampled_from(near), max_size=2))]
    return {
        "request": {
            "person": "P", "debt": "D", "channel": draw(st.sampled_from(["call", "call", "text", "letter"])),
            "address": "+12125550123", "at": at.isoformat(),
        },
        "facts": {
            "zones": zones, "residence_states": draw(st.sampled_from([[], ["MA"], ["NY", "MA"]])),
            "history": some(touch, 0, 14), "consents": some(consent, 0, 2), "holds": some(hold, 0, 2),
            "opt_outs": some(opt_out, 0, 1), "inconvenient": some(window, 0, 2),
            "address_basis": [{"address": "+12125550123", "basis": "SMS_CONSENT", "as_of": "2026-02-20"},
                              {"address": "+12125550123", "basis": "SMS_CONSENT", "as_of": "2026-10-20"}],
        },
    }  # fmt: skip


def overlap(name: str, other: str, at: datetime) -> bool:
    """At most seven hours apart, so that a day has hours in common."""
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for zone in (name, other)]
    return abs(offsets[0] - offsets[1]) <= timedelta(hours=7)


def answer(question: dict[str, Any], at: datetime) -> dict[str, Any]:
    asked = {**question, "request": {**question["request"], "at": at.isoformat()}}
    request, facts = read_question(asked)
    return answer_dict(decide(request, facts, policy_on(date(2026, 4, 7))))


@settings(max_examples=300, deadline=None)
@given(questions())
def test_every_sentence_is_read_the_same_way_twice(question: dict[str, Any]) -> None:
    at = instant(question["request"]["at"])
    reading = Reading(question, at)
    reasons = {r["code"]: r["until"] and instant(r["until"]) for r in answer(question, at)["reasons"]}
    assert reasons == {code: reading.until(code) for code in reading.codes()}


@settings(max_examples=60, deadline=None)
@given(questions())
def test_the_next_allowed_instant_is_the_first_one_at_which_no_sentence_stands(
    question: dict[str, Any],
) -> None:
    at = instant(question["request"]["at"])
    given_up = at + timedelta(days=40)
    found = answer(question, at)["next_allowed_at"]
    while found is None or at < instant(found):
        codes = Reading(question, at).codes()
        assert codes, at
        if found is None and (codes & {"medium_opt_out", "address_opt_out"} or at > given_up):
            return  # hours and inconvenient windows may leave nothing of any week
        at += HALF_HOUR
    assert not Reading(question, at).codes()
    assert at == instant(found)
