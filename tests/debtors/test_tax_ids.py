"""SSN and EIN: only shapes that can exist, and never shown whole."""

from __future__ import annotations

import pytest

from debtors.tax_ids import mask_ein, mask_ssn, validate_ein, validate_ssn


@pytest.mark.parametrize("text", ["212-34-5678", "212345678", "212 34 5678", " 212-34-5678 "])
def test_an_ssn_is_nine_digits(text: str) -> None:
    assert validate_ssn(text) == "212345678"


def test_leading_zeros_are_kept() -> None:
    assert validate_ssn("001-01-0001") == "001010001"
    assert validate_ein("01-0000001") == "010000001"


@pytest.mark.parametrize(
    "text",
    [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "999-99-9999",
        "212-00-5678",
        "212-34-0000",
        "21234567",
        "2123456789",
        "2l2-34-5678",
        "",
        "\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}345678",
    ],
)
def test_what_the_ssa_never_issues_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Social Security number"):
        validate_ssn(text)


@pytest.mark.parametrize("text", ["12-3456789", "123456789"])
def test_an_ein_is_nine_digits(text: str) -> None:
    assert validate_ein(text) == "123456789"


@pytest.mark.parametrize("text", ["00-1234567", "07-1234567", "97-1234567", "12-345678", ""])
def test_what_the_irs_never_gives_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="employer identification number"):
        validate_ein(text)


def test_masked() -> None:
    assert (mask_ssn("212345678"), mask_ein("123456789")) == ("•••-••-5678", "••-•••6789")
    assert (mask_ssn(""), mask_ein("")) == ("", "")
