"""Calls and texts by machine (47 USC 227, 47 CFR 64.1200; regulation 2.1). Pure rules of the gate.

A number that is not known to be a landline is taken for a mobile.
"""

from __future__ import annotations

from datetime import datetime

from compliance.case import Case, DialConsent, Reason
from compliance.frequency import CALLS, limit_end
from compliance.media import confirms_opt_out, same_address

LINES = frozenset({"mobile", "landline"})
DIALED = frozenset({"call", "text"})


def no_tcpa_consent(case: Case) -> Reason | None:
    """A landline needs none for machines that only dial, nor for so many recorded calls in a month."""
    if not _is_automated(case) or _standing(case) or _revoked_at(case) is not None or confirms_opt_out(case):
        return None
    ends = [given.given_at for given in _for_number(case) if case.at < given.given_at]
    if case.facts.lines.get(case.request.address) == "landline" and case.request.channel == "call":
        law = case.policy.tables.dialing
        if case.request.dial_mode not in law.recorded:
            return None
        if law.landline_limit:
            free_on = _landline_free_on(case)
            if free_on is None:
                return None
            ends.append(free_on)
    until = min(ends, default=None)
    return Reason(
        "no_tcpa_consent",
        "47 CFR 64.1200(a)(1)(iii), (a)(3)(iii)",
        until and until.astimezone(case.primary),
        "No consent to automated or recorded calls and texts to this number is on file; dial by hand or ask for it.",
    )


def consent_revoked(case: Case) -> Reason | None:
    """From the instant of the revocation, by whatever means, until consent is given anew."""
    if not (_is_automated(case) or case.request.channel == "text") or confirms_opt_out(case):
        return None
    revoked = _revoked_at(case)
    if revoked is None:
        return None
    anew = [given.given_at for given in _for_number(case) if max(revoked, case.at) < given.given_at]
    until = min(anew).astimezone(case.primary) if anew else None
    text = "Consent to automated calls and texts was taken back; dial by hand or ask for it anew."
    return Reason("consent_revoked", "47 CFR 64.1200(a)(10)", until, text)


def _is_automated(case: Case) -> bool:
    return case.request.channel in DIALED and case.request.dial_mode in case.policy.tables.dialing.automated


def _for_number(case: Case) -> list[DialConsent]:
    return [given for given in case.facts.dial_consents if same_address(given.address, case.request.address)]


def _standing(case: Case) -> list[DialConsent]:
    revoked = _revoked_at(case)
    return [
        given
        for given in _for_number(case)
        if given.given_at <= case.at and (revoked is None or revoked < given.given_at)
    ]


def _revoked_at(case: Case) -> datetime | None:
    """When consent was last taken back, unless it was given anew since; from a day on, for one number is for all."""
    every = case.policy.tables.dialing.revocation_for_all_from
    revoked = [
        given.revoked_at
        for given in case.facts.dial_consents
        if given.revoked_at is not None
        and given.revoked_at <= case.at
        and (
            same_address(given.address, case.request.address)
            or (every is not None and case.day_of(given.revoked_at) >= every)
        )
    ]
    last = max(revoked, default=None)
    if last is None or any(last < given.given_at <= case.at for given in _for_number(case)):
        return None
    return last


def _landline_free_on(case: Case) -> datetime | None:
    """When the next recorded call may go to a landline without consent; None when it may go now."""
    law = case.policy.tables.dialing
    made = [
        touch
        for touch in case.all_touches(CALLS, law.landline_days)
        if touch.direction == "out"
        and same_address(touch.address, case.request.address)
        and (touch.mode in law.recorded or touch.outcome == "ringless_voicemail")
    ]
    free_on = limit_end(case, made, law.landline_limit, law.landline_days)
    return None if free_on is None else case.start_of(free_on)
