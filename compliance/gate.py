"""May we make this contact? Facts in, decision out: no Django, no clock, no database.

Every rule is a small function that answers None (it does not stand) or a Reason. All of them are evaluated. ``until`` is the
first instant at which the rule no longer stands as far as the facts tell, None when that is open-ended; so the first lawful
instant is found by stepping from one ``until`` to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from compliance.advice import recording, warnings
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
from compliance.dialing import DIALED, consent_revoked, no_tcpa_consent
from compliance.frequency import call_frequency, conversation_cooldown
from compliance.holds import (
    attorney_represented,
    bankruptcy_stay,
    cease_communication,
    deceased_no_estate_rep,
    discharged,
    dispute_hold,
    employer_prohibited,
    oc_request_hold,
    overshadowing,
    refused_to_pay,
    scra_hold,
    suppression_global,
)
from compliance.hours import (
    CLOCKED,
    inconvenient_place,
    inconvenient_time,
    location_zone_conflict,
    outside_hours,
)
from compliance.limitations import time_barred_suit
from compliance.media import (
    address_opt_out,
    address_undeliverable,
    employer_email,
    medium_opt_out,
)
from compliance.parties import third_party_not_allowed
from compliance.policy import Policy
from compliance.states import (
    license_missing,
    no_email_safe_harbor,
    no_sms_safe_harbor,
    state_frequency,
    validation_not_sent,
)

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

Rule = Callable[[Case], Reason | None]

CALL, EMAIL, TEXT = "call", "email", "text"
ALL = frozenset({CALL, TEXT, EMAIL, "letter", "in_person"})
HOLDS, OPT_OUTS, WINDOWS, TAGS, LICENCES, NOTICES, RETURNED = range(7)
"""What some rules cannot stand without; see ``_given``."""

RULES: tuple[tuple[Rule, frozenset[str], int | None], ...] = (
    (outside_hours, CLOCKED, None),
    (inconvenient_time, CLOCKED, WINDOWS),
    (inconvenient_place, ALL, WINDOWS),
    (attorney_represented, ALL, HOLDS),
    (employer_prohibited, ALL, HOLDS),
    (cease_communication, ALL, HOLDS),
    (refused_to_pay, ALL, HOLDS),
    (third_party_not_allowed, ALL, None),
    (call_frequency, frozenset({CALL}), None),
    (conversation_cooldown, frozenset({CALL}), None),
    (state_frequency, ALL, None),
    (medium_opt_out, ALL, OPT_OUTS),
    (address_opt_out, ALL, OPT_OUTS),
    (no_email_safe_harbor, frozenset({EMAIL}), None),
    (no_sms_safe_harbor, frozenset({TEXT}), None),
    (employer_email, frozenset({EMAIL}), None),
    (no_tcpa_consent, DIALED, None),
    (consent_revoked, DIALED, None),
    (dispute_hold, ALL, HOLDS),
    (oc_request_hold, ALL, HOLDS),
    (validation_not_sent, ALL, NOTICES),
    (overshadowing, ALL, TAGS),
    (time_barred_suit, ALL, TAGS),
    (bankruptcy_stay, ALL, HOLDS),
    (discharged, ALL, HOLDS),
    (deceased_no_estate_rep, ALL, HOLDS),
    (scra_hold, ALL, HOLDS),
    (license_missing, ALL, LICENCES),
    (location_zone_conflict, CLOCKED, None),
    (address_undeliverable, ALL, RETURNED),
    (suppression_global, ALL, HOLDS),
)
"""In the order in which reasons are given, each with the channels it speaks of and what it needs to stand at all."""


def decide(request: Request, facts: Facts, policy: Policy) -> Decision:
    """Evaluates every rule. ``request.at`` carries its zone."""
    case = Case(request, facts, policy)
    recorded = recording(case)
    rules = _rules(request.channel, _given(request, facts))
    reasons = _reasons(case, rules)
    if not reasons:
        return Decision(True, (), case.local, policy.version, warnings(case), recorded)
    return Decision(False, reasons, _first_allowed(case, rules, reasons), policy.version, (), recorded)


def _given(request: Request, facts: Facts) -> tuple[bool, ...]:
    """In the order of HOLDS, OPT_OUTS and the others."""
    return (
        bool(facts.holds or facts.co_debtor_stays),
        bool(facts.opt_outs),
        bool(facts.inconvenient),
        bool(request.template_tags),
        facts.licences is not None,
        bool(facts.holds or facts.debts),
        bool(facts.undeliverable),
    )


@lru_cache(maxsize=1_024)
def _rules(channel: str, given: tuple[bool, ...]) -> tuple[Rule, ...]:
    """Those that can stand for such a contact at any instant: most facts are empty, and most rules need not be asked."""
    return tuple(
        rule for rule, channels, need in RULES if channel in channels and (need is None or given[need])
    )


def _reasons(case: Case, rules: tuple[Rule, ...]) -> tuple[Reason, ...]:
    return tuple([reason for rule in rules if (reason := rule(case)) is not None])


def _first_allowed(case: Case, rules: tuple[Rule, ...], reasons: tuple[Reason, ...]) -> datetime | None:
    """From one end to the next, and to whatever opens on the way. None: never, as far as is known."""
    for _ in range(2 * case.policy.search_days):
        ends = [reason.until for reason in reasons if reason.until is not None]
        if len(ends) < len(reasons):
            return None
        case.move_to(min((max(ends), *_openings(case))))
        reasons = _reasons(case, rules)
        if not reasons:
            return case.local
    return None


def _openings(case: Case) -> list[datetime]:
    """What may open a way before a rule ends: a consent to calls given later or for a later day, another place they are in."""
    facts, found = case.facts, []
    for consent in facts.consents:
        if consent.kind == "call":
            found.append(consent.given_at)
            if consent.weekdays:
                first = max(case.today, case.day_of(consent.given_at))
                found += [case.start_of(first + n * DAY) for n in range(1, case.policy.consent_days)]
    for stated in facts.stated:
        found += [stated.at] if stated.until is None else [stated.at, stated.until]
    return [at for at in found if at > case.at]
