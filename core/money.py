"""Amounts of money: Decimal, two places, rounded half-up exactly once."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("999999999999.99")  # numeric(14,2)

_PLAIN = re.compile(r"-?\$?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?", re.ASCII)


class NotMoney(ValueError):
    """The text is not an amount this project accepts."""


def cents(amount: Decimal) -> Decimal:
    """Round half-up, away from zero at the midpoint, to two places."""
    if not amount.is_finite():
        raise NotMoney(f"{amount} is not an amount.")
    if abs(amount) > LARGEST:
        raise NotMoney(f"{amount} is larger than any amount kept here.")
    rounded = amount.quantize(CENT, rounding=ROUND_HALF_UP)
    return ZERO if rounded == 0 else rounded


def parse_money(text: str) -> Decimal:
    """Read "1234.5", "1,234.50", "$1,234.50", "-12" strictly; anything else raises NotMoney.

    More than two decimal places are refused, not rounded: the sender meant something else.
    """
    stripped = text.strip()
    if not _PLAIN.fullmatch(stripped):
        raise NotMoney(f"{text!r} is not an amount of money such as 1,234.50.")
    return cents(Decimal(stripped.replace("$", "").replace(",", "")))


def dollars(amount: Decimal) -> str:
    """$1,234.50, and -$12.00 below zero."""
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"
