"""A client's month: payments posted one by one, and a remittance of many of them closed with its three statements.

    python -m benchmarks.remittance [--payments 50000] [--postings 1000]

Uses a database of its own, made anew and dropped. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import django

from benchmarks import machine, own_database
from benchmarks.accrual import AT, FILL, PLACED_ON

DATABASE = "bench_remittance"
T = TypeVar("T")

PAY = """
    INSERT INTO payments_payment (account_id, amount, method, effective_on, reference, posting, posted_at, status, reversal_reason)
    SELECT id, 1 + id %% 400, 'check', %(on)s, 'c' || id, uuidv7(), %(at)s, 'posted', '' FROM accounts_account;
    INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, authority, memo)
    SELECT account_id, posting, 'payment', 'principal', -amount, effective_on, posted_at, '', '' FROM payments_payment
"""


def timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def measure(payments: int, postings: int) -> dict[str, Any]:
    from django.db import connection, transaction

    from accounts.models import Account, Client, Placement
    from accounts.services import verify_ledger
    from exchange.statements import KINDS
    from payments.models import FeeRule, FeeSchedule
    from payments.remitting import close_remittance
    from payments.services import post_payment
    from payments.trust import open_journal, verify_trust

    on = AT.date()
    with own_database(DATABASE):
        client = Client.objects.create(code="northwind", name="Northwind", debt_type="commercial")
        placement = Placement.objects.create(client=client, batch="bench", placed_on=PLACED_ON)
        FeeRule.objects.create(
            schedule=FeeSchedule.objects.create(client=client, from_on=date(2026, 1, 1)), percent=30
        )
        said: dict[str, Any] = {
            "n": payments,
            "client": client.pk,
            "placement": placement.pk,
            "placed_on": PLACED_ON,
            "at": AT,
            "on": on,
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FILL, said)
            cursor.execute(PAY, said)
        journal, _ = timed(open_journal)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        accounts = list(Account.objects.order_by("pk")[:postings])

        def post() -> None:
            for account in accounts:
                post_payment(
                    account=account, amount=Decimal("1.00"), method="cash", effective_on=on, reference="bench", by=None, at=AT
                )  # fmt: skip

        posting, _ = timed(post)
        closing, remittance = timed(
            lambda: close_remittance(client=client, through_on=on, by=None, at=AT + timedelta(days=2))
        )
        statements = {kind: timed(lambda make=make: make(remittance)) for kind, (make, _) in KINDS.items()}  # type: ignore[misc]
        wrong = len(verify_ledger()) + len(verify_trust())
    return {
        "payments": remittance.lines_count,
        "postings_per_second": round(postings / posting),
        "journal_of_old_payments_seconds": round(journal, 2),
        "closing_seconds": round(closing, 2),
        "statement_seconds": {kind: round(seconds, 2) for kind, (seconds, _) in statements.items()},
        "statement_mebibytes": {
            kind: round(len(content) / 2**20, 1) for kind, (_, content) in statements.items()
        },
        "that_disagree": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=50_000)
    parser.add_argument("--postings", type=int, default=1_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
    django.setup()
    result = measure(options.payments, options.postings)
    sys.stdout.write(json.dumps({"benchmark": "remittance", **machine(), **result}) + "\n")


if __name__ == "__main__":
    main()
