"""The canonical columns of a placement (regulation note 7.1) and how each value is read. Pure.

A reader takes a text that is not empty and gives its value, or raises Unreadable. Every one refuses formulas and control
characters, the patterned ones by their pattern, the others by ``check_text``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from core.cards import has_card
from core.money import NotMoney, parse_money
from debtors.phones import normalise_phone
from debtors.services import STATES
from debtors.zones import known_area_code

Reader = Callable[[str], object]

NANP = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9]\d{2})\)?[-. ]?([2-9]\d{2})[-. ]?(\d{4})", re.ASCII)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
PLAIN_CENTS = re.compile(r"\d{1,9}\.\d\d", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
CELL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
YES, NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"no", "n", "false", "0", ""})
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ISO = "%Y-%m-%d"
CARD = "looks like a card number"
REFERENCES = frozenset({"client_reference", "prior_reference", "debtor_reference"})
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Unreadable(ValueError):
    """The value is not what the field holds; the sentence says what would be."""


def check_text(value: str) -> None:
    """Raises Unreadable for what no text may be: a formula, a cell's error, a control character."""
    if value.startswith("="):
        raise Unreadable("a formula; put its value in the cell")
    if value in CELL_ERRORS:
        raise Unreadable(f"{value} is a spreadsheet's error; put the value in the cell")
    if found := CONTROL.search(value):
        kind = {"\x00": "a NUL character", "\n": "a line break", "\r": "a line break", "\t": "a tab"}
        what = kind.get(found[0], f"the control character U+{ord(found[0]):04X}")
        raise Unreadable(f"holds {what} after {value[: found.start()]!r}; take it out")


def text(limit: int, cards: bool = True) -> Reader:
    """``cards``: a card number is refused; an account's own reference may be as long as one."""

    def read(value: str) -> str:
        if len(value) > limit:
            raise Unreadable(f"is longer than {limit} characters")
        if value[:1] in "=#" or not value.isprintable():
            check_text(value)
        if cards and has_card(value):
            raise Unreadable(f"{CARD}; take it out and send the row again")
        return value

    return read


def choice(*choices: str) -> Reader:
    @lru_cache(maxsize=1000)
    def read(value: str) -> str:
        if value.lower() not in choices:
            raise Unreadable(f"{value!r} is not one of {', '.join(choices)}")
        return value.lower()

    return read


def _written(date_format: str) -> str:
    """MM/DD/YYYY for %m/%d/%Y."""
    for code, words in (("%m", "MM"), ("%d", "DD"), ("%Y", "YYYY"), ("%y", "YY"), ("%b", "Mon")):
        date_format = date_format.replace(code, words)
    return date_format


def date_reader(date_format: str) -> Reader:
    @lru_cache(maxsize=50_000)
    def read(value: str) -> date:
        for pattern in (date_format, ISO, f"{ISO} %H:%M:%S"):
            try:
                found = _date(value, pattern)
            except ValueError:
                continue
            if not 1900 <= found.year <= 2100:
                raise Unreadable(f"{value!r} lies outside 1900 to 2100")
            return found
        raise Unreadable(f"{value!r} is no date of the form {_written(date_format)}")

    return read


def _date(value: str, pattern: str) -> date:
    if pattern == ISO and ISO_DATE.fullmatch(value):
        return date.fromisoformat(value)
    return datetime.strptime(value, pattern).date()  # noqa: DTZ007


def read_money(value: str) -> Decimal:
    if PLAIN_CENTS.fullmatch(value):
        return Decimal(value)
    try:
        return parse_money(value)
    except NotMoney as error:
        raise Unreadable(str(error)) from error


@lru_cache(maxsize=1000)
def read_rate(value: str) -> Decimal:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value, re.ASCII):
        raise Unreadable(f"{value!r} is no percentage such as 8.25")
    return Decimal(value)


def read_phone(value: str) -> str:
    """What ``normalise_phone`` says; it is not asked for the ten digits of an area code in use, where the answer is known."""
    if (match := NANP.fullmatch(value)) and known_area_code(match[1]):
        return f"+1{match[1]}{match[2]}{match[3]}"
    check_text(value)
    try:
        return normalise_phone(value)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def read_email(value: str) -> str:
    if not EMAIL.fullmatch(value) or len(value) > 254:
        raise Unreadable(f"{value!r} is no e-mail address")
    if value[0] == "=" or not value.isprintable():
        check_text(value)
    return value


def read_flag(value: str) -> bool:
    if value.lower() in YES:
        return True
    if value.lower() in NO:
        return False
    raise Unreadable(f"{value!r} is neither yes nor no")


def read_true(value: str) -> bool | None:
    """A flag whose no says as little as an empty cell."""
    return read_flag(value) or None


def read_time(value: str) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII):
        raise Unreadable(f"{value!r} is no time of day such as 17:30")
    return time.fromisoformat(value)


def read_weekdays(value: str) -> str:
    """As an array of PostgreSQL: {1,3} for "Tue Thu"."""
    words = re.findall(r"[^\s,;/]+", value.lower())
    found = {next((n for n, day in enumerate(WEEKDAYS) if word.startswith(day)), -1) for word in words}
    if not found or -1 in found:
        raise Unreadable(f"{value!r} does not name weekdays such as Tue Thu")
    return f"{{{','.join(map(str, sorted(found)))}}}"


def read_state(value: str) -> str:
    if value.upper() not in STATES:
        raise Unreadable(f"{value!r} is no US state; use the two-letter code")
    return value.upper()


@lru_cache(maxsize=50_000)
def read_zip(value: str) -> str:
    if not re.fullmatch(r"\d{5}(-\d{4})?", value, re.ASCII):
        raise Unreadable(f"{value!r} is no ZIP code; five digits with leading zeros, or ZIP+4")
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """``read`` None: a date, read by the form of the file."""

    sql: str
    read: Reader | None = None

    def reader(self, date_format: str) -> Reader:
        return self.read or date_reader(date_format)


_DATES = """
    date_of_birth deceased_on opened_on contract_on service_on last_statement_on charge_off_on first_delinquency_on due_on
    limitation_on recall_on itemization_on interest_from dispute_date cease_on attorney_on bankruptcy_on email_basis_on
    email_optout_until address_since creditor_payment_on judgment_on inconvenient_until
    phone1_consent_on phone2_consent_on phone3_consent_on
"""
_AMOUNTS = """
    charge_off_balance itemization_balance interest_since fees_since payments_since credits_since current_balance
    principal interest fees costs creditor_payment_amount judgment_amount plan_minimum
"""
_RATES = "interest_rate judgment_rate legal_fee_rate settlement_floor"
_FLAGS = "electronic_billing is_financial is_reported_by_client"
_MARKS = "military bad_address email1_opted_out email2_opted_out phone1_wrong_party phone2_wrong_party phone3_wrong_party"
_TEXTS = """
    client_code:40 client_reference:60 prior_reference:60 household:60 portfolio:60 debtor_reference:50 frequency_group:60 debtor_name:200
    first_name:80 middle_name:80 last_name:120 suffix:20 language:8 tax_id:11 line1:120 line2:120 city:80
    original_creditor:160 current_creditor:160 merchant_brand:120 interest_authority:160 attorney_name:120
    attorney_firm:120 attorney_address:200 attorney_phone:40 bankruptcy_case:60 judgment_court:120 judgment_case:60
    prior_agency:120 restrictions:200 commission_plan:40 prefix:20
    phone1_consent_source:120 phone2_consent_source:120 phone3_consent_source:120
"""
CHOICES = {
    "debtor_kind": "person business",
    "debt_type": "card loan medical utility telecom rent student auto commercial other",
    "itemization_type": "last_statement charge_off last_payment transaction judgment",
    "dispute_reason": "not_mine amount paid other",
    "dispute_status": "open verified withdrawn upheld",
    "bankruptcy_chapter": "7 11 12 13",
    "bankruptcy_status": "filed converted dismissed discharged closed",
    "inconvenient_place": "home work other",
    "country": "us",
    "phone1_kind": "mobile home work other",
    "phone2_kind": "mobile home work other",
    "phone3_kind": "mobile home work other",
    "email_basis": "email_consumer_used email_consent email_creditor email_prior_collector",
    "role": "joint guarantor authorised_user spouse",
}
_BESIDE = {
    "phone": "phone1",
    "phone_kind": "phone1_kind",
    "email": "email1",
    "kind": "debtor_kind",
    "name": "debtor_name",
    **{
        name: name
        for name in (
            *(
                "role",
                "prefix",
                "first_name",
                "middle_name",
                "last_name",
                "suffix",
                "language",
                "tax_id",
                "date_of_birth",
            ),
            *("deceased_on", "military", "line1", "line2", "city", "state", "zip"),
        )
    },
}
BESIDE = {
    f"debtor{slot + 1}_": {f"debtor{slot + 1}_{theirs}": ours for theirs, ours in _BESIDE.items()}
    for slot in (1, 2, 3)
}
"""The columns of further people who owe or stand beside the debtor, and the field of a person that each is."""
OTHERS = {theirs: ours for columns in BESIDE.values() for theirs, ours in columns.items()}

ALIASES = {
    "client_account_number": "client_reference",
    "prior_account_number": "prior_reference",
    "packet_id": "household",
    "household_id": "household",
    "first": "first_name",
    "middle": "middle_name",
    "last": "last_name",
    "ssn": "tax_id",
    "ein": "tax_id",
    "dob": "date_of_birth",
    "deceased_date": "deceased_on",
    "phone": "phone1",
    "phone_type": "phone1_kind",
    "phone1_type": "phone1_kind",
    "phone2_type": "phone2_kind",
    "phone3_type": "phone3_kind",
    "email": "email1",
    "product": "debt_type",
    "account_open_date": "opened_on",
    "contract_date": "contract_on",
    "service_date": "service_on",
    "last_statement_date": "last_statement_on",
    "charge_off_date": "charge_off_on",
    "delinquency_date": "first_delinquency_on",
    "dofd": "first_delinquency_on",
    "itemization_date": "itemization_on",
    "balance_at_itemization": "itemization_balance",
    "interest_start": "interest_from",
    "sol_date": "limitation_on",
    "recall_date": "recall_on",
    "cease": "cease_on",
    "attorney": "attorney_name",
    "bankruptcy": "bankruptcy_on",
    "batch_id": "portfolio",
    "portfolio_id": "portfolio",
    "military_flag": "military",
    "bad_address_flag": "bad_address",
    "since": "address_since",
    **{f"phone{n}_consent_date": f"phone{n}_consent_on" for n in (1, 2, 3)},
    "consent_date": "phone1_consent_on",
    "consent_source": "phone1_consent_source",
    "wrong_party": "phone1_wrong_party",
    "opted_out": "email1_opted_out",
    "optout_notice_date": "email_basis_on",
    "optout_deadline": "email_optout_until",
    "cfps_flag": "is_financial",
    "last_payment_date": "creditor_payment_on",
    "last_payment_amount": "creditor_payment_amount",
    "judgment_date": "judgment_on",
    "judgment_case_number": "judgment_case",
    "bankruptcy_filed": "bankruptcy_on",
    "bankruptcy_case_number": "bankruptcy_case",
    "credit_reported_by_client": "is_reported_by_client",
    "licence_restrictions": "restrictions",
    "license_restrictions": "restrictions",
    "legal_fee": "legal_fee_rate",
    "settlement_floor_percent": "settlement_floor",
    "payment_plan_min": "plan_minimum",
}
_SHORT = {"first": "first_name", "middle": "middle_name", "last": "last_name", "ssn": "tax_id", "dob": "date_of_birth",
          "deceased_date": "deceased_on", "military_flag": "military"}  # fmt: skip
ALIASES |= {f"{of}{theirs}": f"{of}{ours}" for of in BESIDE for theirs, ours in _SHORT.items()}
"""What regulation note 7.1 calls the columns, where we have another name."""


def _fields() -> dict[str, Field]:
    limits = (pair.split(":") for pair in _TEXTS.split())
    found = {
        **{name: Field("date") for name in _DATES.split()},
        **{name: Field("numeric(14,2)", read_money) for name in _AMOUNTS.split()},
        **{name: Field("text", text(int(limit), name not in REFERENCES)) for name, limit in limits},
        **{name: Field("text", choice(*values.split())) for name, values in CHOICES.items()},
        **dict.fromkeys(("phone1", "phone2", "phone3"), Field("text", read_phone)),
        **dict.fromkeys(("email1", "email2"), Field("text", read_email)),
        **dict.fromkeys(_FLAGS.split(), Field("boolean", read_flag)),
        **dict.fromkeys(_MARKS.split(), Field("boolean", read_true)),
        **dict.fromkeys(_RATES.split(), Field("numeric(7,4)", read_rate)),
        "inconvenient_days": Field("smallint[]", read_weekdays),
        **dict.fromkeys(("inconvenient_start", "inconvenient_end"), Field("time", read_time)),
        "state": Field("text", read_state),
        "zip": Field("text", read_zip),
    }
    beside = {theirs: found[ours] for theirs, ours in OTHERS.items()}
    del found["role"]
    return found | beside


FIELDS = _fields()
