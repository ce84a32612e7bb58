from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from payments.judging import judge

PROMISE = {
    "amount": D("150.00"),
    "made_on": date(2026, 4, 1),
    "due_on": date(2026, 4, 10),
    "grace_days": 1,
    "tolerance": D("1.00"),
}


@pytest.mark.parametrize(
    ("receipts", "on", "verdict", "paid"),
    [
        ([], date(2026, 4, 11), "open", "0"),
        ([], date(2026, 4, 12), "broken", "0"),
        ([(date(2026, 4, 11), D("150"))], date(2026, 4, 12), "kept", "150"),
        ([(date(2026, 4, 12), D("150"))], date(2026, 4, 12), "broken", "0"),
        ([(date(2026, 3, 31), D("150"))], date(2026, 4, 12), "broken", "0"),
        ([(date(2026, 4, 5), D("149.00"))], date(2026, 4, 6), "kept", "149"),
        ([(date(2026, 4, 5), D("148.99"))], date(2026, 4, 6), "open", "148.99"),
        ([(date(2026, 4, 5), D("148.99"))], date(2026, 4, 12), "partly_kept", "148.99"),
        ([(date(2026, 4, 5), D("150")), (date(2026, 4, 5), D("-150"))], date(2026, 4, 12), "broken", "0"),
        ([(date(2026, 4, 9), D("150"))], date(2026, 4, 8), "open", "0"),
    ],
)
def test_a_promise_is_judged_by_what_came_between_its_making_and_its_due_date_plus_grace(
    receipts: list[tuple[date, D]], on: date, verdict: str, paid: str
) -> None:
    judgment = judge(**PROMISE, receipts=receipts, on=on)  # type: ignore[arg-type]
    assert (judgment.verdict, judgment.paid, judgment.expected) == (verdict, D(paid), D("150.00"))
