"""The canonical columns of a placement (regulation note 7.1) and how each value is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from core.money import NotMoney, parse_money
from debtors.phones import normalise_phone
from debtors.services import STATES

NANP = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9]\d{2})\)?[-. ]?([2-9]\d{2})[-. ]?(\d{4})", re.ASCII)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
YES, NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"no", "n", "false", "0", ""})


class Unreadable(ValueError):
    """The value is not what the field holds; the sentence says what would be."""


def read_text(limit: int) -> Callable[[str, str], str]:
    def read(value: str, _: str) -> str:
        if len(value) > limit:
            raise Unreadable(f"is longer than {limit} characters")
        return value

    return read


def read_choice(*choices: str) -> Callable[[str, str], str]:
    def read(value: str, _: str) -> str:
        if value.lower() not in choices:
            raise Unreadable(f"{value!r} is not one of {', '.join(choices)}")
        return value.lower()

    return read


@lru_cache(maxsize=20_000)
def read_date(value: str, date_format: str) -> date:
    for pattern in (date_format, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
        try:
            found = datetime.strptime(value, pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
        if not 1900 <= found.year <= 2100:
            raise Unreadable(f"{value!r} lies outside 1900 to 2100")
        return found
    raise Unreadable(f"{value!r} is no date of the form {date_format}")


def read_money(value: str, _: str) -> Decimal:
    try:
        return parse_money(value)
    except NotMoney as error:
        raise Unreadable(str(error)) from error


def read_rate(value: str, _: str) -> Decimal:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value, re.ASCII):
        raise Unreadable(f"{value!r} is no percentage such as 8.25")
    return Decimal(value)


def read_phone(value: str, _: str) -> str:
    if match := NANP.fullmatch(value):
        return "+1" + "".join(match.groups())
    try:
        return normalise_phone(value)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def read_email(value: str, _: str) -> str:
    if not EMAIL.fullmatch(value) or len(value) > 254:
        raise Unreadable(f"{value!r} is no e-mail address")
    return value


def read_flag(value: str, _: str) -> bool:
    if value.lower() in YES:
        return True
    if value.lower() in NO:
        return False
    raise Unreadable(f"{value!r} is neither yes nor no")


def read_state(value: str, _: str) -> str:
    if value.upper() not in STATES:
        raise Unreadable(f"{value!r} is no US state; use the two-letter code")
    return value.upper()


def read_zip(value: str, _: str) -> str:
    if not re.fullmatch(r"\d{5}(-\d{4})?", value, re.ASCII):
        raise Unreadable(f"{value!r} is no ZIP code; five digits with leading zeros, or ZIP+4")
    return value


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    read: Callable[[str, str], object]
    sql: str


_DATES = [
    "date_of_birth",
    "deceased_on",
    "opened_on",
    "contract_on",
    "service_on",
    "last_statement_on",
    "charge_off_on",
    "first_delinquency_on",
    "due_on",
    "limitation_on",
    "recall_on",
    "itemization_on",
    "interest_from",
    "dispute_date",
    "cease_on",
    "attorney_on",
    "bankruptcy_on",
    "email_basis_on",
]
_AMOUNTS = [
    "charge_off_balance",
    "itemization_balance",
    "interest_since",
    "fees_since",
    "payments_since",
    "credits_since",
    "current_balance",
    "principal",
    "interest",
    "fees",
    "costs",
]
_TEXTS = [
    "client_reference:60",
    "prior_reference:60",
    "household:60",
    "debtor_reference:50",
    "frequency_group:60",
    "debtor_name:200",
    "first_name:80",
    "middle_name:80",
    "last_name:120",
    "suffix:20",
    "language:8",
    "tax_id:11",
    "line1:120",
    "line2:120",
    "city:80",
    "original_creditor:160",
    "current_creditor:160",
    "merchant_brand:120",
    "interest_authority:160",
    "attorney_name:120",
]
_DEBT_TYPES = [
    "card",
    "loan",
    "medical",
    "utility",
    "telecom",
    "rent",
    "student",
    "auto",
    "commercial",
    "other",
]
_CHOICES = {
    "debtor_kind": ("person", "business"),
    "debt_type": tuple(_DEBT_TYPES),
    "itemization_type": ("last_statement", "charge_off", "last_payment", "transaction", "judgment"),
    "dispute_reason": ("not_mine", "amount", "paid", "other"),
    "country": ("us",),
    "phone1_kind": ("mobile", "home", "work", "other"),
    "phone2_kind": ("mobile", "home", "work", "other"),
    "phone3_kind": ("mobile", "home", "work", "other"),
    "email_basis": ("email_consumer_used", "email_consent", "email_creditor", "email_prior_collector"),
}


def _fields() -> dict[str, Field]:
    found = [Field(name, read_date, "date") for name in _DATES]
    found += [Field(name, read_money, "numeric(14,2)") for name in _AMOUNTS]
    found += [
        Field(name, read_text(int(limit)), "text") for name, limit in (pair.split(":") for pair in _TEXTS)
    ]
    found += [Field(name, read_choice(*values), "text") for name, values in _CHOICES.items()]
    found += [Field(name, read_phone, "text") for name in ("phone1", "phone2", "phone3")]
    found += [Field(name, read_email, "text") for name in ("email1", "email2")]
    found += [
        Field("electronic_billing", read_flag, "boolean"),
        Field("state", read_state, "text"),
        Field("zip", read_zip, "text"),
        Field("interest_rate", read_rate, "numeric(7,4)"),
    ]
    return {field.name: field for field in found}


FIELDS = _fields()
