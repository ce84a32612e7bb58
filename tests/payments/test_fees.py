"""What we earn of a payment: the first rule that fits, never more than the payment, half a cent up."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from payments.fees import Case, Rule, commission, rule_for

RULES = [
    Rule(D("40"), stage="legal"),
    Rule(D("50"), age_days=720),
    Rule(D("20"), placed_amount=D("10000")),
    Rule(D("33.3333"), flat=D("1.50")),
]


@pytest.mark.parametrize(
    ("case", "percent"),
    [
        (Case("regular", 10, D("100")), "33.3333"),
        (Case("regular", 719, D("9999.99")), "33.3333"),
        (Case("regular", 720, D("100")), "50"),
        (Case("regular", 10, D("10000")), "20"),
        (Case("regular", 720, D("10000")), "50"),
        (Case("legal", 720, D("10000")), "40"),
        (Case("legal", 720, D("10000"), D("27.5")), "27.5"),
        (Case("regular", 720, D("10000"), D("27.5")), "50"),
    ],
)
def test_the_first_rule_that_fits_is_used_and_an_accounts_own_legal_rate_before_all(
    case: Case, percent: str
) -> None:
    found = rule_for(case, RULES)
    assert found is not None
    assert found.percent == D(percent)


@pytest.mark.parametrize(
    ("amount", "rule", "earned"),
    [
        ("100.00", Rule(D("25")), "25.00"),
        ("10.02", Rule(D("25")), "2.51"),
        ("0.02", Rule(D("25")), "0.01"),
        ("100.00", Rule(D("33.3333"), D("1.50")), "34.83"),
        ("1.00", Rule(D("0"), D("5.00")), "1.00"),
        ("50.00", None, "0.00"),
    ],
)
def test_a_fee_is_rounded_once_and_never_more_than_was_paid(
    amount: str, rule: Rule | None, earned: str
) -> None:
    assert commission(D(amount), rule) == D(earned)


def test_where_no_rule_fits_nothing_is_earned() -> None:
    assert rule_for(Case("regular", 0, D("1")), RULES[:3]) is None
