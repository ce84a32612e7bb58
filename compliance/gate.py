"""May we make this contact? Facts in, decision out: no Django, no clock, no database.

Every rule is a small function that answers None (it does not stand) or a Reason. All of them are evaluated. ``until`` is the
first instant at which the rule no longer stands as far as the facts tell, None when that is open-ended; so the first lawful
instant is found by stepping from one ``until`` to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from compliance.policy import Hours, Policy

COUNTED = frozenset(
    {
        "no_answer",
        "voicemail",
        "limited_content_message",
        "dropped",
        "conversation",
        "ringless_voicemail",
        "dialing",
    }
)
UNREACHED = frozenset({"busy", "not_in_service"})
CLOCKED = frozenset({"call", "text", "email", "in_person"})
ELECTRONIC = frozenset({"text", "email"})
CEASE_EXCEPTIONS = frozenset({"terminate", "may_invoke", "will_invoke"})
PRESSING_TAGS = frozenset({"payment_deadline", "suit_threat"})
ANSWERS = frozenset({"required_notice", "response"})
DAY = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class Touch:
    kind: str
    direction: str
    at: datetime
    debts: tuple[str, ...]
    address: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Consent:
    kind: str
    debts: tuple[str, ...]
    given_at: datetime
    until: date | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hold:
    kind: str
    debt: str | None
    from_on: date
    until: date | None


@dataclass(frozen=True, slots=True)
class OptOut:
    medium: str
    address: str | None


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


@dataclass(frozen=True, slots=True)
class Validation:
    sent_on: date | None
    period_ends_on: date | None


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


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    rule: str
    until: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reasons: tuple[Reason, ...]
    next_allowed_at: datetime | None
    policy_version: str


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


class Case:
    """One question with what several rules need: zones, calendar days of the history, consents."""

    __slots__ = (
        "_days",
        "at",
        "facts",
        "is_commercial",
        "local",
        "policy",
        "primary",
        "request",
        "today",
        "zones",
    )

    def __init__(
        self, request: Request, facts: Facts, policy: Policy, days: list[date] | None = None
    ) -> None:
        self.request, self.facts, self.policy = request, facts, policy
        self.at = request.at
        self.zones = tuple(zone(name) for name in (facts.zones or policy.unknown_zones))
        self.primary = self.zones[0]
        self.local = self.at.astimezone(self.primary)
        self.today = self.local.date()
        self.is_commercial = request.debt in facts.commercial
        self._days = days

    @property
    def days(self) -> list[date]:
        """The calendar day of each touch, in the primary zone."""
        if self._days is None:
            self._days = [touch.at.astimezone(self.primary).date() for touch in self.facts.history]
        return self._days

    @property
    def debts(self) -> tuple[str, ...]:
        """The debts the contact would be about: the one asked and those discussed with it."""
        others = tuple(debt for debt in self.request.discussed_debts if debt != self.request.debt)
        return (self.request.debt, *others)

    def later(self, at: datetime) -> Case:
        return Case(replace(self.request, at=at), self.facts, self.policy, self.days)

    def start_of(self, day: date) -> datetime:
        """00:00 of the day in the primary zone, as an instant."""
        return first_instant(day, 0, self.primary)


def first_instant(day: date, seconds: int, where: ZoneInfo) -> datetime:
    """The instant at which local clocks first show this time; in a spring-forward gap, the instant the gap ends."""
    local = datetime.combine(day, time.min, where) + timedelta(seconds=seconds)
    instant = local.astimezone(UTC)
    if instant.astimezone(where).replace(tzinfo=None) != local.replace(tzinfo=None):
        instant = _gap_end(day, where)
    return instant.astimezone(where)


def _gap_end(day: date, where: ZoneInfo) -> datetime:
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


# --- hours and places


def _hours(case: Case) -> Hours:
    return case.policy.commercial_hours if case.is_commercial else case.policy.consumer_hours


def _inside(hours: Hours, at: datetime, zones: Iterable[ZoneInfo]) -> bool:
    """Inside the hours of every zone, on one and the same calendar day: New York's evening is not Guam's next morning (T-05)."""
    day: date | None = None
    for where in zones:
        local = at.astimezone(where)
        second = local.hour * 3600 + local.minute * 60 + local.second
        if not (hours.start <= second < hours.end and local.weekday() in hours.weekdays):
            return False
        if day is not None and local.date() != day:
            return False
        day = local.date()
    return True


def _openings(hours: Hours, at: datetime, zones: Sequence[ZoneInfo], days: int) -> Iterator[datetime]:
    """Each instant at or after ``at`` at which some zone's window opens, in order: the common window opens at one of them."""
    found = []
    for where in zones:
        today = at.astimezone(where).date()
        for ahead in range(days):
            opening = first_instant(today + timedelta(days=ahead), hours.start, where)
            if opening >= at:
                found.append(opening)
    yield from sorted(found)


def _next_inside(case: Case) -> datetime | None:
    hours = _hours(case)
    if _inside(hours, case.at, case.zones):
        return case.at
    span = 4 if len(hours.weekdays) == 7 else 11
    return next(
        (at for at in _openings(hours, case.at, case.zones, span) if _inside(hours, at, case.zones)), None
    )


def location_zone_conflict(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or _next_inside(case) is not None:
        return None
    return Reason(
        "location_zone_conflict",
        "12 CFR 1006.6(b)(1)(i), comment 2",
        None,
        "No hour is convenient in every place this person may be; find out where they are.",
    )


def outside_hours(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or _answers_them(case):
        return None
    opens = _next_inside(case)
    if opens is None or opens == case.at:
        return None
    return Reason(
        "outside_hours",
        "12 CFR 1006.6(b)(1)(i)",
        opens.astimezone(case.primary),
        "It is outside the hours of contact in a place where this person may be.",
    )


def _window_holds(window: Inconvenient, at: datetime, zones: Iterable[ZoneInfo]) -> bool:
    for where in zones:
        local = at.astimezone(where)
        day, clock = local.date(), local.time()
        if (window.from_on is not None and day < window.from_on) or (
            window.until is not None and day >= window.until
        ):
            continue
        if window.weekdays and local.weekday() not in window.weekdays:
            continue
        if (window.start is None or clock >= window.start) and (window.end is None or clock < window.end):
            return True
    return False


def _is_place_only(window: Inconvenient) -> bool:
    return bool(window.place) and not window.weekdays and window.start is None and window.end is None


def _windows(case: Case) -> list[Inconvenient]:
    place = case.request.place
    return [w for w in case.facts.inconvenient if not _is_place_only(w) and (not w.place or w.place == place)]


def inconvenient_time(case: Case) -> Reason | None:
    if case.request.channel not in CLOCKED or _answers_them(case):
        return None
    windows = _windows(case)
    if not any(_window_holds(window, case.at, case.zones) for window in windows):
        return None
    return Reason(
        "inconvenient_time",
        "12 CFR 1006.6(b)(1)(i)",
        _end_of_windows(case, windows),
        "This person told us that this time is inconvenient.",
    )


def _end_of_windows(case: Case, windows: Sequence[Inconvenient]) -> datetime | None:
    """The first later instant in no window: one at which some window's end, or a midnight, falls in some zone."""
    ends = {0, *(_seconds(window.end) for window in windows if window.end is not None)}
    last = max((window.until for window in windows if window.until is not None), default=case.today)
    start = case.at
    for ahead in range(-1, case.policy.search_days):
        found = sorted(
            first_instant(start.astimezone(where).date() + timedelta(days=ahead), second, where)
            for where in case.zones
            for second in ends
        )
        found = sorted(found + _clock_changes(start + timedelta(days=ahead), case.zones))
        for at in found:
            if at > start and not any(_window_holds(window, at, case.zones) for window in windows):
                return at.astimezone(case.primary)
        if ahead > 8 and start.date() + timedelta(days=ahead) > last + timedelta(days=9):
            return None
    return None


def _clock_changes(near: datetime, zones: Iterable[ZoneInfo]) -> list[datetime]:
    """The instants of that day at which a zone sets its clocks."""
    days = [(near.astimezone(where).date(), where) for where in zones]
    return [
        _gap_end(day, where)
        for day, where in days
        if first_instant(day, 0, where).utcoffset() != first_instant(day + DAY, 0, where).utcoffset()
    ]


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def inconvenient_place(case: Case) -> Reason | None:
    place = case.request.place
    standing = [
        w
        for w in case.facts.inconvenient
        if _is_place_only(w)
        and w.place == place
        and (w.from_on is None or w.from_on <= case.today)
        and (w.until is None or case.today < w.until)
    ]
    if not standing or _answers_them(case):
        return None
    ends = [w.until for w in standing]
    until = None if None in ends else case.start_of(max(end for end in ends if end is not None))
    return Reason(
        "inconvenient_place",
        "12 CFR 1006.6(b)(1)(ii)",
        until,
        f"This person asked not to be contacted at {place}.",
    )


def _answers_them(case: Case) -> bool:
    """A consumer's own message may be answered once by the same medium, whatever the hour (comment 6(b)(1)-1)."""
    if case.request.purpose != "response":
        return False
    channel = case.request.channel
    touches = [t for t in case.facts.history if t.kind == channel and t.at <= case.at]
    inbound = max((t.at for t in touches if t.direction == "in"), default=None)
    if inbound is None or case.at - inbound > timedelta(hours=case.policy.response_hours):
        return False
    return not any(t.direction == "out" and t.at >= inbound for t in touches)


# --- holds


def _holds(case: Case, kind: str) -> list[Hold]:
    debts = case.debts
    return [
        hold
        for hold in case.facts.holds
        if hold.kind == kind
        and (hold.debt is None or hold.debt in debts)
        and hold.from_on <= case.today
        and (hold.until is None or case.today < hold.until)
    ]


def _hold_reason(case: Case, code: str, kinds: Sequence[str], rule: str, text: str) -> Reason | None:
    standing = [hold for kind in kinds for hold in _holds(case, kind)]
    if not standing:
        return None
    ends = [hold.until for hold in standing]
    until = None if None in ends else case.start_of(max(end for end in ends if end is not None))
    return Reason(code, rule, until, text)


def attorney_represented(case: Case) -> Reason | None:
    if _answers_them(case):
        return None
    text = "An attorney represents this person in this debt; contact the attorney."
    return _hold_reason(case, "attorney_represented", ("attorney",), "12 CFR 1006.6(b)(2)", text)


def employer_prohibited(case: Case) -> Reason | None:
    if case.request.place != "work":
        return None
    text = "The employer does not allow such contact at work."
    return _hold_reason(case, "employer_prohibited", ("employer_prohibited",), "12 CFR 1006.6(b)(3)", text)


def cease_communication(case: Case) -> Reason | None:
    if case.request.template_tags & CEASE_EXCEPTIONS:
        return None
    text = "This person asked in writing that we stop; only the three notices of the law may follow."
    return _hold_reason(case, "cease_communication", ("cease",), "12 CFR 1006.6(c)", text)


def dispute_hold(case: Case) -> Reason | None:
    if case.request.purpose in ANSWERS:
        return None
    text = "The debt is disputed; nothing goes out until the dispute is answered."
    return _hold_reason(case, "dispute_hold", ("dispute",), "12 CFR 1006.38(d)(2)", text)


def oc_request_hold(case: Case) -> Reason | None:
    if case.request.purpose in ANSWERS:
        return None
    text = "The original creditor's name was asked for and has not been sent yet."
    return _hold_reason(case, "oc_request_hold", ("original_creditor_request",), "12 CFR 1006.38(c)", text)


def validation_not_sent(case: Case) -> Reason | None:
    if case.request.purpose == "required_notice" or case.is_commercial:
        return None
    text = "The validation notice has not been sent."
    return _hold_reason(case, "validation_not_sent", ("validation_pending",), "12 CFR 1006.34(a)(1)", text)


def bankruptcy_stay(case: Case) -> Reason | None:
    text = "A bankruptcy stay forbids every act to collect."
    return _hold_reason(case, "bankruptcy_stay", ("bankruptcy",), "11 USC 362(a)(6)", text)


def discharged(case: Case) -> Reason | None:
    return _hold_reason(
        case, "discharged", ("discharged",), "11 USC 524(a)(2)", "The debt was discharged in bankruptcy."
    )


def deceased_no_estate_rep(case: Case) -> Reason | None:
    text = "This person has died; contact only somebody named who acts for the estate."
    return _hold_reason(case, "deceased_no_estate_rep", ("deceased",), "12 CFR 1006.6(a)(4)", text)


def scra_hold(case: Case) -> Reason | None:
    return _hold_reason(
        case,
        "scra_hold",
        ("scra",),
        "50 USC 3901 ff.",
        "A servicemember: a supervisor decides how to proceed.",
    )


def suppression_global(case: Case) -> Reason | None:
    text = "This account is suppressed or was recalled by its creditor."
    return _hold_reason(case, "suppression_global", ("suppression", "recalled"), "house policy", text)


def overshadowing(case: Case) -> Reason | None:
    if not case.request.template_tags & PRESSING_TAGS or case.is_commercial:
        return None
    ends = [
        v.period_ends_on
        for debt in case.debts
        if (v := case.facts.validation.get(debt)) is not None
        and v.period_ends_on is not None
        and case.today <= v.period_ends_on
    ]
    if not ends:
        return None
    until = case.start_of(max(ends) + DAY)
    return Reason(
        "overshadowing",
        "12 CFR 1006.38(b)",
        until,
        "The validation period is still running; no deadline and no threat of suit.",
    )


# --- frequency


def _is_consented(case: Case, debt: str, at: datetime, day: date) -> bool:
    """Whether a call at that instant, about that debt, is covered by a call consent (1006.14(b)(3)(i))."""
    for consent in case.facts.consents:
        if consent.kind != "call" or debt not in consent.debts or consent.given_at > at:
            continue
        given = consent.given_at.astimezone(case.primary).date()
        if (day - given).days >= case.policy.consent_days or (
            consent.until is not None and day > consent.until
        ):
            continue
        if consent.revoked_at is not None and consent.revoked_at <= at:
            continue
        if not _talked_between(case, debt, consent.given_at, at):
            return True
    return False


def _talked_between(case: Case, debt: str, after: datetime, before: datetime) -> bool:
    return any(
        t.kind == "call" and t.outcome == "conversation" and debt in t.debts and after < t.at < before
        for t in case.facts.history
    )


def _misdirected(case: Case) -> frozenset[str]:
    """Numbers that turned out to be somebody else's (comment 14(b)(2)(i)-1)."""
    return frozenset(t.address for t in case.facts.history if t.outcome == "wrong_number" and t.at <= case.at)


def _counted_days(case: Case, debt: str) -> list[date]:
    wrong = _misdirected(case)
    return sorted(
        day
        for touch, day in zip(case.facts.history, case.days, strict=True)
        if touch.kind == "call"
        and touch.direction == "out"
        and touch.outcome in COUNTED
        and debt in touch.debts
        and touch.at <= case.at
        and touch.address not in wrong
        and not _is_consented(case, debt, touch.at, day)
    )


def call_frequency(case: Case) -> Reason | None:
    if case.request.channel != "call" or case.is_commercial:
        return None
    limit, window = case.policy.call_limit, case.policy.call_window_days
    ends = []
    for debt in case.debts:
        if _is_consented(case, debt, case.at, case.today):
            continue
        days = [day for day in _counted_days(case, debt) if (case.today - day).days < window]
        if len(days) >= limit:
            ends.append(days[-limit] + timedelta(days=window))
    if not ends:
        return None
    text = f"{limit} calls about this debt in {window} days have been made."
    return Reason("call_frequency", "12 CFR 1006.14(b)(2)(i)(A)", case.start_of(max(ends)), text)


def conversation_cooldown(case: Case) -> Reason | None:
    if case.request.channel != "call" or case.is_commercial:
        return None
    window, ends = case.policy.cooldown_days, []
    for debt in case.debts:
        if _is_consented(case, debt, case.at, case.today):
            continue
        talked = [
            day
            for touch, day in zip(case.facts.history, case.days, strict=True)
            if touch.kind == "call"
            and touch.outcome == "conversation"
            and debt in touch.debts
            and touch.at <= case.at
        ]
        if talked and (case.today - max(talked)).days < window:
            ends.append(max(talked) + timedelta(days=window))
    if not ends:
        return None
    text = f"You spoke with this person about this debt within the last {window} days."
    return Reason("conversation_cooldown", "12 CFR 1006.14(b)(2)(i)(B)", case.start_of(max(ends)), text)


def state_frequency(case: Case) -> Reason | None:
    if case.is_commercial:
        return None
    ends: list[date] = []
    rules: list[str] = []
    for law in case.policy.state_limits:
        if law.state not in case.facts.residence_states or case.request.channel not in law.channels:
            continue
        for debt in case.debts:
            days = sorted(
                day
                for touch, day in zip(case.facts.history, case.days, strict=True)
                if touch.kind in law.channels
                and touch.direction == "out"
                and touch.outcome not in UNREACHED
                and touch.outcome != "wrong_number"
                and debt in touch.debts
                and touch.at <= case.at
                and (case.today - day).days < law.window_days
            )
            if len(days) >= law.limit:
                ends.append(days[-law.limit] + timedelta(days=law.window_days))
                rules.append(law.citation)
    if not ends:
        return None
    return Reason(
        "state_frequency",
        rules[0],
        case.start_of(max(ends)),
        "The state's limit of calls and texts about this debt is reached.",
    )


# --- media and addresses


def medium_opt_out(case: Case) -> Reason | None:
    channel = case.request.channel
    if any(o.address is None and o.medium in (channel, "all") for o in case.facts.opt_outs):
        return Reason(
            "medium_opt_out", "12 CFR 1006.14(h)(1)", None, f"This person asked us not to use {channel}."
        )
    return None


def address_opt_out(case: Case) -> Reason | None:
    request = case.request
    if any(
        o.address is not None
        and same_address(o.address, request.address)
        and o.medium in (request.channel, "all")
        for o in case.facts.opt_outs
    ):
        return Reason(
            "address_opt_out",
            "12 CFR 1006.14(h)(1)",
            None,
            "This person asked us not to use this address or number.",
        )
    return None


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def no_email_safe_harbor(case: Case) -> Reason | None:
    if case.request.channel != "email" or case.is_commercial:
        return None
    starts = [
        b.as_of
        for b in case.facts.address_basis
        if b.basis.startswith("EMAIL_") and same_address(b.address, case.request.address)
    ]
    if any(start <= case.today for start in starts):
        return None
    until = case.start_of(min(starts)) if starts else None
    return Reason(
        "no_email_safe_harbor",
        "12 CFR 1006.6(d)(4)",
        until,
        "Nothing on file allows e-mail to this address; ask for consent.",
    )


def no_sms_safe_harbor(case: Case) -> Reason | None:
    if case.request.channel != "text" or case.is_commercial:
        return None
    starts = [
        b.as_of
        for b in case.facts.address_basis
        if b.basis.startswith("SMS_") and same_address(b.address, case.request.address)
    ]
    if any(0 <= (case.today - start).days <= case.policy.sms_basis_days for start in starts):
        return None
    ahead = [start for start in starts if start > case.today]
    until = case.start_of(min(ahead)) if ahead else None
    text = (
        f"Nothing of the last {case.policy.sms_basis_days} days allows texts to this number; ask for consent."
    )
    return Reason("no_sms_safe_harbor", "12 CFR 1006.6(d)(5)", until, text)


def employer_email(case: Case) -> Reason | None:
    """An address the employer provides needs the consumer's own use or consent (1006.22(f)(3))."""
    address = case.request.address
    if case.request.channel != "email" or not any(
        same_address(known, address) for known in case.facts.employer_emails
    ):
        return None
    given = {
        b.basis
        for b in case.facts.address_basis
        if same_address(b.address, address) and b.as_of <= case.today
    }
    if given & {"EMAIL_CONSENT", "EMAIL_CONSUMER_USED"}:
        return None
    return Reason(
        "employer_email",
        "12 CFR 1006.22(f)(3)",
        None,
        "This address is the employer's; ask for another or for consent.",
    )


def address_undeliverable(case: Case) -> Reason | None:
    if not any(same_address(address, case.request.address) for address in case.facts.undeliverable):
        return None
    return Reason(
        "address_undeliverable", "12 CFR 1006.42(a)", None, "What was sent to this address came back."
    )


Rule = Callable[[Case], Reason | None]

RULES: tuple[Rule, ...] = (
    outside_hours,
    inconvenient_time,
    inconvenient_place,
    attorney_represented,
    employer_prohibited,
    cease_communication,
    call_frequency,
    conversation_cooldown,
    state_frequency,
    medium_opt_out,
    address_opt_out,
    no_email_safe_harbor,
    no_sms_safe_harbor,
    employer_email,
    dispute_hold,
    oc_request_hold,
    validation_not_sent,
    overshadowing,
    bankruptcy_stay,
    discharged,
    deceased_no_estate_rep,
    scra_hold,
    location_zone_conflict,
    address_undeliverable,
    suppression_global,
)


def decide(request: Request, facts: Facts, policy: Policy) -> Decision:
    """Evaluates every rule. ``request.at`` carries its zone."""
    case = Case(request, facts, policy)
    reasons = _reasons(case)
    if not reasons:
        return Decision(True, (), case.local, policy.version)
    return Decision(False, reasons, _first_allowed(case, reasons), policy.version)


def _reasons(case: Case) -> tuple[Reason, ...]:
    return tuple(reason for rule in RULES if (reason := rule(case)) is not None)


def _first_allowed(case: Case, reasons: tuple[Reason, ...]) -> datetime | None:
    limit = case.at + timedelta(days=case.policy.search_days)
    while reasons:
        ends = [reason.until for reason in reasons]
        if any(end is None for end in ends):
            return None
        at = max(end for end in ends if end is not None)
        if at > limit or at <= case.at:
            return None
        case = case.later(at)
        reasons = _reasons(case)
    return case.local
