"""Phone numbers: kept as E.164, shown as people write them. Pure."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat

from debtors.zones import known_area_code

LONGEST = 40


def normalise_phone(text: str, region: str = "US") -> str:
    """The number in E.164, such as +16025550148; an extension is dropped. Raises ValueError with a sentence for the sender.

    A US number must be possible and its area code in use; unassigned exchanges pass, so 555-0100 to 555-0199 do.
    """
    cleaned = text.strip()
    if not cleaned:
        raise ValueError("A phone number is missing.")
    if len(cleaned) > LONGEST:
        raise ValueError(f"“{cleaned[:LONGEST]}…” is too long for a phone number.")
    try:
        parsed = phonenumbers.parse(cleaned, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"“{cleaned}” is not a phone number.") from error
    if not _plausible(parsed):
        raise ValueError(
            f"“{cleaned}” is not a phone number that can be dialled; a US one has an area code and seven digits."
        )
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _plausible(parsed: phonenumbers.PhoneNumber) -> bool:
    if phonenumbers.is_valid_number(parsed):
        return True
    national = str(parsed.national_number)
    is_nanp = parsed.country_code == 1 and len(national) == 10
    return is_nanp and known_area_code(national[:3]) and national[3] in "23456789"


def format_phone(number: str) -> str:
    """(602) 555-0148 for a North American number, the international form for others, the text itself if unreadable."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    try:
        return phonenumbers.format_number(phonenumbers.parse(number, None), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


def area_code(number: str) -> str:
    """The area code of a North American E.164 number; empty for others."""
    return number[2:5] if number.startswith("+1") and len(number) == 12 else ""
