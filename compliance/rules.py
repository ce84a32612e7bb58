# ruff: noqa: E501
"""The table of the gate's codes: what is built, and what is not built yet and therefore never silently allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Entry(NamedTuple):
    """``confidence`` in the reading of the law, as in the research note: found in its text, or from memory.

    ``is_overridable``: the law itself names reasons that rebut the rule's presumption; no other rule yields to anybody.
    """

    code: str
    is_built: bool
    citation: str
    confidence: str
    sentence: str
    is_overridable: bool = False


# fmt: off
ENTRIES = (
    Entry("outside_hours", True, "12 CFR 1006.6(b)(1)(i)", "found", "Outside 08:00 to 21:00, or the hours of a state, in any place where the person may be."),
    Entry("inconvenient_time", True, "12 CFR 1006.6(b)(1)(i)", "found", "At a time the person called inconvenient, in any of their zones; their own message is answered once."),
    Entry("inconvenient_place", True, "12 CFR 1006.6(b)(1)(ii)", "found", "At a place where the person does not want to be contacted; what is tied to no place stays free."),
    Entry("attorney_represented", True, "12 CFR 1006.6(b)(2)", "found", "An attorney represents the person in this debt; only the attorney is contacted."),
    Entry("employer_prohibited", True, "12 CFR 1006.6(b)(3)", "found", "At work, when the employer does not allow it."),
    Entry("cease_communication", True, "12 CFR 1006.6(c)", "found", "The person wrote that we stop; three notices may follow, each once for a debt."),
    Entry("third_party_not_allowed", True, "12 CFR 1006.6(d)(1), 1006.10", "found", "Somebody who is neither the consumer nor acts for them; where they live is asked once of each."),
    Entry("call_frequency", True, "12 CFR 1006.14(b)(2)(i)(A)", "found", "Seven calls about the debt in seven calendar days, not counting what was consented to.", True),
    Entry("conversation_cooldown", True, "12 CFR 1006.14(b)(2)(i)(B)", "found", "A conversation about the debt within seven calendar days, its own day the first.", True),
    Entry("state_frequency", True, "rows of the policy, below", "see the rows", "A limit of a state or city is reached; the strictest of all that the facts indicate decides."),
    Entry("medium_opt_out", True, "12 CFR 1006.14(h)(1)", "found", "The person asked us not to use this medium, for any debt."),
    Entry("address_opt_out", True, "12 CFR 1006.14(h)(1)", "found", "The person asked us not to use this address or number, for any debt."),
    Entry("no_email_safe_harbor", True, "12 CFR 1006.6(d)(3), (d)(4)", "found", "Nothing on file allows e-mail to this address, or others read it, or a state asks for direct consent."),
    Entry("no_sms_safe_harbor", True, "12 CFR 1006.6(d)(3), (d)(5)", "found", "Nothing of the last sixty days allows texts to this number, or others read it, or a state asks for direct consent."),
    Entry("employer_email", True, "12 CFR 1006.22(f)(3)", "found", "The employer's address, without the consumer's own use of it or consent, or a prior collector's."),
    Entry("dispute_hold", True, "12 CFR 1006.38(d)(2)", "found", "The debt is disputed and the dispute is not answered yet."),
    Entry("oc_request_hold", True, "12 CFR 1006.38(c)", "found", "The original creditor's name was asked for and is not sent yet."),
    Entry("validation_not_sent", True, "12 CFR 1006.34(a)(1)", "found", "The validation notice, or the one a state asks for before any act, is not sent yet."),
    Entry("overshadowing", True, "12 CFR 1006.38(b)", "found", "A deadline or a threat of suit inside the validation period."),
    Entry("bankruptcy_stay", True, "11 USC 362(a)(6), 1201, 1301", "high, from memory", "A bankruptcy stay, of this person or by chapter 12 or 13 of another who owes the debt, forbids every act to collect."),
    Entry("discharged", True, "11 USC 524(a)(2)", "high, from memory", "The debt was discharged in bankruptcy."),
    Entry("deceased_no_estate_rep", True, "12 CFR 1006.6(a)(4)", "found", "The person has died and the recipient does not act for the estate."),
    Entry("scra_hold", True, "50 USC 3901 ff.", "high, from memory", "A servicemember; a supervisor decides."),
    Entry("location_zone_conflict", True, "12 CFR 1006.6(b)(1)(i), comment 2", "found", "No hour is convenient in every place where the person may be."),
    Entry("address_undeliverable", True, "12 CFR 1006.42(a)", "found", "What was sent to this address came back, or the number is not theirs."),
    Entry("suppression_global", True, "house policy", "house", "The account is suppressed or was recalled by its creditor."),
    Entry("refused_to_pay", True, "12 CFR 1006.6(c)(1)", "found", "The person wrote that they refuse to pay."),
    Entry("no_tcpa_consent", True, "47 CFR 64.1200(a)(1)(iii), (a)(3)(iii)", "high, from memory", "An automated or recorded call to a mobile without consent, or more than three recorded ones a month to a landline."),
    Entry("consent_revoked", True, "47 CFR 64.1200(a)(10)", "found", "Consent to automated calls was revoked."),
    Entry("time_barred_suit", True, "12 CFR 1006.26(b)", "found", "A suit, or a threat of one, from the day after the time to sue ended, or while that day is not known."),
    Entry("license_missing", True, "state licence laws", "medium", "No valid licence of ours in a place that asks for one."),
    Entry("recording_consent_missing", True, "state recording laws", "found", "A recording without the consent of all where that is required; the call itself is not refused."),
    Entry("venue", False, "12 CFR 1006.30(d)", "found", "A suit elsewhere than where the consumer lives or signed."),
    Entry("fee_not_authorized", False, "12 CFR 1006.22(b)", "found", "A fee that neither the agreement nor the law allows."),
    Entry("postdated_notice_missing", False, "12 CFR 1006.22(c)(1)", "found", "A postdated payment deposited without notice."),
    Entry("early_deposit", False, "12 CFR 1006.22(c)(3)", "found", "A postdated payment deposited before its date."),
    Entry("disputed_debt_payment", False, "12 CFR 1006.30(c)(1)", "found", "A payment applied to a disputed debt."),
    Entry("furnish_precontact", False, "12 CFR 1006.30(a)", "found", "Reported to a bureau before the consumer was reached."),
    Entry("furnish_undeliverable", False, "12 CFR 1006.30(a)", "found", "Reported to a bureau although the notice came back."),
    Entry("furnish_obsolete", False, "15 USC 1681c", "high, from memory", "Reported to a bureau past the time of reporting."),
    Entry("furnish_medical_rule", False, "12 CFR 1022.38 (vacated); state law", "found", "A medical debt reported where that is not allowed."),
    Entry("transfer_prohibited", False, "12 CFR 1006.30(b)", "found", "A paid, settled or discharged debt sold or placed."),
)
# fmt: on


OVERRIDABLE = frozenset(entry.code for entry in ENTRIES if entry.is_overridable)


def may_override(codes: Iterable[str]) -> bool:
    """Whether what refuses is only what the law's reasons rebut (comment 14(b)(2)(i)-2)."""
    refusing = set(codes)
    return bool(refusing) and refusing <= OVERRIDABLE


def state_of(entry: Entry) -> str:
    return "built" if entry.is_built else "missing"


def rule_table() -> list[dict[str, str]]:
    """Every code of the regulation note, in a stable order, built ones first."""
    return [{"code": e.code, "citation": e.citation, "state": state_of(e)} for e in ENTRIES]
