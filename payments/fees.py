"""What we earn of a payment. Pure; dollars, rounded half-up to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.money import ZERO, cents
from payments.enums import Stage


@dataclass(frozen=True, slots=True)
class Rule:
    """``age_days`` and ``placed_amount``: at least that; ``stage`` empty: any."""

    percent: Decimal
    flat: Decimal = ZERO
    stage: str = ""
    age_days: int = 0
    placed_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Case:
    """Of the account as it was placed. ``legal_rate``: percent agreed for this account once it is legal."""

    stage: str
    age_days: int
    placed_amount: Decimal
    legal_rate: Decimal | None = None


def rule_for(case: Case, rules: Sequence[Rule]) -> Rule | None:
    """The first that fits; an account's own legal rate goes before all of them. None: nothing is earned."""
    if case.stage == Stage.LEGAL and case.legal_rate is not None:
        return Rule(case.legal_rate)
    return next((rule for rule in rules if _fits(rule, case)), None)


def _fits(rule: Rule, case: Case) -> bool:
    return (
        rule.stage in ("", case.stage)
        and case.age_days >= rule.age_days
        and case.placed_amount >= rule.placed_amount
    )


def commission(amount: Decimal, rule: Rule | None) -> Decimal:
    """Of an ``amount`` above zero; never more than the amount itself."""
    if rule is None:
        return ZERO
    return min(cents(amount * rule.percent / 100 + rule.flat), amount)
