"""Our fields as a person sees them: grouped, named, with what is required. Pure."""

from __future__ import annotations

from exchange.fields import CHOICES, SECOND
from exchange.rows import ALWAYS, CONSUMER_NEEDS

GROUPS: dict[str, tuple[str, ...]] = {
    "Account": (
        "client_reference", "current_balance", "client_code", "debt_type", "due_on", "original_creditor", "current_creditor",
        "merchant_brand", "prior_reference", "household", "frequency_group", "electronic_billing",
    ),
    "Debtor": (
        "debtor_name", "first_name", "middle_name", "last_name", "suffix", "debtor_kind", "debtor_reference", "tax_id",
        "date_of_birth", "deceased_on", "language",
    ),
    "Address": ("line1", "line2", "city", "state", "zip", "country"),
    "Phone and e-mail": (
        "phone1", "phone1_kind", "phone2", "phone2_kind", "phone3", "phone3_kind", "email1", "email2", "email_basis",
        "email_basis_on",
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
        "recall_on",
    ),
    "Disputes and holds": (
        "dispute_reason", "dispute_date", "cease_on", "attorney_on", "attorney_name", "bankruptcy_on",
    ),
    "Second person": tuple(SECOND),
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
}


def label(name: str) -> str:
    if name in SECOND and name.startswith("debtor2_"):
        return f"Second person: {label(name.removeprefix('debtor2_')).lower()}"
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
    return CHOICES.get(SECOND.get(name, name), "")
