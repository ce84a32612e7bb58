"""When is a promise kept? Pure: amounts and dates in, verdict out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

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
