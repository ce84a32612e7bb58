"""Card numbers have no place here: found in any text, refused, and masked where the text itself must be kept. Pure.

A card number is 13 to 19 digits as a scheme issues them (ISO/IEC 7812: prefix, length and Luhn check digit), in groups or in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

REFUSED = "This looks like a card number. Card numbers are never written down here: take it out and use a secure payment page."

_RUN = re.compile(r"(?<![\d.])\d+(?:[ \-.]\d+)*", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_GROUPED = {(4, 6, 5), (4, 6, 4)}
# American Express, Diners, Discover, JCB, Mastercard, Maestro, UnionPay, Visa: prefix and lengths
_SCHEMES = re.compile(
    r"(?:3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}"
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|(?:5[06-9]|6[37])\d{10,17}|62\d{14,17}"
    r"|4(?:\d{12}|\d{15}|\d{18}))",
    re.ASCII,
)


def _is_card(digits: str) -> bool:
    if not _SCHEMES.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(value - 9 * (value > 9) for value in doubled)
    return total % 10 == 0


def _grouped(lengths: tuple[int, ...]) -> bool:
    """As cards are written: in one, by fours, as American Express and Diners do it, or digit by digit."""
    fours = set(lengths[:-1]) == {4} and lengths[-1] <= 4
    return len(lengths) == 1 or fours or lengths in _GROUPED or set(lengths) == {1}


def _cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each card number begins and ends, and its digits. Other digits may stand around it, as an expiry does."""
    for run in _RUN.finditer(text) if len(text) >= 13 else ():
        groups = [(run.start() + g.start(), run.start() + g.end(), g[0]) for g in _DIGITS.finditer(run[0])]
        first = 0
        while first < len(groups):
            last = next(
                (at for at in range(min(len(groups), first + 19), first, -1) if _spans(groups[first:at])),
                None,
            )
            if last is not None:
                yield (
                    groups[first][0],
                    groups[last - 1][1],
                    "".join(group for _, _, group in groups[first:last]),
                )
            first = first + 1 if last is None else last


def _spans(groups: Sequence[tuple[int, int, str]]) -> bool:
    return _grouped(tuple(len(group) for _, _, group in groups)) and _is_card(
        "".join(group for _, _, group in groups)
    )


def has_card(text: str) -> bool:
    """Whether something in ``text`` looks like a card number."""
    return any(True for _ in _cards(text))


def mask_cards(text: str) -> str:
    """``text`` with every card number reduced to its last four digits."""
    for start, end, digits in reversed(list(_cards(text))):
        text = f"{text[:start]}[card number ending {digits[-4:]}]{text[end:]}"
    return text


def refuse_cards(error: type[Exception], *texts: str) -> None:
    """Raises ``error`` where one of the texts has a card number in it."""
    if any(has_card(text) for text in texts):
        raise error(REFUSED)
