"""T-65: what looks like a card number is found in any clothes, and what only resembles one is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cards import has_card, mask_cards

CARDS = [
    "4111111111111111", "4242 4242 4242 4242", "4000-0566-5566-5556", "5555555555554444", "2223003122003222", "378282246310005",
    "3782 822463 10005", "6011111111111117", "30569309025904", "3566002020360505", "6200000000000005", "4222222222222",
    "5018000000000009", "4111.1111.1111.1111",
]  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
def test_t65_a_card_number_is_found_and_masked_to_its_last_four(card: str) -> None:
    text = f"Pays with {card}, exp 11/29."
    assert has_card(text)
    last = "".join(c for c in card if c.isdigit())[-4:]
    assert mask_cards(text) == f"Pays with [card number ending {last}], exp 11/29."


@pytest.mark.parametrize(
    "text",
    [
        "", "4111111111111112", "1111111111111111", "0000000000000000", "account 1234567890123456",
        "(212) 555-0148 (212) 555-0149",
        "HRH001746735", "602-555-0148 480-555-0199 602-555-0133", "1 Main St 4111, 1111 1111 1111",
        "2026-04-07T15:00:00-04:00", "41111111111111111111", "$4,111.11 on 11/11/2011",
    ],
)  # fmt: skip
def test_what_is_no_card_number_is_left_as_it_is(text: str) -> None:
    assert not has_card(text)
    assert mask_cards(text) == text


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1111 11 29 123", "11/29 4111111111111111 123", "ref 12 4111-1111-1111-1111"]
)
def test_t65_digits_around_it_do_not_hide_a_card_number(text: str) -> None:
    assert "1111 1111" not in mask_cards(text)
    assert "[card number ending 1111]" in mask_cards(text)


@given(st.text(alphabet="0123456789 -.x4", max_size=60))
def test_what_was_masked_has_none_left(text: str) -> None:
    masked = mask_cards(text)
    assert has_card(text) == (masked != text)
