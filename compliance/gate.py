"""May we make this contact? Facts in, decision out: no Django, no clock, no database.

Every rule is a small function that answers None (it does not stand) or a Reason. All of them are evaluated. ``until`` is the
first instant at which the rule no longer stands as far as the facts tell, None when that is open-ended; so the first lawful
instant is found by stepping from one ``until`` to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta

from compliance.case import (
    DAY,
    AddressBasis,
    Case,
    Consent,
    Decision,
    Facts,
    Hold,
    Inconvenient,
    OptOut,
    Reason,
    Request,
    Touch,
    Validation,
)
from compliance.hours import (
    answers_them,
    inconvenient_place,
    inconvenient_time,
    location_zone_conflict,
    outside_hours,
)
from compliance.policy import Policy
from compliance.rules import MISSING

__all__ = [
    "AddressBasis",
    "Consent",
    "Decision",
    "Facts",
    "Hold",
    "Inconvenient",
    "OptOut",
    "Reason",
    "Request",
    "Touch",
    "Validation",
    "decide",
]

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
CALLS = frozenset({"call"})
EMAIL_BASES = frozenset({"EMAIL_CONSUMER_USED", "EMAIL_CONSENT", "EMAIL_CREDITOR", "EMAIL_PRIOR_COLLECTOR"})
SMS_BASES = frozenset({"SMS_CONSUMER_TEXTED", "SMS_CONSENT"})
CEASE_EXCEPTIONS = frozenset({"terminate", "may_invoke", "will_invoke"})
SUIT_TAGS = frozenset({"suit_threat", "threatens_legal_action"})
PRESSING_TAGS = SUIT_TAGS | {"payment_deadline"}
ANSWERS = frozenset({"required_notice", "response"})


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
    standing = [hold for kind in kinds for hold in _holds(case, kind)] if case.facts.holds else []
    if not standing:
        return None
    ends = [hold.until for hold in standing]
    until = None if None in ends else case.start_of(max(end for end in ends if end is not None))
    return Reason(code, rule, until, text)


def attorney_represented(case: Case) -> Reason | None:
    if answers_them(case):
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


def _is_consented(case: Case, debt: str, at: datetime) -> bool:
    """Whether a call at that instant, about that debt, is covered by a call consent (1006.14(b)(3)(i))."""
    for consent in case.facts.consents:
        if consent.kind != "call" or debt not in consent.debts or consent.given_at > at:
            continue
        day = case.day_of(at)
        if (day - case.day_of(consent.given_at)).days >= case.policy.consent_days:
            continue
        if consent.until is not None and day > consent.until:
            continue
        if consent.revoked_at is not None and consent.revoked_at < at:
            continue
        if not _talked_between(case, debt, consent.given_at, at):
            return True
    return False


def _talked_between(case: Case, debt: str, after: datetime, before: datetime) -> bool:
    return any(
        touch.kind == "call" and touch.outcome == "conversation" and debt in touch.debts
        for touch in case.recent
        if after < touch.at < before
    )


def _misdirected(case: Case) -> dict[str, datetime]:
    """Numbers that turned out to be somebody else's, and when (comment 14(b)(2)(i)-1): earlier calls do not count."""
    learned = sorted(
        (touch.at, touch.address)
        for touch in case.facts.history
        if touch.outcome == "wrong_number" and touch.address and touch.at <= case.at
    )
    return {address: at for at, address in learned}


def _to_them(case: Case, touches: list[Touch]) -> list[Touch]:
    """Outgoing ones that reached for this person, not for whoever else has the number."""
    wrong = _misdirected(case)
    return [
        touch
        for touch in touches
        if touch.direction == "out"
        and not (touch.address in wrong and touch.at <= wrong[touch.address])
        and (touch.outcome in COUNTED or touch.kind != "call")
    ]


def _limit_end(case: Case, touches: list[Touch], limit: int, days: int) -> date | None:
    """The day on which fewer than ``limit`` of these lie in the window again; None when they are fewer today."""
    if len(touches) < limit:
        return None
    return case.day_of(sorted(touch.at for touch in touches)[-limit]) + timedelta(days=days)


def _last_end(case: Case, ends: Sequence[date | None]) -> datetime | None:
    days = [day for day in ends if day is not None]
    return case.start_of(max(days)) if days else None


def call_frequency(case: Case) -> Reason | None:
    if case.request.channel != "call" or case.is_commercial:
        return None
    limit, days, ends = case.policy.call_limit, case.policy.call_window_days, []
    for debt in case.debts:
        calls = case.touches(debt, CALLS, days)
        if len(calls) >= limit and not _is_consented(case, debt, case.at):
            counted = [call for call in _to_them(case, calls) if not _is_consented(case, debt, call.at)]
            ends.append(_limit_end(case, counted, limit, days))
    until = _last_end(case, ends)
    if until is None:
        return None
    text = f"{limit} calls about this debt in {days} days have been made."
    return Reason("call_frequency", "12 CFR 1006.14(b)(2)(i)(A)", until, text)


def conversation_cooldown(case: Case) -> Reason | None:
    if case.request.channel != "call" or case.is_commercial:
        return None
    days, ends = case.policy.cooldown_days, []
    for debt in case.debts:
        talked = [touch for touch in case.touches(debt, CALLS, days) if touch.outcome == "conversation"]
        if talked and not _is_consented(case, debt, case.at):
            ends.append(_limit_end(case, talked, 1, days))
    until = _last_end(case, ends)
    if until is None:
        return None
    text = f"You spoke with this person about this debt within the last {days} days."
    return Reason("conversation_cooldown", "12 CFR 1006.14(b)(2)(i)(B)", until, text)


def state_frequency(case: Case) -> Reason | None:
    """The same count with a state's channels and limit, whatever was consented to."""
    if case.is_commercial:
        return None
    for law in case.policy.state_limits:
        if law.state not in case.facts.residence_states or case.request.channel not in law.channels:
            continue
        ends = []
        for debt in case.debts:
            touches = _to_them(case, case.touches(debt, law.channels, law.window_days))
            ends.append(_limit_end(case, touches, law.limit, law.window_days))
        until = _last_end(case, ends)
        if until is not None:
            text = "The state's limit of calls and texts about this debt is reached."
            return Reason("state_frequency", law.citation, until, text)
    return None


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


def _bases(case: Case, kinds: Collection[str]) -> list[AddressBasis]:
    address = case.request.address
    return [b for b in case.facts.address_basis if b.basis in kinds and same_address(b.address, address)]


def no_email_safe_harbor(case: Case) -> Reason | None:
    if case.request.channel != "email" or case.is_commercial:
        return None
    starts = [start for basis in _bases(case, EMAIL_BASES) if (start := _from_day(case, basis)) is not None]
    if any(start <= case.today for start in starts):
        return None
    return Reason(
        "no_email_safe_harbor",
        "12 CFR 1006.6(d)(4)",
        case.start_of(min(starts)) if starts else None,
        "Nothing on file allows e-mail to this address; ask for consent.",
    )


def _from_day(case: Case, basis: AddressBasis) -> date | None:
    """The first day it carries. A creditor's notice (sent ``as_of``): after the days to opt out, to public domains only."""
    if basis.basis != "EMAIL_CREDITOR":
        return basis.as_of
    if basis.address.strip().casefold().endswith(case.policy.closed_domains):
        return None
    return basis.as_of + timedelta(days=case.policy.creditor_notice_days + 1)


def no_sms_safe_harbor(case: Case) -> Reason | None:
    if case.request.channel != "text" or case.is_commercial:
        return None
    starts = [basis.as_of for basis in _bases(case, SMS_BASES)]
    if any(0 <= (case.today - start).days <= case.policy.sms_basis_days for start in starts):
        return None
    ahead = [start for start in starts if start > case.today]
    until = case.start_of(min(ahead)) if ahead else None
    text = (
        f"Nothing of the last {case.policy.sms_basis_days} days allows texts to this number; ask for consent."
    )
    return Reason("no_sms_safe_harbor", "12 CFR 1006.6(d)(5)", until, text)


def employer_email(case: Case) -> Reason | None:
    """The employer's address needs the consumer's own use or consent, or a prior collector's (1006.22(f)(3))."""
    address = case.request.address
    if case.request.channel != "email" or not any(
        same_address(known, address) for known in case.facts.employer_emails
    ):
        return None
    if any(basis.as_of <= case.today for basis in _bases(case, EMAIL_BASES - {"EMAIL_CREDITOR"})):
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


# --- not built yet: what touches them is refused, never silently allowed


def third_party_not_allowed(case: Case) -> Reason | None:
    if case.request.purpose != "location":
        return None
    text = "The rules of location calls to third parties are not built yet; none may be made."
    return Reason("third_party_not_allowed", MISSING["third_party_not_allowed"], None, text)


def time_barred_suit(case: Case) -> Reason | None:
    if not case.request.template_tags & SUIT_TAGS:
        return None
    text = "Whether the time to sue has run out is not checked yet; nothing may speak of a suit."
    return Reason("time_barred_suit", MISSING["time_barred_suit"], None, text)


Rule = Callable[[Case], Reason | None]

RULES: tuple[Rule, ...] = (
    outside_hours,
    inconvenient_time,
    inconvenient_place,
    attorney_represented,
    employer_prohibited,
    cease_communication,
    third_party_not_allowed,
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
    time_barred_suit,
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
    """From one end to the next, a consent given later on the way included. None: never, as far as is known."""
    for _ in range(2 * case.policy.search_days):
        ends = [reason.until for reason in reasons if reason.until is not None]
        if len(ends) < len(reasons):
            return None
        given = [c.given_at for c in case.facts.consents if c.kind == "call" and c.given_at > case.at]
        case.move_to(min((max(ends), *given)))
        reasons = _reasons(case)
        if not reasons:
            return case.local
    return None
