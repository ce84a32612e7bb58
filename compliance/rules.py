"""The table of the gate's codes: what is built, and what is not built yet and therefore never silently allowed."""

from __future__ import annotations

BUILT = {
    "outside_hours": "12 CFR 1006.6(b)(1)(i)",
    "inconvenient_time": "12 CFR 1006.6(b)(1)(i)",
    "inconvenient_place": "12 CFR 1006.6(b)(1)(ii)",
    "attorney_represented": "12 CFR 1006.6(b)(2)",
    "employer_prohibited": "12 CFR 1006.6(b)(3)",
    "cease_communication": "12 CFR 1006.6(c)",
    "third_party_not_allowed": "12 CFR 1006.6(d)(1), 1006.10",
    "call_frequency": "12 CFR 1006.14(b)(2)(i)(A)",
    "conversation_cooldown": "12 CFR 1006.14(b)(2)(i)(B)",
    "state_frequency": "state and city rows of the policy",
    "medium_opt_out": "12 CFR 1006.14(h)(1)",
    "address_opt_out": "12 CFR 1006.14(h)(1)",
    "no_email_safe_harbor": "12 CFR 1006.6(d)(4)",
    "no_sms_safe_harbor": "12 CFR 1006.6(d)(5)",
    "employer_email": "12 CFR 1006.22(f)(3)",
    "dispute_hold": "12 CFR 1006.38(d)(2)",
    "oc_request_hold": "12 CFR 1006.38(c)",
    "validation_not_sent": "12 CFR 1006.34(a)(1)",
    "overshadowing": "12 CFR 1006.38(b)",
    "bankruptcy_stay": "11 USC 362(a)(6)",
    "discharged": "11 USC 524(a)(2)",
    "deceased_no_estate_rep": "12 CFR 1006.6(a)(4)",
    "scra_hold": "50 USC 3901 ff.",
    "location_zone_conflict": "12 CFR 1006.6(b)(1)(i), comment 2",
    "address_undeliverable": "12 CFR 1006.42(a)",
    "suppression_global": "house policy",
}
MISSING = {
    "refused_to_pay": "12 CFR 1006.6(c)(1)",
    "no_tcpa_consent": "47 CFR 64.1200(a)(1)(iii)",
    "consent_revoked": "47 CFR 64.1200(a)(10)",
    "time_barred_suit": "12 CFR 1006.26(b)",
    "venue": "12 CFR 1006.30(d)",
    "fee_not_authorized": "12 CFR 1006.22(b)",
    "postdated_notice_missing": "12 CFR 1006.22(c)(1)",
    "early_deposit": "12 CFR 1006.22(c)(3)",
    "disputed_debt_payment": "12 CFR 1006.30(c)(1)",
    "furnish_precontact": "12 CFR 1006.30(a)",
    "furnish_undeliverable": "12 CFR 1006.30(a)",
    "furnish_obsolete": "15 USC 1681c",
    "furnish_medical_rule": "12 CFR 1022.38 (vacated); state law",
    "transfer_prohibited": "12 CFR 1006.30(b)",
    "license_missing": "state licence laws",
    "recording_consent_missing": "state recording laws",
}


def rule_table() -> list[dict[str, str]]:
    """Every code of the regulation note, in a stable order, built ones first."""
    built = [{"code": code, "citation": citation, "state": "built"} for code, citation in BUILT.items()]
    return built + [
        {"code": code, "citation": citation, "state": "missing"} for code, citation in MISSING.items()
    ]
