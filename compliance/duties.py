"""What the law says of acts other than contacts: suits, sales, claims in bankruptcy, records, machines that dial ahead. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from compliance.case import Reason
from compliance.lawtables import Duties

ENDED = frozenset({"paid", "settled", "discharged"})
ALLOWED_BUYERS = frozenset({"owner", "previous_owner", "securitization", "merger"})
"""To whom even such a debt may go: back to its owner, to an earlier one by contract, and two that sell no single debt (1006.30(b)(2))."""


def venue(*, filed_in: str, resides_in: str, signed_in: str = "", property_in: str = "") -> Reason | None:
    """Judicial districts; ``resides_in`` when the suit begins. ``property_in``: the debt is secured by real property there."""
    lawful = {property_in} if property_in else {resides_in, signed_in} - {""}
    if filed_in in lawful:
        return None
    where = " or ".join(sorted(lawful)) or "a district that is not known yet"
    return Reason("venue", "15 USC 1692i", None, f"Suit is brought in {where}, not in {filed_in}.")


def transfer(*, state: str, to: str) -> Reason | None:
    """Whether a debt may be sold, assigned or placed for collection; ``state`` paid, settled or discharged, or anything else."""
    if state not in ENDED or to in ALLOWED_BUYERS:
        return None
    return Reason(
        "transfer_prohibited",
        "12 CFR 1006.30(b)(1)",
        None,
        f"A debt that is {state} goes to nobody but its owner.",
    )


def claim_due(*, relief_on: date, law: Duties) -> date:
    """The last day for a proof of claim in a voluntary case of chapter 7, 12 or 13 (FRBP 3002(c))."""
    return relief_on + timedelta(days=law.claim_days)


def default_judgment(*, checked_on: date | None, on: date, law: Duties) -> Reason | None:
    """No default judgment is asked for without a recent check of military status on record (50 USC 3931)."""
    if checked_on is not None and timedelta(0) <= on - checked_on <= timedelta(days=law.scra_check_days):
        return None
    text = f"Check the military status and record it; the check may be {law.scra_check_days} days old."
    return Reason("scra_hold", "50 USC 3931", None, text)


def keep_until(*, days: Collection[date], law: Duties, is_held: bool = False) -> date | None:
    """The first day on which records may go: counted from the latest of ``days`` (the last activity on the debt, a recorded call).

    The twenty-ninth of February has its anniversary on the first of March: never shorter (12 CFR 1006.100). None: a hold keeps them.
    """
    if is_held or not days:
        return None
    latest = max(days)
    year = latest.year + law.records_years
    try:
        return latest.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def is_abandoned(*, seconds_to_agent: Decimal | None, law: Duties) -> bool:
    """Of a call that a person answered; counted from the end of their greeting. None: nobody came."""
    return seconds_to_agent is None or seconds_to_agent > law.abandon_seconds


def may_dial_ahead(*, answered: int, abandoned: int, law: Duties) -> bool:
    """Whether a campaign keeps its pace: counts of its last ``abandon_days`` (47 CFR 64.1200(a)(7), which we keep for collection too)."""
    return abandoned * 100 <= law.abandon_percent * answered


def check_ring(*, seconds: int, law: Duties) -> None:
    """Raises ValueError: an unanswered call is not broken off earlier (47 CFR 64.1200(a)(6))."""
    if seconds < law.ring_seconds:
        raise ValueError(
            f"seconds: let it ring for {law.ring_seconds} seconds or four rings at least, not {seconds}."
        )
