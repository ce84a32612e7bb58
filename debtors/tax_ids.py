"""Social Security and employer identification numbers: shape, validity, mask. Pure; digits are kept, dashes are not."""

from __future__ import annotations

import re

DASHED_SSN = re.compile(r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}")
DASHED_EIN = re.compile(r"[0-9]{2}[- ]?[0-9]{7}")
EIN_PREFIXES_NEVER_GIVEN = frozenset(
    ["00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97"]
)
"""IRS, "How EINs are assigned and valid EIN prefixes"."""


def validate_ssn(text: str) -> str:
    """Nine digits. Raises ValueError for what the SSA never issues: area 000, 666 or 9xx, group 00, serial 0000."""
    if not DASHED_SSN.fullmatch(text.strip()):
        raise ValueError("A Social Security number has nine digits, such as 212-34-5678.")
    digits = re.sub(r"[^0-9]", "", text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9":
        raise ValueError(f"No Social Security number begins with {area}.")
    if group == "00" or serial == "0000":
        raise ValueError("No Social Security number has a part that is all zeros.")
    return digits


def validate_ein(text: str) -> str:
    """Nine digits. Raises ValueError for a prefix the IRS does not give."""
    if not DASHED_EIN.fullmatch(text.strip()):
        raise ValueError("An employer identification number has nine digits, such as 12-3456789.")
    digits = re.sub(r"[^0-9]", "", text)
    if digits[:2] in EIN_PREFIXES_NEVER_GIVEN:
        raise ValueError(f"No employer identification number begins with {digits[:2]}.")
    return digits


def mask_ssn(digits: str) -> str:
    """•••-••-5678; empty for none."""
    return f"•••-••-{digits[-4:]}" if digits else ""


def mask_ein(digits: str) -> str:
    """••-•••6789; empty for none. As ``Debtor.masked_tax_id`` shows it."""
    return f"••-•••{digits[-4:]}" if digits else ""
