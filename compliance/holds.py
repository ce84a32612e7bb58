"""What stands on file against a contact: holds, the one answer they leave, and the validation period. Pure rules of the gate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from compliance.case import DAY, Case, CoDebtorStay, Hold, Reason
from compliance.hours import answers_them
from compliance.limitations import SUIT_TAGS

CEASE_EXCEPTIONS = frozenset({"terminate", "may_invoke", "will_invoke"})
PRESSING_TAGS = SUIT_TAGS | {"payment_deadline", "furnishing_threat"}
REPRESENTATIVE = frozenset({"estate_representative"})
ESTATE = REPRESENTATIVE | {"spouse", "parent_of_minor", "successor"}
ANSWERS = frozenset({"required_notice", "response"})
DISPUTE_ANSWERS = frozenset({"verification", "duplicate_dispute", "original_creditor"})
SPOKEN = frozenset({"call", "in_person"})
PART_DISPUTED = "Part of the debt is disputed; no message tells its balance until that is answered. A call may be about the rest."


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
    return Reason(code, rule, _last_end(case, [hold.until for hold in standing]), text)


def _last_end(case: Case, ends: Sequence[date | None]) -> datetime | None:
    """None when one of them is open."""
    known = [end for end in ends if end is not None]
    return case.start_of(max(known)) if len(known) == len(ends) else None


def attorney_represented(case: Case) -> Reason | None:
    """Until the attorney consents or falls silent: then the hold is given its last day. Their own message is answered once."""
    if case.request.recipient == "attorney" or answers_them(case):
        return None
    text = "An attorney represents this person in this debt; contact the attorney."
    return _hold_reason(case, "attorney_represented", ("attorney",), "12 CFR 1006.6(b)(2)", text)


def employer_prohibited(case: Case) -> Reason | None:
    if case.request.place != "work":
        return None
    text = "The employer does not allow such contact at work."
    return _hold_reason(case, "employer_prohibited", ("employer_prohibited",), "12 CFR 1006.6(b)(3)", text)


def cease_communication(case: Case) -> Reason | None:
    text = "This person asked in writing that we stop; only the three notices of the law may follow."
    return _unless_notice(
        case, _hold_reason(case, "cease_communication", ("cease",), "12 CFR 1006.6(c)", text)
    )


def refused_to_pay(case: Case) -> Reason | None:
    """A written refusal to pay ends contact as a request to cease does."""
    text = "This person refused in writing to pay; only the three notices of the law may follow."
    return _unless_notice(
        case, _hold_reason(case, "refused_to_pay", ("refused_to_pay",), "12 CFR 1006.6(c)(1)", text)
    )


def _unless_notice(case: Case, reason: Reason | None) -> Reason | None:
    return None if reason is None or _may_follow_cease(case) else reason


def _may_follow_cease(case: Case) -> bool:
    """One each of the three notices, once for a debt (1006.6(c)(2))."""
    tags = case.request.template_tags & CEASE_EXCEPTIONS
    sent = {notice.tag for notice in case.facts.notices if notice.debt in case.debts}
    return bool(tags) and tags.isdisjoint(sent)


def dispute_hold(case: Case) -> Reason | None:
    """What is disputed is not collected. Of a debt disputed in part a call may be about the rest; a message tells the whole balance."""
    if case.request.purpose in ANSWERS or not case.facts.holds:
        return None
    standing = _holds(case, "dispute")
    if case.request.channel in SPOKEN:
        standing = [hold for hold in standing if not hold.part]
    if not standing:
        return None
    part = all(hold.part for hold in standing)
    text = PART_DISPUTED if part else "The debt is disputed; nothing goes out until the dispute is answered."
    return Reason(
        "dispute_hold", "12 CFR 1006.38(d)(2)", _last_end(case, [hold.until for hold in standing]), text
    )


def oc_request_hold(case: Case) -> Reason | None:
    if case.request.purpose in ANSWERS:
        return None
    text = "The original creditor's name was asked for and has not been sent yet."
    return _hold_reason(case, "oc_request_hold", ("original_creditor_request",), "12 CFR 1006.38(c)", text)


def no_validation_notice(case: Case) -> Reason | None:
    if case.request.purpose == "required_notice" or case.is_commercial:
        return None
    text = "The validation notice has not been sent."
    return _hold_reason(case, "validation_not_sent", ("validation_pending",), "12 CFR 1006.34(a)(1)", text)


def bankruptcy_stay(case: Case) -> Reason | None:
    """The person's own, or that of another who owes the same consumer debt, by its chapter (11 USC 1201, 1301)."""
    own = _holds(case, "bankruptcy") if case.facts.holds else []
    others = [] if case.is_commercial else _co_debtor_stays(case)
    if not own and not others:
        return None
    if own:
        rule, text = "11 USC 362(a)(6)", "A bankruptcy stay forbids every act to collect."
    else:
        rule, text = (
            "11 USC 1201, 1301",
            "The bankruptcy of another who owes this debt stays collection from this person too.",
        )
    return Reason(
        "bankruptcy_stay",
        rule,
        _last_end(case, [*(hold.until for hold in own), *(stay.until for stay in others)]),
        text,
    )


def _co_debtor_stays(case: Case) -> list[CoDebtorStay]:
    """Those in force; a chapter that is not known is taken for one that stays."""
    chapters = case.policy.tables.co_debtor_chapters
    return [
        stay
        for stay in case.facts.co_debtor_stays
        if (not stay.chapter or stay.chapter in chapters)
        and (stay.debt is None or stay.debt in case.debts)
        and stay.from_on <= case.today
        and (stay.until is None or case.today < stay.until)
    ]


def discharged(case: Case) -> Reason | None:
    return _hold_reason(
        case, "discharged", ("discharged",), "11 USC 524(a)(2)", "The debt was discharged in bankruptcy."
    )


def deceased_no_estate_rep(case: Case) -> Reason | None:
    """The notice of the debt goes only to whoever is named for the estate (1006.34(a)(1)); who that is may be asked."""
    named = REPRESENTATIVE if "validation" in case.request.template_tags else ESTATE
    if case.request.recipient in named or case.request.purpose == "location":
        return None
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
