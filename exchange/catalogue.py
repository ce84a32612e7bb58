"""Our fields as a person sees them: grouped, named, with what is required. Pure."""

from __future__ import annotations

from exchange.fields import BESIDE, CHOICES, OTHERS
from exchange.rows import ALWAYS, CONSUMER_NEEDS

GROUPS: dict[str, tuple[str, ...]] = {
    "Account": (
        "client_reference", "current_balance", "client_code", "debt_type", "due_on", "original_creditor", "current_creditor",
        "merchant_brand", "prior_reference", "household", "portfolio", "frequency_group", "electronic_billing", "is_financial",
    ),
    "Debtor": (
        "debtor_name", "prefix", "first_name", "middle_name", "last_name", "suffix", "debtor_kind", "debtor_reference", "tax_id",
        "date_of_birth", "deceased_on", "military", "language",
    ),
    "Address": ("line1", "line2", "city", "state", "zip", "country", "bad_address", "address_since"),
    "Phone and e-mail": (
        "phone1", "phone1_kind", "phone1_wrong_party", "phone1_consent_on", "phone1_consent_source",
        "phone2", "phone2_kind", "phone2_wrong_party", "phone2_consent_on", "phone2_consent_source",
        "phone3", "phone3_kind", "phone3_wrong_party", "phone3_consent_on", "phone3_consent_source",
        "email1", "email1_opted_out", "email2", "email2_opted_out", "email_basis", "email_basis_on", "email_optout_until",
    ),
    "Itemization": (
        "first_delinquency_on", "itemization_on", "itemization_type", "itemization_balance", "interest_since", "fees_since",
        "payments_since", "credits_since",
    ),
    "Balance in parts, interest": (
        "principal", "interest", "fees", "costs", "interest_rate", "interest_from", "interest_authority",
    ),
    "Dates of the debt": (
        "opened_on", "contract_on", "service_on", "last_statement_on", "charge_off_on", "charge_off_balance", "limitation_on",
        "recall_on", "creditor_payment_on", "creditor_payment_amount",
    ),
    "Judgment": ("judgment_on", "judgment_amount", "judgment_rate", "judgment_court", "judgment_case"),
    "Disputes and holds": (
        "dispute_reason", "dispute_date", "dispute_status", "cease_on", "attorney_on", "attorney_name", "attorney_firm",
        "attorney_address", "attorney_phone", "bankruptcy_on", "bankruptcy_chapter", "bankruptcy_case", "bankruptcy_status",
        "inconvenient_days", "inconvenient_start", "inconvenient_end", "inconvenient_place", "inconvenient_until",
    ),
    "Agreed with the client": (
        "prior_agency", "is_reported_by_client", "restrictions", "commission_plan", "legal_fee_rate", "settlement_floor",
        "plan_minimum",
    ),
    "Second person": tuple(BESIDE["debtor2_"]),
    "Third person": tuple(BESIDE["debtor3_"]),
    "Fourth person": tuple(BESIDE["debtor4_"]),
}  # fmt: skip
LABELS = {
    "tax_id": "SSN or EIN",
    "line1": "Street",
    "line2": "Apartment, suite",
    "zip": "ZIP",
    "email1": "E-mail",
    "email2": "Second e-mail",
    "email_basis": "Basis for e-mail",
    "email_basis_on": "Basis for e-mail since",
    "phone1": "Phone",
    "phone1_kind": "Kind of phone",
    "phone2": "Second phone",
    "phone2_kind": "Kind of second phone",
    "phone3": "Third phone",
    "phone3_kind": "Kind of third phone",
    "cease_on": "Asked to cease on",
    "attorney_on": "Attorney since",
    "dispute_date": "Disputed on",
    "phone1_consent_on": "Phone: consent to automated calls on",
    "phone1_consent_source": "Phone: how consent was given",
    "phone2_consent_on": "Second phone: consent to automated calls on",
    "phone2_consent_source": "Second phone: how consent was given",
    "phone3_consent_on": "Third phone: consent to automated calls on",
    "phone3_consent_source": "Third phone: how consent was given",
    "phone1_wrong_party": "Phone: is somebody else's",
    "phone2_wrong_party": "Second phone: is somebody else's",
    "phone3_wrong_party": "Third phone: is somebody else's",
    "email1_opted_out": "E-mail: opted out",
    "email2_opted_out": "Second e-mail: opted out",
    "email_optout_until": "Creditor's notice: opt-out until",
    "creditor_payment_on": "Last payment to the client on",
    "creditor_payment_amount": "Last payment to the client",
    "is_financial": "Financial product or service",
    "is_reported_by_client": "Reported to bureaus by the client",
    "military": "In military service",
    "judgment_on": "Entered on",
    "settlement_floor": "Settlement floor, percent",
    "legal_fee_rate": "Legal fee, percent",
    "plan_minimum": "Lowest instalment",
}
POSITIONS = {"debtor2_": "Second person", "debtor3_": "Third person", "debtor4_": "Fourth person"}


def label(name: str) -> str:
    if name in OTHERS:
        return f"{POSITIONS[name[:8]]}: {label(name[8:]).lower()}"
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def _needed(debt_type: str) -> tuple[str, ...]:
    return ALWAYS if debt_type == "commercial" else CONSUMER_NEEDS


def requirement(name: str, debt_type: str) -> str:
    """What a row must have, in a few words; empty for what may be left out."""
    if name == "debtor_name":
        return "required, or first and last name"
    return "required" if name in _needed(debt_type) else ""


def still_needed(mapped: frozenset[str], debt_type: str) -> list[str]:
    """Labels of the required fields that a mapping does not fill."""
    missing = [label(name) for name in _needed(debt_type) if name not in mapped]
    if not mapped & {"debtor_name", "first_name", "last_name"}:
        missing.append(label("debtor_name"))
    return missing


def choices(name: str) -> str:
    """The words that a field of choices takes, parted by spaces; empty for any other field."""
    return CHOICES.get(OTHERS.get(name, name), "")
