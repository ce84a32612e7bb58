"""The REST list of 50 accounts: requests per second of one process, in process through WSGI, token and permissions included.

    python -m benchmarks.rest_list [--accounts 100000] [--rounds 5] [--requests 100] [--keep]

Who asks: somebody who sees every portfolio, a rep whose team has half of them, a client with a small one, and a creditor's
program that looks one reference up. Each with its plan, proved by EXPLAIN. Uses a database of its own. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
from io import BytesIO
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Client, Placement
from api.tokens import create_token
from benchmarks import machine, own_database
from core.clock import now
from users.models import Team, User
from users.roles import Role
from users.services import give_role, sync_roles

GOAL = 150
PATH = "/api/v1/accounts/"
SMALL = 200
ASKING = (Role.COMPLIANCE, Role.REP, Role.CLIENT)

FILL = """
    INSERT INTO debtors_debtor (kind, name, first_name, middle_name, last_name, suffix, language, tax_id, tax_id_index,
        tax_id_last4, state, zones, created_at, updated_at)
    SELECT 'person', 'Marisol Whitaker ' || n, '', '', '', '', 'en', '', '', '', 'NY', '["America/New_York"]', now(), now()
    FROM generate_series(1, %(n)s) n;
    INSERT INTO accounts_account (client_id, placement_id, debtor_id, team_id, client_reference, prior_reference, household,
        frequency_group, status, debt_type, original_creditor, current_creditor, merchant_brand, placed_on, due_on,
        itemization_type, interest_since, fees_since, payments_since, credits_since, placed_amount, interest_authority,
        electronic_billing, principal, interest, fees, costs)
    SELECT (%(clients)s::bigint[])[c], (%(placements)s::bigint[])[c], d.id, CASE WHEN d.id %% 2 = 0 THEN %(team)s END,
        'R-' || d.id, '', '', '',
        'active', 'medical', 'Lakeside', 'Lakeside', '', date '2026-03-01', date '2026-01-01', '', 0, 0, 0, 0, 500, '',
        false, 500, 0, 0, 0
    FROM debtors_debtor d CROSS JOIN LATERAL (SELECT CASE WHEN d.id <= %(small)s THEN 1 ELSE 2 + d.id %% 4 END AS c) place;
"""


def fill(accounts: int) -> dict[str, str]:
    """A token for each who asks. The small portfolio lies at the far end of the list, the worst place for it."""
    sync_roles()
    if Account.objects.exists():
        return {role: create_token(user=User.objects.get(username=role), at=now()) for role in ASKING}
    team = Team.objects.create(name="Desk", slug="desk")
    clients = [Client.objects.create(code=f"client-{n}", name=f"Client {n}") for n in range(5)]
    placements = [Placement.objects.create(client=c, batch=c.code, placed_on="2026-03-01") for c in clients]
    values: dict[str, Any] = {
        "n": accounts,
        "team": team.pk,
        "clients": [c.pk for c in clients],
        "placements": [p.pk for p in placements],
        "small": SMALL,
    }
    with connection.cursor() as cursor:
        cursor.execute(FILL, values)
        cursor.execute("ANALYZE")
    for role in ASKING:
        user = User.objects.create_user(role, team=team if role == Role.REP else None)
        give_role(user=user, role=role)
    clients[0].members.add(User.objects.get(username=Role.CLIENT))
    return {role: create_token(user=User.objects.get(username=role), at=now()) for role in ASKING}


class Asker:
    """One WSGI request after another, as the server hands them over."""

    def __init__(self, token: str, query: str) -> None:
        self.application = get_wsgi_application()
        self.environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": PATH, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "HTTP_HOST": "localhost", "HTTP_AUTHORIZATION": f"Token {token}", "wsgi.url_scheme": "http",
        }  # fmt: skip

    def ask(self) -> dict[str, Any]:
        seen: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            seen.append(status)

        answer = self.application({**self.environ, "wsgi.input": BytesIO()}, start)
        body = b"".join(answer)
        assert seen == ["200 OK"], (seen, body)
        found: dict[str, Any] = json.loads(body)
        return found


def measured(token: str, query: str, rounds: int, requests: int) -> dict[str, Any]:
    asker = Asker(token, query)
    asker.ask()
    rates, per_cpu, times = [], [], []
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        for _ in range(requests):
            start = time.perf_counter()
            asker.ask()
            times.append((time.perf_counter() - start) * 1000)
        rates.append(requests / (time.perf_counter() - began))
        per_cpu.append(requests / (time.process_time() - worked))
    with CaptureQueriesContext(connection) as caught:
        rows = len(asker.ask()["results"])
    listing = next(
        query["sql"] for query in caught if "LIMIT" in query["sql"] and "debtors_debtor" in query["sql"]
    )
    return {
        "rows": rows,
        "queries": len(caught),
        "requests_per_second_median": round(statistics.median(rates), 1),
        "requests_per_cpu_second_median": round(statistics.median(per_cpu), 1),
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(sorted(times)[int(len(times) * 0.95) - 1], 2),
        "plan": plan(listing),
    }


def plan(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}")
        lines = [row[0] for row in cursor.fetchall()]
    text = "\n".join(lines)
    return {
        "indexes": sorted(set(re.findall(r"(?:using|on) (\w+_(?:pkey|key|\w*)) ?(?:on|\()", text))),
        "scans": [line.strip().split("  (cost")[0] for line in lines if " Scan" in line],
        "execution_ms": float(re.findall(r"Execution Time: ([\d.]+)", text)[0]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--keep", action="store_true", help="the next run finds the database filled")
    options = parser.parse_args()
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    connection.settings_dict["CONN_MAX_AGE"] = 600  # as the web process has it
    with own_database("bench_rest_list", keep=options.keep):
        tokens = fill(options.accounts)
        reset_queries()
        asked = {
            "every_portfolio": (tokens[Role.COMPLIANCE], "page_size=50"),
            "half_by_team": (tokens[Role.REP], "page_size=50"),
            "small_portfolio": (tokens[Role.CLIENT], "page_size=50"),
            "one_reference": (tokens[Role.COMPLIANCE], "page_size=50&client_reference=R-77"),
        }
        found = {name: measured(*who, options.rounds, options.requests) for name, who in asked.items()}
        result = {
            "benchmark": "rest_list",
            **machine(),
            "accounts": Account.objects.count(),
            "goal_requests_per_second": GOAL,
            "lists": found,
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
