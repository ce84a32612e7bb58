"""Candidate zones: unions of what ZIPs and numbers say, never a guess (regulation 1.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
import zipcodes
from phonenumbers.timezone import time_zones_for_number

from debtors.zones import candidate_zones, is_zone, zones_of_phone, zones_of_zip

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)


def allowed_utc(zones: tuple[str, ...], on: date) -> tuple[datetime, datetime] | None:
    """The hours from 8 to 21 that all zones share, as T-01, T-04 and T-05 use them."""
    opens = max(datetime(on.year, on.month, on.day, 8, tzinfo=ZoneInfo(z)).astimezone(UTC) for z in zones)
    closes = min(datetime(on.year, on.month, on.day, 21, tzinfo=ZoneInfo(z)).astimezone(UTC) for z in zones)
    return (opens, closes) if opens < closes else None


def test_a_zip_has_the_zone_of_its_place() -> None:
    assert zones_of_zip("10001") == {EASTERN}
    assert zones_of_zip("94105-1234") == {PACIFIC}
    assert zones_of_zip("85004") == {"America/Phoenix"}
    assert zones_of_zip("00901") == {"America/Puerto_Rico"}
    assert zones_of_zip("96910") == {"Pacific/Guam"}


@pytest.mark.parametrize("zip_code", ["", "  ", "00000", "abcde", "1000", "09012", "99634"])
def test_a_blank_junk_or_military_zip_is_unknown(zip_code: str) -> None:
    assert zones_of_zip(zip_code) == frozenset()


def test_the_junk_zone_of_the_package_is_kept_out() -> None:
    assert zipcodes.matching("99634")[0]["timezone"] == "Napakiak"
    assert not is_zone("Napakiak")
    assert not is_zone("")
    assert not is_zone("Etc/Unknown")
    assert "Napakiak" not in zones_of_phone("+19075550100")
    assert "America/Anchorage" in zones_of_phone("+19075550100")


def test_689_is_orlando_and_so_eastern_whatever_phonenumbers_says() -> None:
    assert time_zones_for_number(phonenumbers.parse("+16892101234")) == (CENTRAL,)
    assert EASTERN in zones_of_phone("+16892101234")
    assert EASTERN in zones_of_phone("+16895550148")


@pytest.mark.parametrize(
    ("area_code", "both"),
    [
        ("423", {EASTERN, CENTRAL}),
        ("219", {EASTERN, CENTRAL}),
        ("850", {EASTERN, CENTRAL}),
        ("906", {"America/Detroit", "America/Menominee"}),
    ],
)
def test_a_split_area_code_has_the_zones_of_both_sides(area_code: str, both: set[str]) -> None:
    assert both <= zones_of_phone(f"+1{area_code}5550148")


@pytest.mark.parametrize(
    "number", ["+14232651234", "+18504321234", "+12198811234", "+16053421234", "+12125550123", "+13105550123"]
)
def test_a_number_has_its_own_zones_and_those_of_every_zip_with_its_area_code(number: str) -> None:
    own = set(time_zones_for_number(phonenumbers.parse(number)))
    carried = {
        row["timezone"] for row in zipcodes.list_all() if number[2:5] in row["area_codes"] and row["timezone"]
    }
    assert zones_of_phone(number) == own | carried


@pytest.mark.parametrize(
    "number", ["+18005550100", "+18335550100", "+19005550100", "+15005550100", "+17105550100"]
)
def test_toll_free_and_non_geographic_numbers_say_nothing(number: str) -> None:
    assert zones_of_phone(number) == frozenset()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "no phone",
        "+1",
        "+1602555",
        "+1602555abcd",
        "+1abc5550100",
        "+1\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT THREE}4567890",
        "6025550148",
    ],
)
def test_what_is_no_number_says_nothing(number: str) -> None:
    assert zones_of_phone(number) == frozenset()


def test_a_foreign_number_has_its_own_zone() -> None:
    assert zones_of_phone("+442071838750") == {"Europe/London"}
    assert zones_of_phone("+14165550100") == {"America/Toronto"}


def test_t01_eastern_number_and_pacific_residence() -> None:
    zones = candidate_zones(["94105"], ["+12125550123"])
    assert zones == (PACIFIC, EASTERN)
    assert allowed_utc(zones, date(2026, 11, 23)) == (
        datetime(2026, 11, 23, 16, tzinfo=UTC),
        datetime(2026, 11, 24, 2, tzinfo=UTC),
    )


def test_t04_phoenix_and_los_angeles_agree_in_summer_only() -> None:
    zones = candidate_zones([], ["+16025550123", "+12135550123"])
    assert zones == ("America/Phoenix", PACIFIC)
    july, january = allowed_utc(zones, date(2026, 7, 15)), allowed_utc(zones, date(2026, 1, 15))
    assert july is not None
    assert january is not None
    assert july[0] == datetime(2026, 7, 15, 15, tzinfo=UTC)
    assert january[0] == datetime(2026, 1, 15, 16, tzinfo=UTC)


def test_t05_new_york_and_guam_share_no_hour() -> None:
    zones = candidate_zones(["10001", "96910"], [])
    assert zones == (EASTERN, "Pacific/Guam")
    assert allowed_utc(zones, date(2026, 11, 23)) is None


def test_t06_a_stated_location_stands_alone() -> None:
    assert candidate_zones(["10001"], ["+13105550123"], stated=MOUNTAIN) == (MOUNTAIN,)
    with pytest.raises(ValueError, match="'Denver' is not an IANA time zone"):
        candidate_zones(["10001"], [], stated="Denver")


def test_nothing_known_is_empty_and_never_a_guess() -> None:
    assert candidate_zones([], []) == ()
    assert candidate_zones(["", "99634"], ["+18005550100", "junk"]) == ()


def test_the_residence_stands_first_and_the_order_is_stable() -> None:
    zones = candidate_zones(["60601", "10001"], ["+14235550100", "+13105550123"])
    assert zones == (CENTRAL, EASTERN, "America/Kentucky/Monticello", PACIFIC)
    assert zones == candidate_zones(["60601", "10001"], ["+14235550100", "+13105550123"])
