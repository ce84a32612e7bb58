"""To whom (12 CFR 1006.6(a) and (d), 1006.10). Pure rules of the gate."""

from __future__ import annotations

from compliance.case import Case, Reason
from compliance.limitations import anniversary

CONSUMERS = frozenset({"", "spouse", "parent_of_minor", "guardian", "estate_representative", "successor"})
"""Who stands as the consumer (1006.6(a)); blank is the person asked about."""
OFFICES = frozenset({"attorney", "creditor", "creditor_attorney", "collector_attorney", "credit_bureau"})
"""Who else may hear of the debt (1006.6(d)(1)); calls to them are not counted (1006.14(b)(3)(iii))."""
RECIPIENTS = CONSUMERS | OFFICES | {"third_party"}
ASKED_AGAIN = frozenset({"location_requested", "location_corrected"})
"""Why a third party may be asked a second time: they requested it, or the answer is believed wrong or incomplete."""


def third_party_not_allowed(case: Case) -> Reason | None:
    if case.request.purpose == "location":
        return _asked_before(case)
    recipient = case.request.recipient
    if recipient != "third_party" and not (recipient == "parent_of_minor" and _is_of_age(case)):
        return None
    text = "Only the consumer and those who act for them may be told of a debt."
    return Reason("third_party_not_allowed", "12 CFR 1006.6(d)(1)", None, text)


def _is_of_age(case: Case) -> bool:
    """Known to be: a parent stands as the consumer while they are a minor, and after they died as one (1006.6(a)(2))."""
    born, years = case.facts.born_on, case.policy.tables.majority
    if born is None or years is None or any(hold.kind == "deceased" for hold in case.facts.holds):
        return False
    return anniversary(born, years) <= case.today


def _asked_before(case: Case) -> Reason | None:
    """Location information is asked once of each third party, known by the number or address (1006.10(c))."""
    request = case.request
    if request.template_tags & ASKED_AGAIN:
        return None
    reached = not request.address or any(
        touch.direction == "out"
        and touch.at <= case.at
        and touch.address == request.address
        and (touch.outcome == "conversation" or touch.kind != "call")
        for touch in case.facts.history
    )
    if not reached:
        return None
    text = "This third party was asked already; once is all, unless they ask for it or were mistaken."
    return Reason("third_party_not_allowed", "12 CFR 1006.10(c)", None, text)
