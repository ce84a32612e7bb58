"""The nightly pass over a whole book, 5 % due, beside a hand-written SQL that makes the same rows in the same run.

    python -m benchmarks.nightly_pass [--accounts 10000 100000] [--workers 2] [--rounds 3]

Uses a database of its own, made anew and dropped; both sides start from copies of it and commit. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import django

from benchmarks import copy_of, machine, own_database

DATABASE = "bench_nightly_pass"
ON = date(2026, 4, 7)
AT = datetime(2026, 4, 7, 6, 0, tzinfo=UTC)
DUE_PERCENT = 5

FILL = """
    INSERT INTO debtors_debtor (kind, name, first_name, middle_name, last_name, suffix, language, tax_id, tax_id_index,
        tax_id_last4, state, zones, created_at, updated_at)
    SELECT 'business', 'Harlan Supply ' || n, '', '', '', '', 'en', '', '', '', 'NY', '["America/New_York"]', now(), now()
    FROM generate_series(1, %(n)s) n;
    INSERT INTO debtors_email (debtor_id, address, status, is_employer, source, created_at, updated_at)
    SELECT id, 'd' || id || '@example.com', 'good', false, 'client', now(), now() FROM debtors_debtor;
    INSERT INTO debtors_address (debtor_id, kind, line1, line2, city, state, zip, country, is_current, status, source,
        created_at, updated_at)
    SELECT id, 'business', id || ' Broadway', '', 'New York', 'NY', '10009', 'US', true, 'good', 'client', now(), now()
    FROM debtors_debtor;
    INSERT INTO accounts_account (client_id, placement_id, debtor_id, client_reference, prior_reference, household,
        frequency_group, status, debt_type, original_creditor, current_creditor, merchant_brand, placed_on, due_on,
        itemization_type, interest_since, fees_since, payments_since, credits_since, placed_amount, interest_authority,
        electronic_billing, principal, interest, fees, costs)
    SELECT %(client)s, %(placement)s, id, 'INV-' || id, '', '', '', 'active', 'commercial', 'Northwind', 'Northwind', '',
        date '2026-03-01', CASE WHEN id %% 100 < %(due)s THEN date '2026-04-04' ELSE date '2026-05-01' END,
        '', 0, 0, 0, 0, 500, '', id %% 2 = 0, 500, 0, 0, 0
    FROM debtors_debtor;
"""

SAME_ROWS = """
    WITH due AS MATERIALIZED (
        SELECT e.id, e.account_id, a.debtor_id, s.id AS step_id, a.due_on + s.offset_days AS due_on, n.id AS next_id,
               a.due_on + n.offset_days AS next_on, CASE WHEN a.electronic_billing THEN 'email' ELSE 'letter' END AS channel,
               CASE WHEN a.electronic_billing THEN m.address ELSE p.line1 || E'\\n' || p.city END AS address,
               nextval('compliance_decision_id_seq') AS decision_id, nextval('contacts_message_id_seq') AS message_id
        FROM strategies_enrolment e JOIN accounts_account a ON a.id = e.account_id
        JOIN strategies_step s ON s.id = e.next_step_id
        JOIN strategies_step n ON n.strategy_id = s.strategy_id AND n.position = s.position + 1
        JOIN debtors_email m ON m.debtor_id = a.debtor_id JOIN debtors_address p ON p.debtor_id = a.debtor_id
        WHERE e.next_on <= %(on)s AND a.balance > 0 AND a.status IN ('new', 'active', 'promised')),
    decided AS (
        INSERT INTO compliance_decision (id, debtor_id, account_id, channel, address, at, made_at, allowed, codes,
            policy_version, question, answer, override_reason, override_text)
        SELECT decision_id, debtor_id, account_id, channel, left(address, 254), %(at)s, %(at)s, true, '{}', 'bench',
            %(question)s::jsonb, '{"allowed": true, "reasons": []}', '', '' FROM due),
    queued AS (
        INSERT INTO contacts_message (id, key, debtor_id, account_id, channel, address, template_id, subject, body, status,
            decision_id, queued_at, send_after, attempts, failures, provider_id, last_error, pdf, pages)
        SELECT message_id, 'step:' || d.id || ':' || step_id, debtor_id, account_id, d.channel, address, t.id, t.subject,
            t.body, 'queued', decision_id, %(at)s, %(at)s, 0, 0, '', '', '', 0
        FROM due d JOIN contacts_template t ON t.code = 'first_notice' AND t.channel = d.channel AND t.language = 'en'),
    told AS (
        INSERT INTO contacts_messageevent (message_id, at, status, detail) SELECT message_id, %(at)s, 'queued', '' FROM due),
    ran AS (
        INSERT INTO strategies_steprun (enrolment_id, step_id, due_on, ran_on, ran_at, result, channel, codes, message_id)
        SELECT id, step_id, due_on, %(on)s, %(at)s, 'fired', channel, '[]', message_id FROM due)
    UPDATE strategies_enrolment e SET next_step_id = due.next_id, next_on = due.next_on, last_step_on = %(on)s,
        last_contact_on = %(on)s FROM due WHERE due.id = e.id
"""


def fill(accounts: int) -> None:
    from django.db import connection, transaction

    from accounts.models import Client, Placement
    from contacts.standard_templates import ensure_templates
    from strategies.services import enrol, ensure_default_strategy

    client = Client.objects.create(code="northwind", name="Northwind", debt_type="commercial")
    placement = Placement.objects.create(client=client, batch="bench", placed_on=date(2026, 3, 1))
    with transaction.atomic(), connection.cursor() as cursor:
        values = {"n": accounts, "client": client.pk, "placement": placement.pk, "due": DUE_PERCENT}
        cursor.execute(FILL, values)
    ensure_templates(at=AT)
    ensure_default_strategy(at=AT)
    began = time.perf_counter()
    enrol(on=ON)
    sys.stderr.write(f"{accounts} accounts enrolled in {time.perf_counter() - began:.1f} s\n")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def by_hand(question: str) -> float:
    """Seconds of the plain SQL, in one transaction, up to and with its commit."""
    from django.db import connection, transaction

    connection.ensure_connection()
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SAME_ROWS, {"on": ON, "at": AT, "question": question})
    return time.perf_counter() - began


def warm(ids: list[int]) -> None:
    """Workers of a running house have their modules loaded and their policies read: a few accounts, rolled back."""
    from django.db import transaction

    from collections_crm.memory import settle
    from strategies.services import run_chunk

    with transaction.atomic():
        run_chunk(enrolment_ids=ids, on=ON, at=AT)
        transaction.set_rollback(True)
    settle()


def work(chunks: Any) -> dict[str, int]:
    from strategies.services import run_chunk

    queued = 0
    while (ids := chunks.get()) is not None:
        queued += sum(run_chunk(enrolment_ids=ids, on=ON, at=AT).queued.values())
    return {"queued": queued}


def worker(database: str, chunks: Any, answers: Any) -> None:
    from django.db import connections

    connections["default"].settings_dict["NAME"] = database
    answers.put(work(chunks))


def product(database: str, workers: int) -> dict[str, Any]:
    from django.db import connection

    from strategies.services import due_chunks, prepare_pass

    context = multiprocessing.get_context("fork")
    chunks, answers = context.Queue(), context.Queue()
    began = time.perf_counter()
    looked = prepare_pass(on=ON)
    portions = list(due_chunks(on=ON))
    looked_seconds = time.perf_counter() - began
    warm(portions[0][:20])
    for ids in [*portions, *[None] * workers]:
        chunks.put(ids)
    connection.close()
    began = time.perf_counter()
    processes = [context.Process(target=worker, args=(database, chunks, answers)) for _ in range(workers)]
    for process in processes:
        process.start()
    queued = sum(answers.get()["queued"] for _ in processes)
    for process in processes:
        process.join()
    return {
        "evaluated": looked.evaluated,
        "queued": queued,
        "look_seconds": looked_seconds,
        "make_seconds": time.perf_counter() - began,
    }


def measure(accounts: int, workers: int, rounds: int) -> dict[str, Any]:
    with own_database(DATABASE):
        fill(accounts)
        question = json.dumps({"request": {"text": "x" * 900}})
        hand, made = [], []
        for _ in range(rounds):
            with copy_of(DATABASE):
                hand.append(by_hand(question))
            with copy_of(DATABASE) as copy:
                made.append(product(copy, workers))
    return summary(accounts, made, hand)


def summary(accounts: int, made: list[dict[str, Any]], hand: list[float]) -> dict[str, Any]:
    """Medians of the rounds."""
    look = median(run["look_seconds"] for run in made)
    make = median(run["make_seconds"] for run in made)
    whole = median(run["look_seconds"] + run["make_seconds"] for run in made)
    evaluated, queued = made[0]["evaluated"], made[0]["queued"]
    return {
        "accounts": accounts,
        "evaluated": evaluated,
        "queued": queued,
        "accounts_per_second_looked_at": round(evaluated / look),
        "reminders_per_second": round(queued / make),
        "seconds": round(whole, 3),
        "microseconds_per_account": round(whole / accounts * 1e6, 2),
        "sql_by_hand_seconds": round(median(hand), 3),
        "times_sql_by_hand": round(whole / median(hand), 2),
        "each_round": [
            [round(run["look_seconds"] + run["make_seconds"], 3), round(at_hand, 3)]
            for run, at_hand in zip(made, hand, strict=True)
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
    django.setup()
    results = [measure(accounts, options.workers, options.rounds) for accounts in options.accounts]
    report = {
        "benchmark": "nightly_pass",
        **machine(),
        "workers": options.workers,
        "rounds": options.rounds,
        "results": results,
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
