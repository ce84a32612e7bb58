"""When is a promise kept? Pure: amounts and dates in, verdict out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.money import ZERO
from payments.schedules import Instalment

KEPT, PARTLY_KEPT, BROKEN, OPEN = "kept", "partly_kept", "broken", "open"


@dataclass(frozen=True, slots=True)
class Judgment:
    verdict: str
    expected: Decimal
    paid: Decimal


def last_day(due_on: date, grace_days: int) -> date:
    """The last effective date that still counts."""
    return due_on + timedelta(days=grace_days)


def judge(
    *,
    amount: Decimal,
    made_on: date,
    due_on: date,
    grace_days: int,
    tolerance: Decimal,
    receipts: Iterable[tuple[date, Decimal]],
    on: date,
) -> Judgment:
    """``receipts``: (effective date, net amount received) from the ledger, reversals as negative amounts on the payment's own date.

    Kept as soon as at least ``amount - tolerance`` came from ``made_on`` up to due date plus grace (all days included); until that
    last day is over (``on`` later than it) anything less is open, after it partly kept or broken.
    """
    until = last_day(due_on, grace_days)
    paid = sum((value for day, value in receipts if made_on <= day <= min(until, on)), Decimal("0.00"))
    if paid >= amount - tolerance:
        return Judgment(KEPT, amount, paid)
    if on <= until:
        return Judgment(OPEN, amount, paid)
    return Judgment(PARTLY_KEPT if paid > 0 else BROKEN, amount, paid)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a schedule: ``expected`` is what was to have come by the day judged, grace allowed; ``next_amount`` what is missing
    until ``next_due_on``. Both are None once nothing is awaited."""

    verdict: str
    expected: Decimal
    paid: Decimal
    next_due_on: date | None = None
    next_amount: Decimal | None = None


def judge_schedule(
    *,
    instalments: Sequence[Instalment],
    made_on: date,
    grace_days: int,
    tolerance: Decimal,
    receipts: Iterable[tuple[date, Decimal]],
    on: date,
) -> Standing:
    """Broken by the first instalment that was not covered by its due date plus grace: what had come by then, counted from
    ``made_on``, falls short of all that was due up to it by more than ``tolerance``. Kept once all of it has come in time.

    ``receipts`` as in ``judge``. A later day never brings a better verdict without a further receipt.
    """
    counted = [(day, value) for day, value in receipts if day >= made_on]
    due = expected = ZERO
    missed = False
    awaited: tuple[date, Decimal] | None = None
    for instalment in instalments:
        due += instalment.amount
        until = last_day(instalment.due_on, grace_days)
        came = sum((value for day, value in counted if day <= min(until, on)), ZERO)
        if until < on:
            expected = due
        if came < due - tolerance:
            missed = missed or until < on
            awaited = awaited or (instalment.due_on, due - came)
    whole = last_day(instalments[-1].due_on, grace_days)
    paid = sum((value for day, value in counted if day <= min(whole, on)), ZERO)
    if awaited is None:
        return Standing(KEPT, due, paid)
    if missed:
        return Standing(BROKEN, expected, paid)
    return Standing(OPEN, expected, paid, *awaited)
