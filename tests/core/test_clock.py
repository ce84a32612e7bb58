from datetime import UTC, date, datetime

import pytest

from core.clock import business_today


def test_the_business_day_is_counted_in_the_business_zone():
    assert business_today(datetime(2026, 4, 8, 3, 59, tzinfo=UTC)) == date(2026, 4, 7)
    assert business_today(datetime(2026, 4, 8, 4, 0, tzinfo=UTC)) == date(2026, 4, 8)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        business_today(datetime(2026, 4, 8, 3, 59))
