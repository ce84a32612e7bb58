"""Interest as an agreement or a law allows it (12 CFR 1006.22(b)), and what it does to the buckets day by day. Pure.

A day's interest is on what is owed at the end of the day before: of a span the first day is left out and the last counted, and a
payment's own day accrues before the payment. Rates are percent a year; a day's interest is exact to ten places and rounded once,
half a cent up, when it is posted; what rounding leaves over, within half a cent, is carried to the next day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from accounts.allocation import Overpayment, allocate
from core.money import ZERO

DAY = timedelta(days=1)
EXACT = Decimal("0.0000000001")
HALF = Decimal("0.5")
FIXED_365, ACTUAL, FIXED_360, THIRTY_360 = "365", "actual", "360", "30/360"


@dataclass(frozen=True, slots=True)
class Term:
    """A rate and by what right it runs. The first day of interest is the day after ``from_on``, the last is ``until_on``.

    ``basis``: actual days over 365, also in leap years; over 366 in leap years; over 360; months of 30 days over 360.
    ``compounds``: interest not paid by an anniversary of ``from_on`` bears interest from then on (28 USC 1961(b)).
    """

    rate: Decimal
    from_on: date
    until_on: date | None = None
    basis: str = FIXED_365
    compounds: bool = False

    def runs_on(self, day: date) -> bool:
        return self.from_on < day and (self.until_on is None or day <= self.until_on)

    def is_anniversary(self, day: date) -> bool:
        """29 February falls on the last day of February in other years."""
        if day.month != self.from_on.month or day <= self.from_on:
            return False
        return day.day == self.from_on.day or (
            self.from_on.day == 29 and day.month == 2 and day.day == 28 and (day + DAY).month == 3
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """No more than ``most`` percent a year on these days, first and last included: 0 while interest is waived or suspended.

    What exceeds it is forgiven and not deferred (50 USC 3937(a)(2)).
    """

    most: Decimal
    from_on: date
    until_on: date | None = None

    def stands_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def days_of(day: date, basis: str) -> Decimal:
    """What this day counts in the days of the basis: one, but for months of thirty days."""
    if basis != THIRTY_360:
        return Decimal(1)
    before = day - DAY
    return Decimal(_thirty(day) - _thirty(before))


def _thirty(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def year_of(day: date, basis: str) -> Decimal:
    """The days of a year in the basis."""
    if basis in (FIXED_360, THIRTY_360):
        return Decimal(360)
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    return Decimal(366 if basis == ACTUAL and leap else 365)


def of_day(owed: Decimal, rate: Decimal, day: date, basis: str = FIXED_365) -> Decimal:
    """One day's interest in dollars, to ten places."""
    exact = owed * rate * days_of(day, basis) / (100 * year_of(day, basis))
    return exact.quantize(EXACT, rounding=ROUND_HALF_UP)


def whole(exact: Decimal) -> Decimal:
    """To cents, half a cent up, so that what it leaves over never rounds to a cent itself."""
    return ((exact * 100 + HALF).to_integral_value(ROUND_FLOOR) / 100).quantize(ZERO)


def rate_on(day: date, terms: Iterable[Term], limits: Iterable[Limit] = ()) -> tuple[Term, Decimal] | None:
    """The term that runs on a day and the rate it may take; None: there is no authority for any interest."""
    term = next((term for term in terms if term.runs_on(day)), None)
    if term is None:
        return None
    return term, min([term.rate, *(limit.most for limit in limits if limit.stands_on(day))])


Buckets = dict[str, Decimal]


@dataclass(slots=True)
class Given:
    """What happened on a day and is not derived: amounts posted to buckets, and payments in the order they were posted, each
    with the order in which it pays the buckets."""

    amounts: Buckets = field(default_factory=dict)
    payments: list[tuple[Decimal, Sequence[str]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Derived:
    """By day and bucket what interest and payments come to; the balances and the carry at the end; what was paid beyond what was owed."""

    entries: dict[date, Buckets]
    balances: Buckets
    carry: Decimal
    credit: Decimal


def derive(
    *,
    opening: Mapping[str, Decimal],
    given: Mapping[date, Given],
    terms: Sequence[Term],
    limits: Sequence[Limit],
    since: date,
    through: date,
) -> Derived:
    """Every day after ``since`` up to ``through``, from the balances at the end of ``since``.

    Charges of a day are posted before its payments, its interest before both. Interest that is not paid bears none, but where the
    term compounds. What is paid beyond what is owed makes the principal negative, and no other bucket ever is.
    """
    book = _Book(opening, terms, limits)
    for number in range((through - since).days):
        book.pass_day(since + (number + 1) * DAY, given)
    return Derived(dict(book.entries), book.balances, book.carry, book.credit)


class _Book:
    def __init__(
        self,
        opening: Mapping[str, Decimal],
        terms: Sequence[Term],
        limits: Sequence[Limit],
    ) -> None:
        self.balances: Buckets = {"principal": ZERO, "interest": ZERO, "fees": ZERO, "costs": ZERO, **opening}
        self.terms, self.limits = terms, limits
        self.carry = self.capitalised = Decimal(0)
        self.credit = ZERO
        self.entries: defaultdict[date, Buckets] = defaultdict(dict)

    def pass_day(self, day: date, given: Mapping[date, Given]) -> None:
        self._accrue(day)
        happened = given.get(day)
        if happened is not None:
            for bucket, amount in happened.amounts.items():
                self.balances[bucket] += amount
            for amount, order in happened.payments:
                self._pay(day, amount, order)
            self._even_out(day)

    def _accrue(self, day: date) -> None:
        found = rate_on(day, self.terms, self.limits)
        if found is None:
            return
        term, rate = found
        owed = self.balances["principal"] + min(self.capitalised, self.balances["interest"])
        if owed > 0 and rate > 0:
            self.carry += of_day(owed, rate, day, term.basis)
            posted = whole(self.carry)
            self.carry -= posted
            self._enter(day, "interest", posted)
        if term.compounds and term.is_anniversary(day):
            self.capitalised = max(self.balances["interest"], ZERO)

    def _pay(self, day: date, amount: Decimal, order: Sequence[str]) -> None:
        try:
            shares = allocate(self.balances, amount, order)
        except Overpayment as error:
            shares = allocate(self.balances, error.owed, order) if error.owed > 0 else {}
            over = amount - error.owed
            shares["principal"] = shares.get("principal", ZERO) + over
            self.credit += over
        for bucket, share in shares.items():
            self._enter(day, bucket, -share)

    def _even_out(self, day: date) -> None:
        """A bucket was lowered by more than it turns out to have held, as when money dated earlier had paid it before it was waived:
        the rest lowers the other buckets."""
        for bucket in [name for name, balance in self.balances.items() if balance < 0]:
            beyond = -self.balances[bucket]
            others = {name: balance for name, balance in self.balances.items() if name != bucket}
            owed = sum((max(balance, ZERO) for balance in others.values()), ZERO)
            if bucket == "principal":
                beyond = min(beyond, owed)
            self._enter(day, bucket, beyond)
            for name, share in allocate(others, min(beyond, owed), ()).items() if owed else ():
                self._enter(day, name, -share)
            if beyond > owed:
                self._enter(day, "principal", owed - beyond)
                self.credit += beyond - owed

    def _enter(self, day: date, bucket: str, amount: Decimal) -> None:
        if amount:
            self.balances[bucket] += amount
            self.entries[day][bucket] = self.entries[day].get(bucket, ZERO) + amount
