"""Phone numbers: E.164 inside, readable outside, a clear sentence for what is no phone."""

from __future__ import annotations

import pytest

from debtors.phones import area_code, format_phone, normalise_phone


@pytest.mark.parametrize(
    "text",
    [
        "(602) 555-0148",
        "602-555-0148",
        "602.555.0148",
        "1 602 555 0148",
        "+1 602 555 0148",
        " 6025550148 ",
        "602-555-0148 x12",
    ],
)
def test_every_usual_way_of_writing_gives_one_number(text: str) -> None:
    assert normalise_phone(text) == "+16025550148"


def test_foreign_and_territory_numbers_are_kept() -> None:
    assert normalise_phone("+44 20 7183 8750") == "+442071838750"
    assert normalise_phone("020 7183 8750", region="GB") == "+442071838750"
    assert normalise_phone("684-555-0148") == "+16845550148"
    assert normalise_phone("800-555-0199") == "+18005550199"


@pytest.mark.parametrize(
    "text",
    ["", " ", "n/a", "none", "555-0148", "12345", "602-055-0148", "000-000-0000", "9" * 60, "999-999-9999"],
)
def test_what_is_no_phone_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="phone number") as refusal:
        normalise_phone(text)
    assert str(refusal.value).endswith(".")


def test_shown_as_people_write_it() -> None:
    assert format_phone("+16025550148") == "(602) 555-0148"
    assert format_phone("+442071838750") == "+44 20 7183 8750"
    assert format_phone("junk") == "junk"


def test_area_code() -> None:
    assert area_code("+16025550148") == "602"
    assert area_code("+442071838750") == ""
