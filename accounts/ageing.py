"""Ageing buckets by days past due (domain.md). Pure."""

from __future__ import annotations

from datetime import date

BUCKETS: tuple[tuple[int, str], ...] = (
    (0, "current"),
    (30, "1–30"),
    (60, "31–60"),
    (90, "61–90"),
    (120, "91–120"),
    (180, "121–180"),
    (365, "181–365"),
)


def days_past_due(due_on: date | None, on: date) -> int:
    """Whole days after the due date; 0 when not yet due or when no date is known."""
    return max((on - due_on).days, 0) if due_on else 0


def bucket(due_on: date | None, on: date) -> str:
    days = days_past_due(due_on, on)
    return next((label for upto, label in BUCKETS if days <= upto), "over 365")
