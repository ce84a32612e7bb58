"""How long a suit may be brought (12 CFR 1006.26; regulation 2.6). Pure rules of the gate.

What is not known is read short: of several states, or of an unclear kind of contract, the shortest time; no state, no row of
the table or no day from which the time runs, and nothing may speak of a suit.
"""

from __future__ import annotations

from datetime import date, timedelta

from compliance.case import Case, DebtFacts, Reason
from compliance.lawtables import Limitation

SUIT_TAGS = frozenset({"suit_threat", "threatens_legal_action"})


def time_barred_suit(case: Case) -> Reason | None:
    """A debt is time-barred from the day after its last one; a suit about several needs all of them in time."""
    if case.is_commercial or case.request.template_tags.isdisjoint(SUIT_TAGS):
        return None
    last = [_last_day_to_sue(case, debt) for debt in case.debts if debt not in case.facts.commercial]
    if None in last:
        return _refused("Until when this debt may be sued on is not known; nothing may speak of a suit.")
    days = [day for day in last if day is not None and day < case.today]
    if not days:
        return None
    return _refused(
        f"The time to sue on this debt ended on {min(days).isoformat()}; nothing may speak of a suit."
    )


def _refused(text: str) -> Reason:
    return Reason("time_barred_suit", "12 CFR 1006.26(b)", None, text)


def _last_day_to_sue(case: Case, debt: str) -> date | None:
    facts, table = case.facts, case.policy.tables.limitations
    known = facts.debts.get(debt)
    rows = [table.get(state) for state in {*facts.residence_states, *facts.indicated_states}]
    if known is None or known.accrued_on is None or not rows:
        return None
    days = [known.limitation_on] if known.limitation_on else []
    for row in rows:
        if row is None:
            return None
        days.append(_expiry(row, case.policy.tables.contracts.get(known.kind, ""), known, known.accrued_on))
    return min(days)


def _expiry(row: Limitation, contract: str, known: DebtFacts, accrued_on: date) -> date:
    """The anniversary and the days it stood still; begun anew by a payment before it, where the state has that, never by one after."""
    years, tolled = row.years(contract), timedelta(days=known.tolled_days)
    last = anniversary(accrued_on, years) + tolled
    paid_on = known.last_payment_on
    if row.revives and paid_on is not None and accrued_on < paid_on <= last:
        return anniversary(paid_on, years) + tolled
    return last


def anniversary(day: date, years: int) -> date:
    """29 February becomes 1 March in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
