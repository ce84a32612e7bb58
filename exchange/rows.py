"""One row of a placement: texts in, typed values out, or the reasons why not. Pure (regulation note 7.1, reject rules)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from core.fields import blind_index
from debtors.tax_ids import validate_ein, validate_ssn
from debtors.zones import candidate_zones
from exchange.fields import BESIDE, FIELDS, Unreadable

Values = dict[str, Any]
ZERO = Decimal("0.00")
ALWAYS = ("client_reference", "current_balance", "line1", "city", "state", "zip")
CONSUMER_NEEDS = (
    *ALWAYS,
    "first_delinquency_on",
    "itemization_on",
    "itemization_type",
    "itemization_balance",
)
NOT_AFTER_PLACEMENT = (
    "itemization_on", "charge_off_on", "first_delinquency_on", "opened_on", "contract_on", "service_on", "last_statement_on",
    "dispute_date", "date_of_birth", "deceased_on", "creditor_payment_on", "judgment_on", "address_since", "email_basis_on",
    "phone1_consent_on", "phone2_consent_on", "phone3_consent_on", "cease_on", "attorney_on", "bankruptcy_on",
)  # fmt: skip
NOT_NEGATIVE = (
    "principal", "interest", "fees", "costs", "itemization_balance", "interest_since", "fees_since", "payments_since",
    "credits_since", "charge_off_balance", "creditor_payment_amount", "plan_minimum",
)  # fmt: skip
NAME_PARTS = ("first_name", "middle_name", "last_name", "suffix")
PLACE = ("line1", "city", "state", "zip")
OPT_OUT_DAYS = timedelta(days=35)
"""What a creditor's notice leaves at least to opt out (12 CFR 1006.6(d)(4)(ii)(C)(5))."""
_zones_as_json = lru_cache(maxsize=10_000)(json.dumps)


class RowReader:
    """Made once a file. ``debt_type`` and ``client_code`` are the client's own."""

    def __init__(
        self, fields: Iterable[str], *, date_format: str, client_code: str, debt_type: str, placed_on: date
    ) -> None:
        self._readers = {name: FIELDS[name].reader(date_format) for name in fields}
        found = ((of, [name for name in columns if name in self._readers]) for of, columns in BESIDE.items())
        self._beside = [(of, names) for of, names in found if names]
        self._client_code, self._debt_type, self._placed_on = client_code, debt_type, placed_on

    def __call__(self, texts: Mapping[str, str]) -> tuple[Values, list[str]]:
        """The values of a row and everything that is wrong with it, each problem naming its field.

        The values of the people beside the debtor stand under "beside", named as the debtor's own are.
        """
        values: Values = {}
        problems: list[str] = []
        readers = self._readers
        for name, text in texts.items():
            try:
                values[name] = readers[name](text)
            except Unreadable as error:
                said = "a formula; put its value in the cell" if text.startswith("=") else error
                problems.append(f"{name}: {said}")
        if not problems:
            problems = self._judge(values)
        return values, problems

    def _judge(self, values: Values) -> list[str]:
        beside = [(of, found) for of, names in self._beside if (found := _taken(values, of, names))]
        values.setdefault("debt_type", self._debt_type)
        _complete(values)
        problems = _missing(values) + _dates(values, self._placed_on) + _amounts(values) + _identity(values)
        problems += _together(values)
        if values.get("client_code", self._client_code) != self._client_code:
            problems.append(f"client_code: {values['client_code']!r} is not {self._client_code!r}")
        for of, person in beside:
            wrong = _of_another(person, values) + _dates(person, self._placed_on) + _identity(person)
            problems += [f"{of}{problem}" for problem in wrong]
        if beside:
            values["beside"] = [person for _, person in beside]
        return problems


def _taken(values: Values, of: str, names: Iterable[str]) -> Values:
    return {BESIDE[of][name]: values.pop(name) for name in names if name in values}


def _name(values: Values) -> None:
    kind = values.setdefault("debtor_kind", "person")
    if "debtor_name" not in values:
        values["debtor_name"] = " ".join([values[part] for part in NAME_PARTS if part in values])
    elif kind == "person" and "last_name" not in values:
        values["last_name"] = values["debtor_name"].rsplit(" ", 1)[-1]


def _complete(values: Values) -> None:
    _name(values)
    if "due_on" not in values:
        values["due_on"] = values.get("first_delinquency_on")
    values["has_dispute"] = any(
        name in values for name in ("dispute_reason", "dispute_date", "dispute_status")
    )


def _missing(values: Values) -> list[str]:
    needed = ALWAYS if values["debt_type"] == "commercial" else CONSUMER_NEEDS
    problems = [f"{name}: is required" for name in needed if name not in values]
    if not values["debtor_name"]:
        problems.append("debtor_name: is required (or first_name and last_name)")
    return problems


def _dates(values: Values, placed_on: date) -> list[str]:
    return [
        f"{name}: {values[name].isoformat()} lies after the placement of {placed_on.isoformat()}"
        for name in NOT_AFTER_PLACEMENT
        if name in values and values[name] > placed_on
    ]


def _amounts(values: Values) -> list[str]:
    problems = [
        f"{name}: {values[name]} is below zero"
        for name in NOT_NEGATIVE
        if name in values and values[name] < ZERO
    ]
    balance: Decimal | None = values.get("current_balance")
    if balance is None:
        return problems
    if balance <= ZERO:
        problems.append(f"current_balance: {balance} is not above zero")
    amount = values.get
    rest = amount("interest", ZERO) + amount("fees", ZERO) + amount("costs", ZERO)
    principal = values.setdefault("principal", balance - rest)
    if principal < ZERO or principal + rest != balance:
        problems.append(
            f"principal, interest, fees and costs add up to {principal + rest}, not to current_balance {balance}"
        )
    if "itemization_balance" in values:
        start = values["itemization_balance"]
        added = amount("interest_since", ZERO) + amount("fees_since", ZERO)
        taken = amount("payments_since", ZERO) + amount("credits_since", ZERO)
        if start + added - taken != balance:
            problems.append(
                f"itemization_balance {start} plus interest and fees {added} less payments and credits {taken} is "
                f"{start + added - taken}, not current_balance {balance}"
            )
    return problems


def _together(values: Values) -> list[str]:
    """What is said by halves: a judgment, a notice of the creditor, an inconvenient time."""
    problems = []
    if any(name.startswith("judgment_") for name in values):
        problems += [
            f"{name}: is required of a judgment"
            for name in ("judgment_on", "judgment_amount")
            if name not in values
        ]
        if values.get("judgment_amount", 1) <= ZERO:
            problems.append(f"judgment_amount: {values['judgment_amount']} is not above zero")
    if ("inconvenient_start" in values) != ("inconvenient_end" in values):
        problems.append("inconvenient_end: give both the start and the end of the time, or neither")
    if "email_optout_until" in values:
        problems += _notice(values)
    return problems


def _notice(values: Values) -> list[str]:
    """The basis counts from the day whose 35 days end with the deadline, never from before the notice."""
    if values.get("email_basis") != "email_creditor" or "email_basis_on" not in values:
        return [
            "email_optout_until: is said of a creditor's notice; email_basis email_creditor and email_basis_on tell which"
        ]
    starts = values["email_optout_until"] - OPT_OUT_DAYS
    if starts < values["email_basis_on"]:
        return [
            f"email_optout_until: {values['email_optout_until']} leaves less than 35 days after the notice; it gives no basis, "
            "leave email_basis out"
        ]
    values["email_basis_on"] = starts
    return []


def _identity(values: Values) -> list[str]:
    """Who the person is, by tax id, and where they may be."""
    if "tax_id" in values:
        try:
            is_person = values["debtor_kind"] == "person"
            digits = validate_ssn(values["tax_id"]) if is_person else validate_ein(values["tax_id"])
        except ValueError as error:
            return [f"tax_id: {error}"]
        values["tax_id"], values["tax_id_last4"] = digits, digits[-4:]
        values["tax_id_index"] = blind_index(digits, "tax_id")
    phones = [
        values[name]
        for name in ("phone1", "phone2", "phone3")
        if name in values and not values.get(f"{name}_wrong_party")
    ]
    zips = [values["zip"]] if "zip" in values and not values.get("bad_address") else []
    values["zones"] = _zones_as_json(candidate_zones(zips, phones))
    return []


def _of_another(second: Values, values: Values) -> list[str]:
    """What is missing or wrong of a person beside the debtor."""
    _name(second)
    problems = [] if "role" in second else ["role: is required to say how this person stands to the debt"]
    if not second["debtor_name"]:
        problems.append("name: is required (or first_name and last_name)")
    if any(name in second for name in (*PLACE, "line2")):
        problems += [f"{name}: is required for an address" for name in PLACE if name not in second]
    number = second.get("tax_id", "").replace("-", "")
    if number and number == values.get("tax_id"):
        problems.append("tax_id: is the debtor's own")
    return problems
