"""By what medium and to which address (12 CFR 1006.6(d), 1006.14(h), 1006.22(f)). Pure rules of the gate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from compliance.case import DAY, AddressBasis, Case, Reason
from compliance.overlays import ELECTRONIC

EMAIL_BASES = frozenset({"EMAIL_CONSUMER_USED", "EMAIL_CONSENT", "EMAIL_CREDITOR", "EMAIL_PRIOR_COLLECTOR"})
SMS_BASES = frozenset({"SMS_CONSUMER_TEXTED", "SMS_CONSENT"})
CONFIRMS = "opt_out_confirmation"
ASKED_FOR = {
    "call": "no calls",
    "text": "no texts",
    "email": "no e-mail",
    "letter": "no letters",
    "in_person": "no visits",
}


def medium_opt_out(case: Case) -> Reason | None:
    if not case.facts.opt_outs or confirms_opt_out(case):
        return None
    channel = case.request.channel
    if any(o.address is None and o.medium in (channel, "all") for o in case.facts.opt_outs):
        text = f"This person asked us for {ASKED_FOR[channel]}."
        return Reason("medium_opt_out", "12 CFR 1006.14(h)(1)", None, text)
    return None


def address_opt_out(case: Case) -> Reason | None:
    if not case.facts.opt_outs or confirms_opt_out(case):
        return None
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


def confirms_opt_out(case: Case) -> bool:
    """The one message that confirms an opt-out, within minutes of it, to the same address (1006.14(h)(2)(i); 64.1200(a)(12))."""
    request = case.request
    if CONFIRMS not in request.template_tags or request.channel not in ELECTRONIC:
        return False
    asked = [
        o.at
        for o in case.facts.opt_outs
        if o.at is not None
        and o.medium in (request.channel, "all")
        and (o.address is None or same_address(o.address, request.address))
        and o.at <= case.at < o.at + timedelta(minutes=case.policy.confirmation_minutes)
    ]
    return bool(asked) and not any(
        touch.direction == "out" and touch.kind == request.channel and max(asked) <= touch.at <= case.at
        for touch in case.facts.history
    )


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def bases(case: Case, kinds: Collection[str]) -> list[AddressBasis]:
    address = case.request.address
    return [b for b in case.facts.address_basis if b.basis in kinds and same_address(b.address, address)]


def _told_others(case: Case) -> bool:
    """Whether anybody said that this address or number lets others read what is sent: never again (1006.6(d)(3)(ii))."""
    return any(same_address(known, case.request.address) for known in case.facts.disclosed)


def no_email_basis(case: Case) -> Reason | None:
    if case.request.channel != "email" or case.is_commercial or confirms_opt_out(case):
        return None
    if _told_others(case):
        return Reason(
            "no_email_safe_harbor", "12 CFR 1006.6(d)(3)(ii)", None, "Others read what is sent there."
        )
    starts = [start for basis in bases(case, EMAIL_BASES) if (start := _from_day(case, basis)) is not None]
    if any(start <= case.today for start in starts):
        return None
    return Reason(
        "no_email_safe_harbor",
        "12 CFR 1006.6(d)(4)",
        case.start_of(min(starts)) if starts else None,
        "Nothing on file allows e-mail to this address; ask for consent.",
    )


def _from_day(case: Case, basis: AddressBasis) -> date | None:
    """The first day it carries; None when it never does.

    A creditor's notice (sent ``as_of``): after the days to opt out, which may not be fewer than the law's, to public domains
    only. An earlier collector's: only if the one right before us used it.
    """
    if basis.basis == "EMAIL_PRIOR_COLLECTOR" and not basis.used_by_prior:
        return None
    if basis.basis != "EMAIL_CREDITOR":
        return basis.as_of
    first = basis.as_of + timedelta(days=case.policy.creditor_notice_days)
    last = basis.deadline or first
    if last < first or basis.address.strip().casefold().endswith(case.policy.closed_domains):
        return None
    return last + DAY


def no_text_basis(case: Case) -> Reason | None:
    if case.request.channel != "text" or case.is_commercial or confirms_opt_out(case):
        return None
    if _told_others(case):
        return Reason(
            "no_sms_safe_harbor", "12 CFR 1006.6(d)(3)(ii)", None, "Others read what is sent there."
        )
    starts = [start for basis in bases(case, SMS_BASES) for start in _text_starts(basis)]
    if any(0 <= (case.today - start).days <= case.policy.sms_basis_days for start in starts):
        return None
    ahead = [start for start in starts if start > case.today]
    until = case.start_of(min(ahead)) if ahead else None
    text = (
        f"Nothing of the last {case.policy.sms_basis_days} days allows texts to this number; ask for consent."
    )
    return Reason("no_sms_safe_harbor", "12 CFR 1006.6(d)(5)", until, text)


def _text_starts(basis: AddressBasis) -> list[date]:
    """Given or last used, and a clean check of the reassigned numbers since."""
    checked = basis.checked_on
    return [basis.as_of] if checked is None or checked < basis.as_of else [basis.as_of, checked]


def employer_email(case: Case) -> Reason | None:
    """The employer's address needs the consumer's own use or consent, or a prior collector's (1006.22(f)(3))."""
    if case.request.channel != "email" or not is_employers(case):
        return None
    if confirms_opt_out(case):
        return None
    known = bases(case, EMAIL_BASES - {"EMAIL_CREDITOR"})
    if any((start := _from_day(case, basis)) is not None and start <= case.today for basis in known):
        return None
    return Reason(
        "employer_email",
        "12 CFR 1006.22(f)(3)",
        None,
        "This address is the employer's; ask for another or for consent.",
    )


def is_employers(case: Case) -> bool:
    return any(same_address(known, case.request.address) for known in case.facts.employer_emails)


def address_undeliverable(case: Case) -> Reason | None:
    if not any(same_address(address, case.request.address) for address in case.facts.undeliverable):
        return None
    return Reason(
        "address_undeliverable", "12 CFR 1006.42(a)", None, "What was sent to this address came back."
    )
