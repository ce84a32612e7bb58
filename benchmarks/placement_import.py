"""A placement of 40 columns through the product, beside a COPY and INSERT … SELECT written by hand that make the same rows.

    python -m benchmarks.placement_import [--rows 10000 100000] [--rounds 3]

Uses a database of its own, made anew and dropped; both sides start from the same empty tables, constraints and triggers on,
and commit. The hand's file is prepared beforehand, untimed: numbers as E.164, zones known, tax ids sealed and indexed; it
validates nothing. The product reads the client's file in a process of its own, whose peak memory is told. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Client, Placement
from benchmarks import own_database
from collections_crm.memory import settle
from core.fields import blind_index, encrypt
from debtors.zones import candidate_zones
from exchange.services import load_placement

DATABASE = "bench_placement_import"
PLACED_ON = date(2026, 4, 7)
AT = datetime(2026, 4, 7, 15, 0, tzinfo=UTC)
PLACES = [
    ("Phoenix", "AZ", "85014", "602"), ("Brooklyn", "NY", "11215", "718"), ("Chicago", "IL", "60614", "312"),
    ("Houston", "TX", "77005", "713"), ("Knoxville", "TN", "37919", "865"), ("Chattanooga", "TN", "37405", "423"),
    ("Portland", "OR", "97202", "503"), ("Miami", "FL", "33133", "305"), ("Boise", "ID", "83702", "208"),
    ("Denver", "CO", "80206", "303"), ("Holyoke", "MA", "01040", "413"), ("Newark", "NJ", "07102", "973"),
]  # fmt: skip
FIRST = [
    "Marisol",
    "Darnell",
    "Priya",
    "Wendell",
    "Anneliese",
    "Tobias",
    "Keisha",
    "Rosalind",
    "Hector",
    "Mei",
]
LAST = [
    "Whitaker",
    "Okonkwo",
    "Lindqvist",
    "Ferreira",
    "Castellano",
    "Brandt",
    "Yamada",
    "Delacroix",
    "Novak",
]
_COLUMNS = """
client_reference prior_reference first_name middle_name last_name suffix language date_of_birth tax_id line1 line2 city state
zip phone1 phone1_kind phone2 phone2_kind email1 email_basis original_creditor current_creditor debt_type opened_on
last_statement_on charge_off_on charge_off_balance first_delinquency_on itemization_on itemization_type itemization_balance
interest_since fees_since payments_since current_balance principal interest fees costs interest_rate
"""
_PREPARED = """
debtor_no is_first debtor_name phone1_e164 phone2_e164 tax_id_sealed tax_id_index tax_id_last4 zones
"""
COLUMNS, PREPARED = _COLUMNS.split(), _PREPARED.split()
EMPTY_AGAIN = """
    TRUNCATE accounts_placement, accounts_account, accounts_ledgerentry, debtors_debtor, debtors_address, debtors_phone,
        debtors_email, compliance_addressbasis, pghistory_context CASCADE
"""

BY_HAND = (
    """INSERT INTO debtors_debtor (id, kind, name, first_name, middle_name, last_name, suffix, language, date_of_birth, tax_id,
           tax_id_index, tax_id_last4, state, zones, created_at, updated_at)
       SELECT debtor_no::bigint + %(base)s, 'person', debtor_name, first_name, middle_name, last_name, suffix, language,
           date_of_birth::date, tax_id_sealed, tax_id_index, tax_id_last4, state, zones::jsonb, %(at)s, %(at)s
       FROM hand WHERE is_first = '1'""",
    """INSERT INTO debtors_address (debtor_id, kind, line1, line2, city, state, zip, country, is_current, status, source,
           created_at, updated_at)
       SELECT debtor_no::bigint + %(base)s, 'home', line1, line2, city, state, zip, 'US', true, 'unknown', 'client', %(at)s, %(at)s
       FROM hand WHERE is_first = '1'""",
    """INSERT INTO debtors_phone (debtor_id, number, kind, status, source, created_at, updated_at)
       SELECT debtor_no::bigint + %(base)s, number, kind, 'unknown', 'client', %(at)s, %(at)s
       FROM hand CROSS JOIN LATERAL (VALUES (phone1_e164, phone1_kind), (phone2_e164, phone2_kind)) p(number, kind)
       WHERE is_first = '1' AND number <> ''""",
    """INSERT INTO debtors_email (debtor_id, address, status, is_employer, source, created_at, updated_at)
       SELECT debtor_no::bigint + %(base)s, email1, 'unknown', false, 'client', %(at)s, %(at)s
       FROM hand WHERE is_first = '1' AND email1 <> ''""",
    """INSERT INTO compliance_addressbasis (debtor_id, address, basis, as_of, source, recorded_at, note)
       SELECT debtor_no::bigint + %(base)s, email1, upper(email_basis), %(on)s, 'client', %(at)s, ''
       FROM hand WHERE is_first = '1' AND email1 <> ''""",
    # The entries before the accounts they open, as the product does: each account is written once.
    """INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, authority, memo)
       SELECT row_no + %(base)s, posting, 'placement', bucket, amount::numeric, %(on)s, %(at)s, '', ''
       FROM (SELECT row_no, uuidv7() AS posting, principal, interest, fees, costs FROM hand OFFSET 0) h
       CROSS JOIN LATERAL (VALUES ('principal', principal), ('interest', interest), ('fees', fees), ('costs', costs)) b(bucket, amount)
       WHERE amount::numeric <> 0""",
    """INSERT INTO accounts_account (id, client_id, placement_id, debtor_id, client_reference, prior_reference, household,
           frequency_group, status, debt_type, original_creditor, current_creditor, merchant_brand, placed_on, due_on,
           opened_on, last_statement_on, charge_off_on, charge_off_balance, first_delinquency_on, itemization_on,
           itemization_type, itemization_balance, interest_since, fees_since, payments_since, credits_since, placed_amount,
           interest_rate, interest_authority, electronic_billing, principal, interest, fees, costs, created_at, updated_at)
       SELECT row_no + %(base)s, %(client)s, %(placement)s, debtor_no::bigint + %(base)s, client_reference, prior_reference, '',
           '', 'new', debt_type, original_creditor, current_creditor, '', %(on)s, first_delinquency_on::date, opened_on::date,
           last_statement_on::date, charge_off_on::date, charge_off_balance::numeric, first_delinquency_on::date,
           itemization_on::date, itemization_type, itemization_balance::numeric, interest_since::numeric, fees_since::numeric,
           payments_since::numeric, 0, current_balance::numeric, interest_rate::numeric, '', false, principal::numeric,
           interest::numeric, fees::numeric, costs::numeric, %(at)s, %(at)s
       FROM hand""",
)  # fmt: skip
COUNTED = ("debtors_debtor", "debtors_address", "debtors_phone", "debtors_email", "compliance_addressbasis", "accounts_account",
           "accounts_ledgerentry")  # fmt: skip


def person(n: int, chance: random.Random) -> dict[str, str]:
    city, state, zip_code, area = PLACES[n % len(PLACES)]
    first, last = FIRST[n % len(FIRST)], LAST[n // 7 % len(LAST)]
    has_second, has_mail = chance.random() < 0.6, chance.random() < 0.7
    return {
        "first_name": first, "middle_name": "Q" if n % 3 == 0 else "", "last_name": last, "suffix": "Jr" if n % 50 == 0 else "",
        "language": "en", "date_of_birth": str(date(1940, 1, 1) + timedelta(days=chance.randrange(22_000))),
        "tax_id": f"{100 + n // 10_000 % 500:03}-{1 + n // 1000 % 10:02}-{1 + n % 9000:04}",
        "line1": f"{100 + n} E Osborn Rd", "line2": f"Apt {n % 90}" if n % 4 == 0 else "", "city": city, "state": state,
        "zip": zip_code, "phone1": f"({area}) {chance.randrange(200, 999)}-{chance.randrange(10_000):04}", "phone1_kind": "mobile",
        "phone2": f"{area}-{chance.randrange(200, 999)}-{chance.randrange(10_000):04}" if has_second else "",
        "phone2_kind": "home" if has_second else "", "email1": f"{first}.{last}{n}@example.com".lower() if has_mail else "",
        "email_basis": "email_creditor" if has_mail else "",
    }  # fmt: skip


def debt(n: int, chance: random.Random) -> dict[str, str]:
    went_bad = PLACED_ON - timedelta(days=chance.randrange(200, 1500))
    start, interest, fees, paid = (Decimal(chance.randrange(low, high)) / 100 for low, high in
                                   ((5_000, 900_000), (0, 9_000), (0, 5_000), (0, 4_000)))  # fmt: skip
    return {
        "client_reference": f"{n:010}", "prior_reference": f"P{n}", "original_creditor": "Lakeside Bank",
        "current_creditor": "Lakeside Bank", "debt_type": "card", "opened_on": str(went_bad - timedelta(days=900)),
        "last_statement_on": str(went_bad + timedelta(days=30)), "charge_off_on": str(went_bad + timedelta(days=180)),
        "charge_off_balance": str(start), "first_delinquency_on": str(went_bad),
        "itemization_on": str(went_bad + timedelta(days=180)), "itemization_type": "charge_off",
        "itemization_balance": str(start), "interest_since": str(interest), "fees_since": str(fees), "payments_since": str(paid),
        "current_balance": str(start + interest + fees - paid), "principal": str(start - paid), "interest": str(interest),
        "fees": str(fees), "costs": "0.00", "interest_rate": "8.25",
    }  # fmt: skip


def records(rows: int) -> Iterator[dict[str, str]]:
    """Every tenth account is a further one of the person before."""
    chance = random.Random(rows)
    owner: dict[str, str] = {}
    for n in range(rows):
        is_first = n % 10 != 9
        if is_first:
            owner = {**person(n, chance), "debtor_no": str(n)}
        yield {**owner, **debt(n, chance), "is_first": "1" if is_first else "0"}


def prepare(record: dict[str, str]) -> dict[str, str]:
    """What the hand's SQL need not work out."""
    phones = [
        "+1" + "".join(filter(str.isdigit, record[name])) for name in ("phone1", "phone2") if record[name]
    ]
    digits = record["tax_id"].replace("-", "")
    names = (record[part] for part in ("first_name", "middle_name", "last_name", "suffix"))
    return {
        **record, "debtor_name": " ".join(filter(None, names)), "phone1_e164": phones[0],
        "phone2_e164": phones[1] if len(phones) > 1 else "", "tax_id_sealed": encrypt(digits),
        "tax_id_index": blind_index(digits, "tax_id"), "tax_id_last4": digits[-4:],
        "zones": json.dumps(candidate_zones([record["zip"]], phones)),
    }  # fmt: skip


def write_files(folder: Path, rows: int) -> tuple[Path, Path]:
    theirs, ours = folder / "placement.csv", folder / "prepared.csv"
    with theirs.open("w", newline="") as plain, ours.open("w", newline="") as ready:
        client_file = csv.DictWriter(plain, COLUMNS, extrasaction="ignore")
        hand_file = csv.DictWriter(ready, COLUMNS + PREPARED)
        client_file.writeheader()
        for record in records(rows):
            client_file.writerow(record)
            hand_file.writerow(prepare(record))
    return theirs, ours


def start_afresh() -> Client:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_AGAIN)
        cursor.execute("CHECKPOINT")
    return Client.objects.get_or_create(
        code="bench", defaults={"name": "Lakeside Bank", "debt_type": "card"}
    )[0]


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTED))
        return dict(zip(COUNTED, cursor.fetchone(), strict=True))


def by_hand(path: Path) -> tuple[float, dict[str, int]]:
    client = start_afresh()
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute("SET LOCAL jit = off")  # as the product does
        placement = Placement.objects.create(client=client, batch="hand", placed_on=PLACED_ON)
        columns = ", ".join(f"{name} text" for name in COLUMNS + PREPARED)
        cursor.execute(f"CREATE TEMP TABLE hand ({columns}, row_no serial) ON COMMIT DROP")
        cursor.copy_expert(
            f"COPY hand ({', '.join(COLUMNS + PREPARED)}) FROM STDIN (FORMAT csv, NULL 'never')", file
        )
        cursor.execute("ANALYZE hand (row_no, is_first)")
        values = {
            "client": client.pk,
            "placement": placement.pk,
            "on": PLACED_ON,
            "at": AT,
            "base": 1_000_000,
        }
        for sql in BY_HAND:
            cursor.execute(sql, values)  # type: ignore[arg-type]
    return time.perf_counter() - began, counts()


def by_product(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    start_afresh()
    connection.close()
    command = [sys.executable, "-m", "benchmarks.placement_import", "--load", str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(answer), counts()


def load(path: Path) -> dict[str, Any]:
    """In a process of its own, settled as a worker is: seconds from the call to the commit, its CPU, its peak memory.

    CPU and memory are those of the second process too, which reads a long file with the first.
    """
    settle()
    connection.settings_dict["NAME"] = DATABASE
    client = Client.objects.get(code="bench")
    began, cpu = time.perf_counter(), time.process_time()
    result = load_placement(path=path, client=client, placed_on=PLACED_ON, by=None, at=AT)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    own, second = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "loaded": result.loaded,
        "rejected": result.rejected,
        "seconds": seconds,
        "cpu": cpu + second.ru_utime + second.ru_stime,
        "peak_mib": (own.ru_maxrss + second.ru_maxrss) // 1024,
    }


def measure(rows: int, rounds: int) -> dict[str, Any]:
    hand, product = [], []
    made: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = write_files(Path(folder), rows)
        for _ in range(rounds):
            seconds, made_by_hand = by_hand(ours)
            hand.append(seconds)
            run, made = by_product(theirs)
            product.append(run)
            if made != made_by_hand or run["loaded"] != rows:
                raise SystemExit(f"The two did not make the same rows: {made_by_hand} by hand, {made} {run}")
    seconds = statistics.median(run["seconds"] for run in product)
    return {
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "by_hand_seconds": round(statistics.median(hand), 2),
        "times_by_hand": round(seconds / statistics.median(hand), 2),
        "each_round": [
            [round(run["seconds"], 2), round(at_hand, 2)] for run, at_hand in zip(product, hand, strict=True)
        ],
        "python_cpu_seconds": round(statistics.median(run["cpu"] for run in product), 2),
        "peak_mib": max(run["peak_mib"] for run in product),
        "made": made,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        sys.stdout.write(json.dumps(load(options.load)))
        return
    with own_database(DATABASE):
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            server = cursor.fetchone()[0]
        results = [measure(rows, options.rounds) for rows in options.rows]
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "django": django.get_version(),
               "postgres": server, "debug": settings.DEBUG}  # fmt: skip
    report = {
        "benchmark": "placement_import",
        "machine": machine,
        "rounds": options.rounds,
        "results": results,
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
