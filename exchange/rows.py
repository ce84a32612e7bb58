# ruff: noqa: E501
"""One row of a placement: texts in, typed values out, or the reasons why not. Pure (regulation note 7.1, reject rules)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.fields import blind_index
from debtors.tax_ids import validate_ein, validate_ssn
from debtors.zones import candidate_zones
from exchange.fields import FIELDS, Unreadable

ZERO = Decimal("0.00")
CONSUMER_NEEDS = ("first_delinquency_on", "itemization_on", "itemization_type", "itemization_balance")
ALWAYS = ("client_reference", "current_balance", "line1", "city", "state", "zip")
NOT_AFTER_PLACEMENT = (
    "itemization_on", "charge_off_on", "first_delinquency_on", "opened_on", "contract_on", "service_on", "last_statement_on", "dispute_date",
)  # fmt: skip
PARTS = ("principal", "interest", "fees", "costs")


def read_row(
    texts: Mapping[str, str], *, date_format: str, debt_type: str, placed_on: date
) -> tuple[dict[str, Any], list[str]]:
    """The values of a row and everything that is wrong with it, each problem naming its field."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, text in texts.items():
        if text.startswith("="):
            problems.append(f"{name}: a formula; put its value in the cell")
            continue
        try:
            values[name] = FIELDS[name].read(text, date_format)
        except Unreadable as error:
            problems.append(f"{name}: {error}")
    if problems:
        return values, problems
    values.setdefault("debt_type", debt_type)
    _complete(values)
    problems += _missing(values) + _dates(values, placed_on) + _amounts(values)
    if not problems:
        problems += _identity(values)
    return values, problems


def _complete(values: dict[str, Any]) -> None:
    kind = values.setdefault("debtor_kind", "person")
    if "debtor_name" not in values:
        parts = ("first_name", "middle_name", "last_name", "suffix")
        values["debtor_name"] = " ".join(values[part] for part in parts if values.get(part))
    elif kind == "person" and "last_name" not in values:
        values["last_name"] = values["debtor_name"].rsplit(" ", 1)[-1]
    values.setdefault("due_on", values.get("first_delinquency_on"))
    if values.get("dispute_reason") and not values.get("dispute_date"):
        values["dispute_date"] = None
    values["has_dispute"] = bool(values.get("dispute_reason") or values.get("dispute_date"))


def _missing(values: Mapping[str, Any]) -> list[str]:
    needed = ALWAYS if values["debt_type"] == "commercial" else ALWAYS + CONSUMER_NEEDS
    problems = [f"{name}: is required" for name in needed if values.get(name) is None]
    if not values["debtor_name"]:
        problems.append("debtor_name: is required (or first_name and last_name)")
    return problems


def _dates(values: Mapping[str, Any], placed_on: date) -> list[str]:
    return [
        f"{name}: {values[name].isoformat()} lies after the placement of {placed_on.isoformat()}"
        for name in NOT_AFTER_PLACEMENT
        if values.get(name) is not None and values[name] > placed_on
    ]


def _amounts(values: dict[str, Any]) -> list[str]:
    balance: Decimal | None = values.get("current_balance")
    if balance is None:
        return []
    problems = [] if balance > 0 else [f"current_balance: {balance} is not above zero"]
    for name in (
        *PARTS,
        "itemization_balance",
        "interest_since",
        "fees_since",
        "payments_since",
        "credits_since",
    ):
        if values.get(name, ZERO) < 0:
            problems.append(f"{name}: {values[name]} is below zero")
    rest = sum((values.get(name, ZERO) for name in PARTS[1:]), ZERO)
    principal = values.setdefault("principal", balance - rest)
    if principal < 0 or principal + rest != balance:
        problems.append(
            f"principal, interest, fees and costs add up to {principal + rest}, not to current_balance {balance}"
        )
    start: Decimal | None = values.get("itemization_balance")
    if start is not None:
        added = values.get("interest_since", ZERO) + values.get("fees_since", ZERO)
        taken = values.get("payments_since", ZERO) + values.get("credits_since", ZERO)
        if start + added - taken != balance:
            problems.append(
                f"itemization_balance {start} plus interest and fees {added} less payments and credits {taken} is "
                f"{start + added - taken}, not current_balance {balance}"
            )
    return problems


def _identity(values: dict[str, Any]) -> list[str]:
    """Who the debtor is within this client, and where they may be."""
    number = values.get("tax_id", "")
    if number:
        try:
            digits = validate_ssn(number) if values["debtor_kind"] == "person" else validate_ein(number)
        except ValueError as error:
            return [f"tax_id: {error}"]
        values["tax_id"], values["tax_id_index"], values["tax_id_last4"] = (
            digits,
            blind_index(digits, "tax_id"),
            digits[-4:],
        )
    phones = [values[f"phone{n}"] for n in (1, 2, 3) if values.get(f"phone{n}")]
    values["zones"] = candidate_zones([values["zip"]], phones)
    if values.get("debtor_reference"):
        values["debtor_key"] = "ref:" + values["debtor_reference"]
    elif number:
        values["debtor_key"] = "tax:" + values["tax_id_index"]
    return []
