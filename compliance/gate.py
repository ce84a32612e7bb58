"""May we make this contact? Facts in, decision out: no Django, no clock, no database.

Every rule is a small function that answers None (it does not stand) or a Reason. All of them are evaluated. ``until`` is the
first instant at which the rule no longer stands as far as the facts tell, None when that is open-ended; so the first lawful
instant is found by stepping from one ``until`` to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

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
    scra_hold,
    suppression_global,
    time_barred_suit,
    validation_not_sent,
)
from compliance.hours import (
    inconvenient_place,
    inconvenient_time,
    location_zone_conflict,
    outside_hours,
)
from compliance.media import (
    address_opt_out,
    address_undeliverable,
    employer_email,
    medium_opt_out,
    no_email_safe_harbor,
    no_sms_safe_harbor,
)
from compliance.parties import third_party_not_allowed
from compliance.policy import Policy
from compliance.states import state_consent, state_frequency

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
    state_consent,
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
    """From one end to the next, and to whatever opens on the way. None: never, as far as is known."""
    for _ in range(2 * case.policy.search_days):
        ends = [reason.until for reason in reasons if reason.until is not None]
        if len(ends) < len(reasons):
            return None
        case.move_to(min((max(ends), *_openings(case))))
        reasons = _reasons(case)
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
