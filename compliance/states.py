"""What states and cities ask beyond the federal law, by the rows of the policy (regulation 2.3). Pure rules of the gate.

Of all rows that the facts indicate, the one that stands longest gives the reason, so the strictest decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import itemgetter

from compliance.case import Case, Licence, Reason, Touch
from compliance.frequency import COUNTED, limit_end, to_them
from compliance.holds import no_validation_notice
from compliance.hours import answers_them
from compliance.media import (
    bases,
    confirms_opt_out,
    is_employers,
    no_email_basis,
    no_text_basis,
    same_address,
)
from compliance.overlays import ELECTRONIC, ElectronicConsent, StateLimit

COUNTING = {
    "connected": COUNTED,
    "attempts": COUNTED | {"busy", "not_in_service"},
    "communications": COUNTED - {"no_answer", "dialing"},
}
CONSENTED = frozenset({"EMAIL_CONSENT", "SMS_CONSENT"})
ASKS_CONSENT = "consent_request"
ACTION_NOTICE = "action_notice"
CODES = {"email": "no_email_safe_harbor", "text": "no_sms_safe_harbor"}


def state_frequency(case: Case) -> Reason | None:
    """The limits of contacts of every state and city indicated, whatever was consented to."""
    if case.is_commercial or not case.laws.limits:
        return None
    laws = [law for law in case.laws.limits if not _is_exempt(case, law)]
    spans = [span for law in laws if law.valid_from <= case.today and (span := _span(case, law))]
    if not spans:
        return None
    spans += [span for law in laws if law.valid_from > case.today and (span := _span(case, law))]
    end, binding = case.today, laws[0]
    for start, stop, law in sorted(spans, key=itemgetter(0)):
        if start <= end < stop:
            end, binding = stop, law
    if end == case.today:
        return None
    text = f"The limit of {binding.limit} contacts that {binding.place} sets is reached."
    return Reason("state_frequency", binding.citation, case.start_of(end), text)


def _is_exempt(case: Case, law: StateLimit) -> bool:
    """A purpose that the law leaves free; an answer is one only to a message of theirs."""
    purpose = case.request.purpose
    return purpose in law.exempt and (purpose != "response" or answers_them(case))


def _span(case: Case, law: StateLimit) -> tuple[date, date, StateLimit] | None:
    """From the day asked about, or that on which the law begins, to the first day on which it does not stand again."""
    if law.per_person:
        ends = [_end(case, law, case.all_touches(law.channels, law.window_days))]
    elif law.window_days > case.policy.call_window_days:
        every = case.all_touches(law.channels, law.window_days)
        ends = [_end(case, law, [touch for touch in every if debt in touch.debts]) for debt in case.debts]
    else:
        ends = [_end(case, law, case.touches(debt, law.channels, law.window_days)) for debt in case.debts]
    reached = [end for end in ends if end is not None]
    if not reached:
        return None
    return max(case.today, law.valid_from), min(max(reached), law.over_on), law


def _end(case: Case, law: StateLimit, touches: Sequence[Touch]) -> date | None:
    if len(touches) < law.limit:
        return None
    counted = to_them(case, touches, COUNTING[law.counts])
    if law.places:
        counted = [touch for touch in counted if _place(case, touch) in law.places]
    if not law.is_week:
        return limit_end(case, counted, law.limit, law.window_days)
    monday = case.today - timedelta(days=case.today.weekday())
    this_week = [touch for touch in counted if case.day_of(touch.at) >= monday]
    return monday + timedelta(days=7) if len(this_week) >= law.limit else None


def _place(case: Case, touch: Touch) -> str | None:
    """Where it went; a touch whose place is not told went where the same address is now."""
    if touch.place:
        return touch.place
    return case.request.place if same_address(touch.address, case.request.address) else None


def _strictest(federal: Reason | None, state: Reason | None) -> Reason | None:
    """One reason where both stand, until neither does."""
    if federal is None or state is None:
        return federal or state
    ends = [end for end in (federal.until, state.until) if end is not None]
    return replace(federal, until=max(ends) if len(ends) == 2 else None)


def no_email_safe_harbor(case: Case) -> Reason | None:
    return _strictest(no_email_basis(case), state_consent(case))


def no_sms_safe_harbor(case: Case) -> Reason | None:
    return _strictest(no_text_basis(case), state_consent(case))


def validation_not_sent(case: Case) -> Reason | None:
    return _strictest(no_validation_notice(case), state_notice(case))


def state_consent(case: Case) -> Reason | None:
    """Where nothing electronic may be sent without direct consent: only so many messages that ask for it."""
    channel = case.request.channel
    if channel not in ELECTRONIC or case.is_commercial or confirms_opt_out(case):
        return None
    for law in case.laws.consents:
        if not law.is_in_force(case.today):
            continue
        if law.personal and is_employers(case):
            return Reason(
                CODES[channel],
                law.citation,
                None,
                f"{law.place} asks for an address that is not the employer's.",
            )
        starts = _consent_starts(case)
        if any(start <= case.at for start in starts):
            return None
        free = _may_ask_from(case, law)
        if free is not None and free <= case.today:
            continue
        days = [day for day in (free, law.over_on) if day is not None and day != date.max]
        until = min([*starts, *map(case.start_of, days)], default=None)
        text = f"{law.place} asks for direct consent before anything electronic is sent."
        return Reason(CODES[channel], law.citation, until and until.astimezone(case.primary), text)
    return None


def _consent_starts(case: Case) -> list[datetime]:
    """From when direct consents to this channel and address stand, those that have ended left out."""
    starts = [case.start_of(basis.as_of) for basis in bases(case, CONSENTED)]
    for consent in case.facts.consents:
        if consent.kind != case.request.channel or not set(case.debts) <= set(consent.debts):
            continue
        if consent.revoked_at is None and (consent.until is None or case.today <= consent.until):
            starts.append(consent.given_at)
    return starts


def _may_ask_from(case: Case, law: ElectronicConsent) -> date | None:
    """The first day on which a message that asks for consent may go; None when this is none or the law knows none.

    Without consent nothing else was lawful, so every electronic message of the window counts as one that asked.
    """
    if not law.requests or ASKS_CONSENT not in case.request.template_tags:
        return None
    days = law.request_days
    ends = [
        limit_end(
            case,
            to_them(case, case.touches(debt, ELECTRONIC, days), COUNTING["attempts"]),
            law.requests,
            days,
        )
        for debt in case.debts
    ]
    return max((end for end in ends if end is not None), default=case.today)


def state_notice(case: Case) -> Reason | None:
    """Where a notice of its own goes out before any other act, and so many days before it."""
    request = case.request
    is_the_notice = request.purpose == "required_notice" or ACTION_NOTICE in request.template_tags
    if is_the_notice or case.is_commercial or answers_them(case):
        return None
    for law in case.laws.notices:
        known = [case.facts.debts[debt] for debt in case.debts if debt in case.facts.debts]
        sent = [debt.notice_on for debt in known if debt.kind in law.kinds]
        free = [day + timedelta(days=law.days) for day in sent if day is not None]
        if (
            not sent
            or not law.is_in_force(case.today)
            or (len(free) == len(sent) and max(free) <= case.today)
        ):
            continue
        until = case.start_of(max(free)) if len(free) == len(sent) else None
        text = f"{law.place} asks for a notice by letter {law.days} days before anything else."
        return Reason("validation_not_sent", law.citation, until, text)
    return None


def license_missing(case: Case) -> Reason | None:
    """In every place that the facts indicate and that asks for a licence; not asked while the facts name no licences at all."""
    held = case.facts.licences
    if held is None or case.is_commercial:
        return None
    missing = [
        place
        for place in _licence_places(case)
        if not any(_covers(licence, place, case.today) for licence in held)
    ]
    if not missing:
        return None
    starts = [
        min((x.valid_from for x in held if x.place == place and x.valid_from > case.today), default=None)
        for place in missing
    ]
    known = [start for start in starts if start is not None]
    until = case.start_of(max(known)) if len(known) == len(starts) else None
    text = f"No licence of ours is valid in {', '.join(missing)}."
    return Reason("license_missing", "state licence laws", until, text)


def _licence_places(case: Case) -> list[str]:
    facts, cities = case.facts, case.policy.overlays.cities
    named = {city.strip().casefold() for city in facts.cities}
    there = {*facts.residence_states, *facts.indicated_states}
    there |= {city for city, names in cities.items() if not named.isdisjoint(names)}
    return sorted(there & case.policy.tables.licence_places)


def _covers(licence: Licence, place: str, on: date) -> bool:
    return (
        licence.place == place
        and licence.valid_from <= on
        and (licence.valid_to is None or on <= licence.valid_to)
    )
