"""The clock. Only views, API, tasks and commands read it; everything below is given `at` or `today`."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    return timezone.now()


def business_zone() -> ZoneInfo:
    return ZoneInfo(settings.BUSINESS_TIME_ZONE)


def business_today(at: datetime) -> date:
    """The agency's calendar date at an instant, which must carry its zone."""
    if at.tzinfo is None:
        raise ValueError("An instant must carry its time zone.")
    return at.astimezone(business_zone()).date()
