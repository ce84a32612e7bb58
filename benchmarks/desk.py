# ruff: noqa: E501
"""The desk at size: server time and queries per page, next-account under contention. Prints one JSON object.

    python -m benchmarks.desk [--accounts 100000] [--contacts 1000000] [--reps 50] [--keep]

Uses a database of its own, filled by seed_portfolio with history and then with contacts up to the number asked; with
``--keep`` the next run finds it filled.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import random
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from accounts.selectors import visible_accounts
from benchmarks import machine, own_database
from contacts.models import Contact
from core.clock import now
from debtors.models import Debtor, Phone
from users.models import User
from worklists.models import Lease, Queue
from worklists.services import finish, take_next

FILL = """
    INSERT INTO contacts_contact (debtor_id, account_id, also_discussed, channel, direction, address, at, outcome, purpose, by_id, decision_id, note)
    SELECT a.debtor_id, a.id, '{}', 'call', 'in', '', now() - interval '60 days' - random() * interval '600 days', 'conversation',
           'collection', NULL, NULL, ''
    FROM generate_series(1, %s) n
    JOIN (SELECT id, debtor_id, row_number() OVER () - 1 AS place FROM accounts_account) a ON a.place = n %% (SELECT count(*) FROM accounts_account)
"""


def fill(accounts: int, contacts: int) -> None:
    call_command("seed_basics", verbosity=0)
    if Account.objects.count() < accounts:
        call_command("seed_portfolio", accounts=accounts, seed=7, history=True)
    missing = contacts - Contact.objects.count()
    with connection.cursor() as cursor:
        if missing > 0:
            cursor.execute(FILL, [missing])
        cursor.execute("ANALYZE")


def timed(act: Callable[[int], Any], runs: int) -> dict[str, float | int]:
    """Milliseconds over ``runs`` calls, and the largest number of queries seen."""
    act(0)
    times, queries = [], 0
    for run in range(runs):
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            act(run)
            times.append((time.perf_counter() - start) * 1000)
        queries = max(queries, len(captured))
    ordered = sorted(times)
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95) - 1], 1),
        "queries": queries,
    }


def pages(user: User, runs: int) -> dict[str, dict[str, float | int]]:
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    rng = random.Random(1)
    chosen = rng.sample(list(visible_accounts(user).values_list("pk", flat=True)), min(runs, 200))
    accounts = list(Account.objects.filter(pk__in=chosen).select_related("debtor"))
    names = [account.debtor.name for account in accounts]
    numbers = list(
        Phone.objects.filter(debtor__in=[a.debtor_id for a in accounts]).values_list("number", flat=True)
    )

    def get(url: str) -> None:
        response = browser.get(url)
        assert response.status_code == 200, (url, response.status_code)

    return {
        "workspace": timed(lambda run: get(f"/accounts/{accounts[run % len(accounts)].ref}/"), runs),
        "queue": timed(lambda _: get("/queues/calls/"), runs),
        "my_day": timed(lambda _: get("/"), runs),
        "search_name_typo": timed(lambda run: get(f"/search/?q={_typo(names[run % len(names)])}"), runs),
        "search_phone": timed(lambda run: get(f"/search/?q={numbers[run % len(numbers)][2:]}"), runs),
        "search_reference": timed(lambda run: get(f"/search/?q={accounts[run % len(accounts)].ref}"), runs),
    }


def _typo(name: str) -> str:
    place = len(name) // 2
    return name[:place] + name[place + 1 :]


def contention(team_users: list[User], pulls: int, think: float) -> dict[str, float | int]:
    """Every rep pulls ``pulls`` accounts and works each ``think`` seconds on average (0: all pull again and again and keep them).

    A debtor held by two would show in the leases seen: one taken before the one before it was given back.
    """
    Lease.objects.all().delete()
    queue = Queue.objects.get(slug="calls")
    queue.tasks.update(status="open", done_at=None, done_by=None, not_before=F("due_at"))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE worklists_task")
    at = now().replace(hour=19, minute=0)
    times: list[float] = []
    seen: dict[int, list[tuple[float, float, int]]] = {}
    gate = threading.Barrier(len(team_users))

    def pull(user: User) -> None:
        rng = random.Random(user.pk)
        connection.ensure_connection()  # as a web process has one
        gate.wait()
        time.sleep(rng.uniform(0, 2 * think))
        for _ in range(pulls):
            start = time.perf_counter()
            lease = take_next(queue=queue, user=user, at=at)
            taken = time.perf_counter()
            times.append((taken - start) * 1000)
            if lease is None:
                break
            time.sleep(rng.uniform(0, 2 * think))
            seen.setdefault(lease.pk, []).append((taken, time.perf_counter() if think else math.inf, user.pk))
            if think:
                finish(user=user, account=lease.account, result="done", at=at)
        connection.close()

    threads = [threading.Thread(target=pull, args=(user,)) for user in team_users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    doubles = [
        (one, other)
        for held in seen.values()
        for one, other in itertools.combinations(sorted(held), 2)
        if one[2] != other[2] and other[0] < one[1]
    ]
    ordered = sorted(times)
    return {
        "reps": len(team_users),
        "seconds_between_pulls": think,
        "taken": sum(map(len, seen.values())),
        "held_by_two": len(doubles),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95) - 1], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--reps", type=int, default=50)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    with own_database("bench_desk", keep=options.keep):
        fill(options.accounts, options.contacts)
        measure(options)


def measure(options: argparse.Namespace) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    rep = User.objects.get(username="rep")
    crew = [
        User.objects.get_or_create(username=f"bench-{place}", defaults={"team": rep.team})[0]
        for place in range(options.reps)
    ]
    for user in crew:
        user.groups.set(rep.groups.all())
    print(
        json.dumps(
            {
                "benchmark": "desk",
                **machine(),
                "accounts": Account.objects.count(),
                "contacts": Contact.objects.count(),
                "debtors": Debtor.objects.count(),
                "pages": pages(rep, options.runs),
                "next_account": contention(crew, 6, think=4.0),
                "next_account_all_at_once": contention(crew, 4, think=0),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
