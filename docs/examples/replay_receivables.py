#!/usr/bin/env python3
"""A creditor's feed of business invoices, replayed day by day through the REST API; then counted again from the file.

    python docs/examples/replay_receivables.py --file FILE --base-url http://127.0.0.1:8000 --token TOKEN
    python docs/examples/replay_receivables.py --file FILE --serve

Each day: the invoices that became overdue the day before are placed, then the payments of the day are posted, then the
day's pass of the strategies runs. What the system says it did is held against plain arithmetic over the file: the exit
code is 1 when they differ. Every request carries an Idempotency-Key made from its content's place in the feed, so a
replay that broke off is simply started again. ``--serve`` runs it all in a throwaway database with a web server of its
own (needs the project's Python; everything else is the standard library).
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).with_name("receivables_sample.csv")
NOTICES = (("First notice", 3), ("Second notice", 10))
CALL, ESCALATION = ("Call about the invoice", 20), ("Escalate", 30)
DAY = timedelta(days=1)
TAIL = timedelta(days=30)
Fired = dict[str, dict[str, int]]


class ReplayFailed(Exception):
    """The system refused a request of the feed; the message holds its answer."""


# --- the file


@dataclass(frozen=True)
class Invoice:
    number: str
    customer: str
    invoiced_on: date
    due_on: date
    amount: Decimal
    disputed: bool
    electronic: bool
    settled_on: date | None
    late: bool

    @property
    def placed_on(self) -> date:
        return self.due_on + DAY


def us_date(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007


def read_invoices(path: Path) -> list[Invoice]:
    with open(path, newline="", encoding="utf-8-sig") as handle:
        return [
            Invoice(
                number=row["invoiceNumber"],
                customer=row["customerID"],
                invoiced_on=us_date(row["InvoiceDate"]),
                due_on=us_date(row["DueDate"]),
                amount=Decimal(row["InvoiceAmount"]),
                disputed=row["Disputed"] == "Yes",
                electronic=row["PaperlessBill"] == "Electronic",
                settled_on=us_date(row["SettledDate"]) if row["SettledDate"] else None,
                late=int(row["DaysLate"]) > 0,
            )
            for row in csv.DictReader(handle)
        ]


def period(invoices: Sequence[Invoice]) -> tuple[date, date]:
    """The first placement, and thirty days after the last event: by then every step has had its day."""
    late = [invoice for invoice in invoices if invoice.late]
    if not late:
        raise ReplayFailed("No invoice of this file is late: there is nothing to place.")
    events = [day for invoice in late for day in (invoice.placed_on, invoice.settled_on) if day]
    return min(events), max(events) + TAIL


def as_record(invoice: Invoice) -> dict[str, Any]:
    """An invoice in the columns of a placement. The file has no address and no e-mail: constants stand in."""
    record: dict[str, Any] = {
        "client_reference": invoice.number,
        "debtor_reference": invoice.customer,
        "debtor_name": f"Customer {invoice.customer}",
        "debtor_kind": "business",
        "debt_type": "commercial",
        "line1": "100 Broadway",
        "city": "New York",
        "state": "NY",
        "zip": "10005",
        "email1": f"{invoice.customer.lower()}@example.com",
        "email_basis": "email_creditor",
        "electronic_billing": "yes" if invoice.electronic else "no",
        "contract_on": invoice.invoiced_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "itemization_type": "transaction",
        "itemization_on": invoice.invoiced_on.isoformat(),
        "itemization_balance": str(invoice.amount),
        "current_balance": str(invoice.amount),
    }
    if invoice.disputed:
        record |= {"dispute_date": invoice.due_on.isoformat(), "dispute_reason": "other"}
    return record


# --- the system, by REST only


class Api:
    """One connection, kept alive. A POST that met a broken connection is sent again: its key makes that safe."""

    def __init__(self, base_url: str, token: str) -> None:
        parts = urlsplit(base_url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=120)
        self.headers = {"Authorization": f"Token {token}", "Accept": "application/json"}

    def post(self, path: str, body: dict[str, Any], *, key: str) -> dict[str, Any]:
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": key}
        return self._send("POST", f"/api/v1/{path}", json.dumps(body).encode(), headers)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self._send("GET", f"/api/v1/{path}?{urlencode(query)}", None, self.headers)

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        page = self.get(path, **query)
        while True:
            yield from page["results"]
            if not page.get("next"):
                return
            target = urlsplit(page["next"])
            page = self._send("GET", f"{target.path}?{target.query}", None, self.headers)

    def _send(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        for attempt in (1, 2, 3):
            try:
                self.connection.request(method, target, body, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode()
                break
            except (http.client.HTTPException, OSError) as error:
                self.connection.close()
                if attempt == 3:
                    raise ReplayFailed(f"{method} {target}: {error}") from error
                time.sleep(attempt)
        else:
            raise AssertionError
        if not 200 <= answer.status < 300:
            raise ReplayFailed(f"{method} {target}: {answer.status} {text[:2000]}")
        found: dict[str, Any] = json.loads(text)
        return found


def clock(day: date, hour: int) -> str:
    """The instant of an act: 14:00, 15:00 and 16:00 UTC are the morning in New York, summer and winter."""
    return f"{day.isoformat()}T{hour:02}:00:00Z"


class Replay:
    def __init__(self, api: Api, client: str, invoices: Sequence[Invoice]) -> None:
        self.api, self.client, self.invoices = api, client, invoices
        self.refs: dict[str, str] = {}
        self.paid: list[Decimal] = []

    def run(self) -> None:
        placements, settlements = defaultdict(list), defaultdict(list)
        for invoice in self.invoices:
            if invoice.late:
                placements[invoice.placed_on].append(invoice)
                if invoice.settled_on:
                    settlements[invoice.settled_on].append(invoice)
        self._make_client()
        first, last = period(self.invoices)
        for number in range((last - first).days + 1):
            day = first + number * DAY
            if placements[day]:
                self._place(day, placements[day])
            for invoice in settlements[day]:
                self._pay(day, invoice)
            self._pass(day)

    def _key(self, *parts: object) -> str:
        return ":".join(["replay", self.client, *map(str, parts)])

    def _make_client(self) -> None:
        body = {"code": self.client, "name": "Receivables", "kind": "agency", "debt_type": "commercial"}
        self.api.post("clients/", body, key=self._key("client"))

    def _place(self, day: date, invoices: Sequence[Invoice]) -> None:
        body = {
            "client": self.client,
            "placed_on": day.isoformat(),
            "records": [as_record(invoice) for invoice in invoices],
            "at": clock(day, 14),
        }
        self.api.post("placements/", body, key=self._key(day, "placement"))

    def _pay(self, day: date, invoice: Invoice) -> None:
        body = {
            "account": self._ref(invoice.number),
            "amount": str(invoice.amount),
            "method": "client",
            "effective_on": day.isoformat(),
            "reference": invoice.number,
            "at": clock(day, 15),
        }
        answer = self.api.post("payments/", body, key=self._key(day, "payment", invoice.number))
        self.paid.append(Decimal(str(answer["amount"])))

    def _pass(self, day: date) -> None:
        body = {"on": day.isoformat(), "at": clock(day, 16)}
        self.api.post("strategies/run/", body, key=self._key(day, "pass"))

    def _ref(self, number: str) -> str:
        """Our reference of the creditor's invoice."""
        if number not in self.refs:
            for account in self._accounts(client_reference=number):
                self.refs[account["client_reference"]] = account["ref"]
        if number not in self.refs:
            raise ReplayFailed(f"Invoice {number} was placed, but no account has it.")
        return self.refs[number]

    def _accounts(self, **filters: str) -> list[dict[str, Any]]:
        query = {"client": self.client, "page_size": "1000", **filters}
        return list(self.api.pages("accounts/", **query))

    def summary(self) -> dict[str, Any]:
        """What the system says there is, asked at the end."""
        first, last = period(self.invoices)
        accounts = self._accounts()
        runs = self.api.get(
            "strategies/runs/", **{"client": self.client, "from": first.isoformat(), "to": last.isoformat()}
        )
        return {
            "placed": len(accounts),
            "fired": {name: dict(channels) for name, channels in sorted(runs["fired"].items())},
            "tasks": runs["tasks"],
            "escalations": runs["escalations"],
            "payments": {"count": len(self.paid), "amount": str(sum(self.paid, Decimal("0.00")))},
            "open_balance": str(sum((Decimal(str(each["balance"])) for each in accounts), Decimal("0.00"))),
        }


# --- the recount: arithmetic over the file, nothing else


def recount(invoices: Sequence[Invoice]) -> dict[str, Any]:
    late = [invoice for invoice in invoices if invoice.late]
    paid = [invoice.amount for invoice in late if invoice.settled_on]
    fired: dict[str, Counter[str]] = defaultdict(Counter)
    for invoice in late:
        if invoice.disputed:
            continue
        overdue = (invoice.settled_on - invoice.due_on).days if invoice.settled_on else 10_000
        for name, days in NOTICES:
            if overdue > days:
                fired[name]["email" if invoice.electronic else "letter"] += 1
        for (name, days), kind in ((CALL, "call_task"), (ESCALATION, "escalation")):
            if overdue > days:
                fired[name][kind] += 1
    return {
        "placed": len(late),
        "fired": {name: dict(channels) for name, channels in sorted(fired.items())},
        "tasks": fired[CALL[0]]["call_task"],
        "escalations": fired[ESCALATION[0]]["escalation"],
        "payments": {"count": len(paid), "amount": str(sum(paid, Decimal("0.00")))},
        "open_balance": str(sum((i.amount for i in late if not i.settled_on), Decimal("0.00"))),
    }


# --- a system of its own


def manage(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise ReplayFailed(f"manage.py {' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def throwaway_database() -> Iterator[dict[str, str]]:
    """An empty database beside the demo's, as the environment that names it; dropped at the end."""
    import psycopg2

    sys.path.insert(0, str(ROOT))
    from collections_crm import services

    services.ensure()
    name, server = f"replay_{os.getpid()}", services.database_url()
    connection = psycopg2.connect(server)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            url = f"{server.rpartition('/')[0]}/{name}"
            yield {**os.environ, "DATABASE_URL": url, "REDIS_URL": services.redis_url(), "DEBUG": "1"}
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        connection.close()


@contextmanager
def web_server(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [
        sys.executable, "-m", "gunicorn", "collections_crm.wsgi:application", "--bind", address, "--worker-class", "gthread",
        "--threads", "2", "--timeout", "300", "--keep-alive", "120", "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, env={**environment, "WEB": "1"}, stdout=subprocess.DEVNULL)
    try:
        _wait_for(address, server)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise ReplayFailed(f"The web server ended with code {server.returncode}.")
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.2)
    raise ReplayFailed("The web server did not answer within a minute.")


def replay(base_url: str, token: str, client: str, invoices: Sequence[Invoice]) -> dict[str, Any]:
    began = time.monotonic()
    feed = Replay(Api(base_url, token), client, invoices)
    feed.run()
    found, expected = feed.summary(), recount(invoices)
    return {
        **found,
        "recount": expected,
        "equal": found == expected,
        "seconds": round(time.monotonic() - began, 1),
    }


def replay_in_throwaway(client: str, invoices: Sequence[Invoice]) -> dict[str, Any]:
    with throwaway_database() as environment:
        for command in ("migrate", "seed_basics"):
            manage(environment, command, "--verbosity", "0")
        token = manage(environment, "create_api_token", "admin").split()[-1]
        with web_server(environment) as base_url:
            result = replay(base_url, token, client, invoices)
        verified = json.loads(manage(environment, "verify_ledger", "--json"))
    return {**result, "ledger": verified, "equal": result["equal"] and not verified["disagreements"]}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--file", type=Path, default=SAMPLE, help="invoices (default: the sample beside this script)"
    )
    parser.add_argument("--client", default="receivables", help="code of the client that places them")
    parser.add_argument("--base-url", help="a running system, http://host:port")
    parser.add_argument(
        "--token", default=os.environ.get("API_TOKEN", ""), help="of manage.py create_api_token"
    )
    parser.add_argument("--serve", action="store_true", help="a throwaway database and web server instead")
    options = parser.parse_args(arguments)
    if options.serve == bool(options.base_url) or (options.base_url and not options.token):
        parser.error("give either --serve, or --base-url and --token")
    try:
        invoices = read_invoices(options.file)
        if options.serve:
            result = replay_in_throwaway(options.client, invoices)
        else:
            result = replay(options.base_url, options.token, options.client, invoices)
    except (ReplayFailed, OSError, KeyError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 2
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if result["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
