"""What the gate is asked, what it answers, and one question with what several of its rules need. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from compliance.lawtables import MANUAL
from compliance.overlays import Hours, Overlays
from compliance.policy import Policy

DAY = timedelta(days=1)
UNANSWERED = frozenset({"no_answer", "voicemail", "limited_content_message", "dropped", "ringless_voicemail", "dialing"})  # fmt: skip
"""Calls in which no debt was spoken of: they are allocated (1006.14(b)(4))."""


@dataclass(frozen=True, slots=True)
class Request:
    person: str
    debt: str
    channel: str
    at: datetime
    address: str = ""
    place: str | None = None
    discussed_debts: tuple[str, ...] = ()
    purpose: str = "collection"
    template_tags: frozenset[str] = frozenset()
    recipient: str = ""
    dial_mode: str = MANUAL
    recording: str = ""


class Touch(NamedTuple):
    """``recipient`` blank: the consumer; ``place`` blank: not known; ``mode`` blank: dialled by hand."""

    kind: str
    direction: str
    at: datetime
    debts: tuple[str, ...]
    address: str
    outcome: str
    place: str = ""
    recipient: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """Given to us: what was given to a creditor or an earlier collector is none (1006.6(b)(4))."""

    kind: str
    debts: tuple[str, ...]
    given_at: datetime
    until: date | None
    revoked_at: datetime | None
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Hold:
    kind: str
    debt: str | None
    from_on: date
    until: date | None
    part: bool = False
    """A dispute of a part of the debt only."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """``at``, when it is known, opens the few minutes in which one confirmation may follow."""

    medium: str
    address: str | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inconvenient:
    weekdays: frozenset[int]
    start: time | None
    end: time | None
    place: str | None
    from_on: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class AddressBasis:
    address: str
    basis: str
    as_of: date
    deadline: date | None = None
    checked_on: date | None = None
    used_by_prior: bool = True


@dataclass(frozen=True, slots=True)
class DialConsent:
    """Consent to be dialled or texted by machine at a number, whoever was given it (47 CFR 64.1200(a)(1)(iii), (a)(10))."""

    address: str
    given_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CoDebtorStay:
    """A bankruptcy of another who owes the same debt; ``chapter`` blank: not known."""

    debt: str | None
    from_on: date
    until: date | None
    chapter: str


@dataclass(frozen=True, slots=True)
class Licence:
    place: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class DebtFacts:
    """What states ask about a debt. ``accrued_on``: the right to sue began; ``limitation_on``: its last day, when we were told one."""

    kind: str = ""
    accrued_on: date | None = None
    last_payment_on: date | None = None
    tolled_days: int = 0
    limitation_on: date | None = None
    notice_on: date | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    sent_on: date | None
    period_ends_on: date | None


@dataclass(frozen=True, slots=True)
class Stated:
    """Where the consumer said to be from ``at`` on, before ``until``; the latest such saying stands alone."""

    zone: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One of the three notices that may follow a request to cease, already sent (``tag`` as its template's)."""

    tag: str
    debt: str


@dataclass(frozen=True, slots=True)
class Facts:
    zones: tuple[str, ...] = ()
    residence_states: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    history: tuple[Touch, ...] = ()
    consents: tuple[Consent, ...] = ()
    holds: tuple[Hold, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    inconvenient: tuple[Inconvenient, ...] = ()
    address_basis: tuple[AddressBasis, ...] = ()
    undeliverable: tuple[str, ...] = ()
    validation: dict[str, Validation] = field(default_factory=dict)
    commercial: frozenset[str] = frozenset()
    employer_emails: tuple[str, ...] = ()
    indicated_states: tuple[str, ...] = ()
    stated: tuple[Stated, ...] = ()
    notices: tuple[Notice, ...] = ()
    disclosed: tuple[str, ...] = ()
    frequency_groups: dict[str, str] = field(default_factory=dict)
    dial_consents: tuple[DialConsent, ...] = ()
    lines: dict[str, str] = field(default_factory=dict)
    debts: dict[str, DebtFacts] = field(default_factory=dict)
    licences: tuple[Licence, ...] | None = None
    co_debtor_stays: tuple[CoDebtorStay, ...] = ()
    born_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    rule: str
    until: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Warned:
    """What speaks against an allowed contact without forbidding it."""

    code: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """``recording``: whether the call may be recorded, a Reason when not; None when it was not asked."""

    allowed: bool
    reasons: tuple[Reason, ...]
    next_allowed_at: datetime | None
    policy_version: str
    warnings: tuple[Warned, ...] = ()
    recording: Reason | bool | None = None


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


class Case:
    """One question at one instant, with what several rules need: zones, debts, the history that still counts."""

    __slots__ = (
        "_recent",
        "_touches",
        "at",
        "debts",
        "facts",
        "hours",
        "is_commercial",
        "laws",
        "local",
        "opens",
        "policy",
        "primary",
        "request",
        "today",
        "zones",
    )

    def __init__(self, request: Request, facts: Facts, policy: Policy) -> None:
        self.request, self.policy = request, policy
        if not policy.allocates_to_all:
            facts = replace(facts, history=tuple(map(_selected, facts.history)))
        self.facts = facts = _grouped(facts) if facts.frequency_groups else facts
        self.zones = tuple(zone(name) for name in (facts.zones or policy.unknown_zones))
        self.primary = self.zones[0]
        self.is_commercial = request.debt in facts.commercial
        self.laws: Overlays = policy.overlays.of(
            facts.residence_states, facts.indicated_states, facts.cities, request.channel, request.place
        )
        # The debts the contact would be about: the one asked and those discussed with it.
        self.debts = tuple(dict.fromkeys((request.debt, *request.discussed_debts)))
        self._recent: list[Touch] | None = None
        self.move_to(request.at)

    def move_to(self, at: datetime) -> None:
        """Ask the same at a later instant. In UTC, since datetimes of one zone compare by their wall clocks."""
        self.at = at.astimezone(UTC)
        if self.facts.stated:
            self._move_zones()
        self.local = self.at.astimezone(self.primary)
        self.today = self.local.date()
        self.hours = self._hours()
        self.opens: tuple[datetime | None] | None = None
        self._touches: dict[tuple[str, frozenset[str], int], list[Touch]] = {}

    def _move_zones(self) -> None:
        said = [s for s in self.facts.stated if s.at <= self.at and (s.until is None or self.at < s.until)]
        names = (
            [max(said, key=lambda s: s.at).zone] if said else self.facts.zones or self.policy.unknown_zones
        )
        self.zones = tuple(zone(name) for name in names)
        self.primary = self.zones[0]

    def _hours(self) -> Hours:
        """The federal hours and, for a consumer's debt, those of every state the facts indicate."""
        if self.is_commercial:
            return self.policy.commercial_hours
        hours = self.policy.consumer_hours
        for row in self.laws.hours:
            if row.is_in_force(self.today):
                hours = hours.common(row.hours)
        return hours

    @property
    def recent(self) -> list[Touch]:
        """Touches about these debts, in UTC, that may still count: from the longest look-back of the policy on.

        Only those with the person asked about: a third party is known by the number or address.
        """
        if self._recent is None:
            since, debts = self.at - timedelta(days=self.policy.lookback_days), set(self.debts)
            located, to = self.request.purpose == "location", self.request.recipient
            self._recent = [
                _in_utc(touch)
                for touch in self.facts.history
                if touch.at >= since
                and (touch.address == self.request.address if located else touch.recipient == to)
                and not debts.isdisjoint(touch.debts)
            ]
        return self._recent

    def touches(self, debt: str, kinds: frozenset[str], days: int) -> list[Touch]:
        """Those about a debt on the last ``days`` calendar days, up to the instant asked about."""
        found = self._touches.get((debt, kinds, days))
        if found is None:
            since, upto = first_instant(self.today - (days - 1) * DAY, 0, self.primary), self.at
            found = self._touches[debt, kinds, days] = [
                touch
                for touch in self.recent
                if since <= touch.at <= upto and touch.kind in kinds and debt in touch.debts
            ]
        return found

    def all_touches(self, kinds: Collection[str], days: int) -> list[Touch]:
        """The same about any debt and however long ago, with whoever is written to in this person's stead."""
        since, upto = first_instant(self.today - (days - 1) * DAY, 0, self.primary), self.at
        return [
            _in_utc(touch)
            for touch in self.facts.history
            if touch.kind in kinds and since <= touch.at <= upto
        ]

    def day_of(self, at: datetime) -> date:
        """Its calendar day in the primary zone."""
        return at.astimezone(self.primary).date()

    def start_of(self, day: date) -> datetime:
        """00:00 of the day in the primary zone."""
        return first_instant(day, 0, self.primary).astimezone(self.primary)


def _selected(touch: Touch) -> Touch:
    """A call in which no debt was spoken of counts for the one it was made for, which is named first."""
    return touch._replace(debts=touch.debts[:1]) if touch.outcome in UNANSWERED else touch


def _grouped(facts: Facts) -> Facts:
    """What is about one of several student loans under one account number is about all of them (1006.14(b)(4))."""
    groups = facts.frequency_groups

    def whole(debts: tuple[str, ...]) -> tuple[str, ...]:
        named = {groups[debt] for debt in debts if debt in groups}
        return tuple(dict.fromkeys([*debts, *(debt for debt, group in groups.items() if group in named)]))

    return replace(
        facts,
        history=tuple(touch._replace(debts=whole(touch.debts)) for touch in facts.history),
        consents=tuple(replace(consent, debts=whole(consent.debts)) for consent in facts.consents),
    )


def _in_utc(touch: Touch) -> Touch:
    return touch if touch.at.tzinfo is UTC else touch._replace(at=touch.at.astimezone(UTC))


@lru_cache(maxsize=8_192)
def first_instant(day: date, seconds: int, where: ZoneInfo) -> datetime:
    """The instant at which local clocks first show this time, in UTC; in a spring-forward gap, the instant the gap ends."""
    local = datetime.combine(day, time.min, where) + timedelta(seconds=seconds)
    instant = local.astimezone(UTC)
    if instant.astimezone(where).replace(tzinfo=None) != local.replace(tzinfo=None):
        instant = gap_end(day, where)
    return instant


def gap_end(day: date, where: ZoneInfo) -> datetime:
    """The instant of that day's change of offset, by bisection to the second."""
    low = datetime.combine(day, time.min, UTC) - DAY
    high = low + 3 * DAY
    start = low.astimezone(where).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == start:
            low = middle
        else:
            high = middle
    return high
