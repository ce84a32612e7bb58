"""The gate from the database: one contact at a time, and 5,000 accounts at once. Prints one JSON object.

    python -m benchmarks.facts [--accounts 100000] [--contacts 1000000] [--runs 500] [--keep]

The desk's database and its history, so that with ``--keep`` the two share one. A call to the first number of each account is
asked about, at noon in the middle of the country; facts are gathered and decided, nothing is recorded.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import UTC, datetime
from itertools import islice

from benchmarks import machine, own_database
from benchmarks.desk import fill, timed
from contacts.facts import Ask
from contacts.gating import ask_gate
from core.clock import now
from debtors.models import Phone

AT_ONCE = 5000
CHOSEN = """
    SELECT a.id, a.debtor_id FROM accounts_account a WHERE a.status NOT IN ('closed', 'recalled', 'paid')
    ORDER BY hashint8(a.id) LIMIT %s
"""


def asks(count: int, at: datetime) -> list[Ask]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(CHOSEN, [count])
        accounts = cursor.fetchall()
    people = [debtor for _, debtor in accounts]
    numbers = dict(Phone.objects.filter(debtor__in=people).order_by("-id").values_list("debtor", "number"))
    return [
        Ask(debtor_id=debtor, account_id=account, channel="call", address=numbers[debtor], at=at)
        for account, debtor in accounts
        if debtor in numbers
    ]


def at_once(found: list[Ask], rounds: int) -> dict[str, float]:
    rates, allowed = [], 0
    for _ in range(rounds):
        started = time.perf_counter()
        answers = ask_gate(found)
        rates.append(len(found) / (time.perf_counter() - started))
        allowed = sum(answer.verdict.allowed for answer in answers)
    return {
        "asked": len(found),
        "per_s": round(statistics.median(rates)),
        "allowed_share": round(allowed / len(found), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    noon = now().astimezone(UTC).replace(hour=19, minute=0)
    with own_database("bench_desk", keep=options.keep):
        fill(options.accounts, options.contacts)
        found = asks(2 * AT_ONCE, noon)
        alone = timed(lambda run: ask_gate([found[run % len(found)]]), options.runs)
        print(
            json.dumps(
                {
                    "benchmark": "facts",
                    **machine(),
                    "one_contact": alone,
                    "at_once": at_once(list(islice(found, AT_ONCE)), 5),
                }
            )
        )


if __name__ == "__main__":
    main()
