"""Days that the law counts: when a notice is taken as received, how long a debt may be disputed, a revocation be on its way. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from compliance.tables import Table

DAY = timedelta(days=1)
BY_POST = frozenset({"letter"})
WRITTEN = BY_POST | {"email", "online", "text"}


@dataclass(frozen=True, slots=True)
class Clocks:
    """Business days until a notice is received, post came late, a revocation is honoured, a notice translated; else calendar days."""

    notice_days: int
    receipt_business_days: int
    validation_days: int
    mail_grace_business_days: int
    revocation_business_days: int
    attorney_response_days: int
    translation_business_days: int


def clocks(table: Table) -> Clocks | None:
    """None: the pack was written before all of them were known. Raises PolicyError."""
    names = Clocks.__dataclass_fields__
    table.only(*names)
    return (
        Clocks(**{name: table.positive(name) for name in names})
        if names.keys() <= table.data.keys()
        else None
    )


def notice_overdue_from(communicated_on: date, law: Clocks) -> date:
    """The first day on which collection waits for a notice that has not been sent (12 CFR 1006.34(a)(1)(i)(B))."""
    return communicated_on + (law.notice_days + 1) * DAY


@dataclass(frozen=True, slots=True)
class ValidationPeriod:
    """``ends_on`` is the last day to dispute, as the notice prints it (12 CFR 1006.34(b)(5))."""

    sent_on: date
    received_on: date
    ends_on: date


@lru_cache(maxsize=2)
def _holidays(observed: bool) -> Container[date]:
    """The legal public holidays of 5 USC 6103(a); ``observed``: with the days kept for those that fall on a weekend."""
    found: Container[date] = holidays.country_holidays("US", observed=observed)
    return found


def is_business_day(day: date, *, observed: bool = True) -> bool:
    return day.weekday() < 5 and day not in _holidays(observed)


@lru_cache(maxsize=4_096)
def business_days_after(day: date, count: int, *, observed: bool = True) -> date:
    """``day`` itself is none of them. Leaving out observed holidays makes a time longer: choose which of both is the safe one."""
    while count:
        day += DAY
        count -= is_business_day(day, observed=observed)
    return day


def validation_period(sent_on: date, law: Clocks) -> ValidationPeriod:
    """At least five business days to arrive, so the longer count is the safe one (comment 34(b)(5))."""
    received_on = business_days_after(sent_on, law.receipt_business_days)
    return ValidationPeriod(sent_on, received_on, received_on + law.validation_days * DAY)


def last_lawful_day(revoked_on: date, law: Clocks) -> date:
    """The last day something already on its way may still arrive (47 CFR 64.1200(a)(10)); the shorter count is the safe one."""
    return business_days_after(revoked_on, law.revocation_business_days, observed=False)


def received_too_long_ago(on: date, law: Clocks) -> date:
    """The latest day such that a revocation received on it had its last lawful day before ``on``."""
    day = on - DAY
    while last_lawful_day(day, law) >= on:
        day -= DAY
    return day


def is_timely(
    *, medium: str, received_on: date, postmarked_on: date | None, ends_on: date, law: Clocks
) -> bool:
    """Whether a written dispute was submitted within the validation period: the day it was sent off counts (1006.38(c), (d)).

    Electronically that is the day received, in the person's zone. Post counts by its postmark; without one, what comes in within the
    days of grace counts as sent in time.
    """
    if medium not in BY_POST:
        return received_on <= ends_on
    if postmarked_on is not None:
        return postmarked_on <= ends_on
    return received_on <= business_days_after(ends_on, law.mail_grace_business_days)
