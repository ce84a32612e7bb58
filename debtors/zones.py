"""Candidate time zones of a person, from ZIP codes and phone numbers (regulation 1.3; 12 CFR 1006.6(b)(1), cmt 2).

Unions, never a guess: `phonenumbers` alone is wrong for some area codes (689) and for split ones (423, 219, 850, 906),
so a number's zones are its own together with those of every ZIP that carries its area code. What is unknown contributes
nothing. Pure: the tables are read once (make them with `python tools/make_us_zip_zones.py`), answers are cached by ZIP
and by area code and exchange.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

TABLE = Path(__file__).parent / "data" / "us_zip_zones.tsv.gz"
UNKNOWN: frozenset[str] = frozenset()
NOWHERE = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.VOIP,
    }
)
"""Kinds of number that are tied to no place."""


class ZipRow(NamedTuple):
    """One ZIP code. ``kind``: S standard, P post-office boxes, U unique to one recipient, M military. Blank zone: unknown."""

    zip: str
    kind: str
    active: bool
    state: str
    city: str
    zone: str
    area_codes: tuple[str, ...]


@lru_cache(maxsize=1)
def zip_table() -> tuple[ZipRow, ...]:
    rows = []
    with gzip.open(TABLE, "rt", encoding="utf-8") as lines:
        for line in lines:
            code, kind, active, state, city, zone, areas = line.rstrip("\n").split("\t")
            rows.append(
                ZipRow(code, kind, active == "1", state, city, zone, tuple(areas.split(",")) if areas else ())
            )
    return tuple(rows)


@lru_cache(maxsize=1)
def _zones_by_zip() -> dict[str, frozenset[str]]:
    single = {zone: valid_zones([zone]) for zone in {row.zone for row in zip_table()}}
    return {row.zip: single[row.zone] for row in zip_table()}


@lru_cache(maxsize=1)
def _zones_by_area_code() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in zip_table():
        for code in row.area_codes:
            found.setdefault(code, set()).add(row.zone)
    return {code: valid_zones(zones) for code, zones in found.items()}


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether `zoneinfo` knows the IANA zone; Etc/Unknown and blanks are not zones."""
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False


def valid_zones(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if is_zone(name))


@lru_cache(maxsize=1)
def _states_by_area_code() -> dict[str, str]:
    counted: dict[str, Counter[str]] = {}
    for row in zip_table():
        for code in row.area_codes:
            counted.setdefault(code, Counter())[row.state] += 1
    return {code: states.most_common(1)[0][0] for code, states in counted.items()}


def state_of_area_code(code: str) -> str:
    """The state most of whose ZIP codes carry it, since an area code ends at the state's border; blank when unknown."""
    return _states_by_area_code().get(code, "")


def zones_of_zip(zip_code: str) -> frozenset[str]:
    """The zone of a ZIP or ZIP+4; empty when unknown (military, unassigned, no ZIP at all)."""
    return _zones_by_zip().get(zip_code.strip()[:5], UNKNOWN)


def known_area_code(code: str) -> bool:
    return code in _zones_by_area_code()


def zones_of_phone(number: str) -> frozenset[str]:
    """The zones in which the owner of an E.164 number may be; empty for toll-free, non-geographic and unreadable ones."""
    number = number.strip()
    if number.startswith("+1") and len(number) == 12:
        return _zones_of_exchange(number[:8]) if number[8:].isdecimal() else UNKNOWN
    return _zones_abroad(number)


@lru_cache(maxsize=100_000)
def _zones_of_exchange(prefix: str) -> frozenset[str]:
    """``prefix``: +1, area code and exchange, which is as deep as the zone data goes. A 555 exchange is known too."""
    if not prefix[1:].isdecimal() or not prefix.isascii():
        return UNKNOWN
    parsed = phonenumbers.PhoneNumber(country_code=1, national_number=int(prefix[2:] + "0100"))
    if phonenumbers.number_type(parsed) in NOWHERE:
        return UNKNOWN
    return _geographic(parsed) | _zones_by_area_code().get(prefix[2:5], UNKNOWN)


@lru_cache(maxsize=10_000)
def _zones_abroad(number: str) -> frozenset[str]:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return UNKNOWN
    if parsed.country_code == 1 or phonenumbers.number_type(parsed) in NOWHERE:
        return UNKNOWN  # a +1 number of another length is no number
    return _geographic(parsed)


def _geographic(number: phonenumbers.PhoneNumber) -> frozenset[str]:
    """What `phonenumbers` says, unless it only says the whole North American plan: that is no information."""
    zones = valid_zones(time_zones_for_number(number))
    return UNKNOWN if zones == _whole_plan() else zones


@lru_cache(maxsize=1)
def _whole_plan() -> frozenset[str]:
    toll_free = phonenumbers.PhoneNumber(country_code=1, national_number=8005550100)
    return valid_zones(time_zones_for_number(toll_free))


def candidate_zones(zips: Iterable[str], phones: Iterable[str], stated: str | None = None) -> tuple[str, ...]:
    """Every zone in which the person may be, the residence's first; empty when nothing is known.

    ``zips``: of current addresses, residence first. ``phones``: E.164, without those marked bad or wrong party.
    ``stated``: the zone the consumer says to be in now; it then stands alone. Raises ValueError if that is no IANA zone.
    """
    if stated:
        if not is_zone(stated):
            raise ValueError(f"{stated!r} is not an IANA time zone, such as America/Denver.")
        return (stated,)
    return _in_order(*map(zones_of_zip, zips), *map(zones_of_phone, phones))


@lru_cache(maxsize=10_000)
def _in_order(*known: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(zone for zones in known for zone in sorted(zones)))
