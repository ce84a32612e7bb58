from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import CENT, NotMoney, cents, parse_money

AMOUNTS = st.decimals(min_value=-999999999, max_value=999999999, places=6)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.004999", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1", "1.00")],
)
def test_cents_round_half_away_from_zero(amount, rounded):
    assert str(cents(Decimal(amount))) == rounded


def test_nothing_rounds_to_a_negative_zero():
    assert str(cents(Decimal("-0.001"))) == "0.00"


@given(AMOUNTS)
def test_rounding_moves_an_amount_by_half_a_cent_at_most(amount):
    assert abs(cents(amount) - amount) <= CENT / 2


@given(AMOUNTS)
def test_rounding_twice_changes_nothing(amount):
    assert cents(cents(amount)) == cents(amount)


@given(st.decimals(min_value=-999999999, max_value=999999999, places=2))
def test_what_is_written_with_separators_is_read_back(amount):
    assert parse_money(f"{amount:,.2f}") == amount


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1.234", "1,23.00", "12,34", "1e5", "NaN", "Infinity", "--1", "$", "1.", ".5", "٣", "1 000"],
)
def test_what_is_not_plainly_an_amount_is_refused(text):
    with pytest.raises(NotMoney):
        parse_money(text)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1000000000000.00"])
def test_cents_refuse_what_the_database_cannot_keep(amount):
    with pytest.raises(NotMoney):
        cents(Decimal(amount))
