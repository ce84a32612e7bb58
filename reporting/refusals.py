"""The gate's codes in a rep's words."""

from __future__ import annotations

SENTENCES = {
    "outside_hours": "outside the hours of contact",
    "inconvenient_time": "a time they called inconvenient",
    "inconvenient_place": "a place they called inconvenient",
    "attorney_represented": "they have an attorney",
    "employer_prohibited": "not at work",
    "cease_communication": "they asked us to stop",
    "refused_to_pay": "they refused to pay, in writing",
    "third_party_not_allowed": "not with a third party",
    "call_frequency": "seven calls in seven days",
    "conversation_cooldown": "spoke within seven days",
    "state_frequency": "the state's limit on calls and texts",
    "medium_opt_out": "opted out",
    "address_opt_out": "opted out of this address",
    "no_email_safe_harbor": "no consent or notice for this e-mail address",
    "no_sms_safe_harbor": "no consent for texts to this number",
    "employer_email": "an employer's e-mail address",
    "no_tcpa_consent": "no consent to automated calls or texts",
    "consent_revoked": "consent taken back",
    "dispute_hold": "disputed, not yet verified",
    "oc_request_hold": "asked for the original creditor",
    "validation_not_sent": "validation notice not sent",
    "overshadowing": "would overshadow the validation notice",
    "bankruptcy_stay": "bankruptcy stay",
    "discharged": "discharged in bankruptcy",
    "deceased_no_estate_rep": "deceased, no representative known",
    "scra_hold": "on active duty",
    "location_zone_conflict": "their time zones conflict",
    "address_undeliverable": "the address is known to fail",
    "suppression_global": "suppressed",
}


def sentence(code: str) -> str:
    return SENTENCES.get(code, code.replace("_", " "))
