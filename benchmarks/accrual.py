"""One night's interest of a whole book, beside a hand-written SQL that posts as many entries, night after night in the same book.

    python -m benchmarks.accrual [--accounts 100000] [--rounds 3]

Every account bears interest. Uses a database of its own, made anew and dropped. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import django

from benchmarks import machine, own_database

DATABASE = "bench_accrual"
PLACED_ON = date(2026, 3, 1)
AT = datetime(2026, 4, 7, 6, 0, tzinfo=UTC)

FILL = """
    INSERT INTO debtors_debtor (kind, name, first_name, middle_name, last_name, suffix, language, tax_id, tax_id_index,
        tax_id_last4, state, zones, created_at, updated_at)
    SELECT 'business', 'Harlan Supply ' || n, '', '', '', '', 'en', '', '', '', 'NY', '["America/New_York"]', now(), now()
    FROM generate_series(1, %(n)s) n;
    INSERT INTO accounts_account (client_id, placement_id, debtor_id, client_reference, prior_reference, household,
        frequency_group, status, debt_type, original_creditor, current_creditor, merchant_brand, placed_on, due_on,
        itemization_type, interest_since, fees_since, payments_since, credits_since, placed_amount, interest_authority,
        electronic_billing, principal, interest, fees, costs)
    SELECT %(client)s, %(placement)s, id, 'INV-' || id, '', '', '', 'active', 'commercial', 'Northwind', 'Northwind', '',
        %(placed_on)s, %(placed_on)s, '', 0, 0, 0, 0, 500 + id %% 9000, 'Agreement, 4.2', false, 0, 0, 0, 0
    FROM debtors_debtor;
    INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, authority, memo)
    SELECT id, uuidv7(), 'placement', 'principal', placed_amount, placed_on, %(at)s, '', '' FROM accounts_account;
    INSERT INTO accounts_interestterm (account_id, from_on, rate, authority)
    SELECT id, placed_on, 6 + id %% 12, 'Agreement, 4.2' FROM accounts_account;
    INSERT INTO accounts_accrual (account_id, since, through) SELECT id, placed_on, placed_on FROM accounts_account
"""
BY_HAND = """
    WITH posted AS (
        INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, authority, memo)
        SELECT a.id, uuidv7(), 'interest', 'interest', round(a.principal * t.rate / 36500 + s.carry, 2), %(on)s, %(at)s, t.authority, ''
        FROM accounts_account a JOIN accounts_interestterm t ON t.account_id = a.id JOIN accounts_accrual s ON s.account_id = a.id)
    UPDATE accounts_accrual s SET through = %(on)s,
        carry = round(a.principal * t.rate / 36500 + s.carry, 10) - round(a.principal * t.rate / 36500 + s.carry, 2)
    FROM accounts_account a JOIN accounts_interestterm t ON t.account_id = a.id WHERE a.id = s.account_id
"""


def fill(accounts: int) -> None:
    from django.db import connection, transaction

    from accounts.models import Client, Placement

    client = Client.objects.create(code="northwind", name="Northwind", debt_type="commercial")
    placement = Placement.objects.create(client=client, batch="bench", placed_on=PLACED_ON)
    values: dict[str, Any] = {
        "n": accounts,
        "client": client.pk,
        "placement": placement.pk,
        "placed_on": PLACED_ON,
        "at": AT,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def by_hand(on: date) -> float:
    """Seconds, in one transaction, up to and with its commit."""
    from django.db import connection, transaction

    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BY_HAND, {"on": on, "at": AT})
    return time.perf_counter() - began


def product(on: date, accounts: int) -> float:
    from accounts.accruing import accrue

    began = time.perf_counter()
    done = accrue(on=on, at=AT)
    taken = time.perf_counter() - began
    if done != {"accounts": accounts, "entries": accounts}:
        raise SystemExit(f"{on}: {done} of {accounts} accounts")
    return taken


def measure(accounts: int, rounds: int) -> dict[str, Any]:
    from django.db import connection

    from accounts.services import verify_ledger

    with own_database(DATABASE):
        fill(accounts)
        hand: list[float] = []
        made: list[float] = []
        day = PLACED_ON
        for _ in range(rounds):
            for measured in (made, hand):
                day += timedelta(days=1)
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM ANALYZE accounts_account, accounts_accrual, accounts_ledgerentry")
                measured.append(product(day, accounts) if measured is made else by_hand(day))
        wrong = len(verify_ledger())
    return {
        "accounts": accounts,
        "seconds": round(median(made), 2),
        "accounts_per_second": round(accounts / median(made)),
        "sql_by_hand_seconds": round(median(hand), 2),
        "times_sql_by_hand": round(median(made) / median(hand), 2),
        "each_round": [[round(ours, 2), round(plain, 2)] for ours, plain in zip(made, hand, strict=True)],
        "balances_that_disagree": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[100_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
    django.setup()
    results = [measure(accounts, options.rounds) for accounts in options.accounts]
    sys.stdout.write(json.dumps({"benchmark": "accrual", **machine(), "results": results}) + "\n")


if __name__ == "__main__":
    main()
