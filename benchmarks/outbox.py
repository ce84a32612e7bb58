"""E-mails from due step to accepted by a local SMTP server, recorded exactly once. Prints one JSON object.

    python -m benchmarks.outbox [--messages 10000] [--workers 2] [--channel email|letter]

Makes debtors and accounts of its own, queues one message each (gate included), sends with worker processes of its own
and compares what the server accepted with what was recorded.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import re
import socket
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing.synchronize import Event as Signal
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.conf import settings
from django.db import connection

from accounts.models import Account, Client, LedgerEntry, Placement
from benchmarks import machine, own_database
from collections_crm.memory import settle
from compliance.models import AddressBasis
from contacts.facts import postal_lines
from contacts.models import Contact, Message
from contacts.outbox import Draft, prepare_bulk, send_due
from contacts.printing import NothingToPrint, make_print_batch
from contacts.standard_templates import ensure_templates
from debtors.models import Address, Debtor, Email

AT = datetime(2026, 4, 7, 15, 0, tzinfo=UTC)
CHUNK = 2_000
Tag = str


def make_book(count: int, tag: Tag) -> None:
    client, _ = Client.objects.get_or_create(code="bench-outbox", defaults={"name": "Bench Creditor"})
    placement = Placement.objects.create(client=client, batch=f"bench-{tag}", placed_on=date(2026, 1, 5))
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        debtors = Debtor.objects.bulk_create(
            Debtor(name=f"Person {n}", state="NY", zones=["America/New_York"]) for n in numbers
        )
        mails = [f"p{tag}{n}@example.com" for n in numbers]
        Email.objects.bulk_create(Email(debtor=d, address=m) for d, m in zip(debtors, mails, strict=True))
        Address.objects.bulk_create(
            Address(debtor=d, line1=f"{n} Oak St", city="Albany", state="NY", zip="12207")
            for d, n in zip(debtors, numbers, strict=True)
        )
        AddressBasis.objects.bulk_create(
            AddressBasis(debtor=d, address=m, basis="EMAIL_CONSENT", as_of=AT.date(), recorded_at=AT)
            for d, m in zip(debtors, mails, strict=True)
        )
        accounts = Account.objects.bulk_create(
            Account(client=client, placement=placement, debtor=d, client_reference=f"{tag}-{n}", placed_amount=Decimal(100),
                    original_creditor="Bench", current_creditor="Bench", placed_on=date(2026, 1, 5), due_on=date(2026, 1, 4))
            for d, n in zip(debtors, numbers, strict=True)
        )  # fmt: skip
        LedgerEntry.objects.bulk_create(
            LedgerEntry(account=a, posting=uuid.uuid4(), kind="placement", bucket="principal", amount=Decimal(100),
                        effective_on=date(2026, 1, 5), posted_at=AT)
            for a in accounts
        )  # fmt: skip


def drafts(tag: Tag, channel: str) -> list[Draft]:
    template = ensure_templates(at=AT)["first_notice", channel]
    accounts = Account.objects.filter(client_reference__startswith=f"{tag}-").order_by("pk")
    rows = list(accounts.values_list("pk", "debtor_id", "debtor__emails__address"))
    if channel == "email":
        return [Draft(f"b:{tag}:{pk}", pk, debtor, channel, mail, template.pk) for pk, debtor, mail in rows]
    lines = {
        a.debtor_id: postal_lines(a) for a in Address.objects.filter(debtor_id__in=[row[1] for row in rows])
    }
    return [Draft(f"b:{tag}:{pk}", pk, debtor, channel, lines[debtor], template.pk) for pk, debtor, _ in rows]


def mail_server(port: int, ready: Signal, stop: Signal, accepted: Any) -> None:
    from aiosmtpd.controller import Controller

    seen: list[str] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            found = re.search(rb"^Message-ID:\s*(\S+)", envelope.content, re.I | re.M)
            seen.append(found.group(1).decode() if found else "?")
            return "250 OK"

    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    ready.set()
    stop.wait()
    controller.stop()
    accepted.put((len(seen), len(set(seen))))


def worker(port: int, channel: str, media: str) -> None:
    connection.close()
    settle()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MEDIA_ROOT = "127.0.0.1", port, media
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    while send_due(at=AT, limit=500, channel=channel):
        pass
    connection.close()


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def send_all(workers: int, port: int, channel: str, media: str) -> None:
    connection.close()
    processes = [multiprocessing.Process(target=worker, args=(port, channel, media)) for _ in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def print_everything() -> int:
    batches = 0
    while True:
        try:
            make_print_batch(by=None, at=AT)
        except NothingToPrint:
            return batches
        batches += 1


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def run(messages: int, workers: int, channel: str) -> dict[str, Any]:
    with own_database("bench_outbox"):
        return measure(messages, workers, channel)


def measure(messages: int, workers: int, channel: str) -> dict[str, Any]:
    tag = uuid.uuid4().hex[:8]
    make_book(messages, tag)
    items = drafts(tag, channel)
    queueing, outcomes = timed(lambda: prepare_bulk(items=items, at=AT, by=None))
    port, ready, stop = free_port(), multiprocessing.Event(), multiprocessing.Event()
    accepted: Any = multiprocessing.Queue()
    connection.close()
    server = multiprocessing.Process(target=mail_server, args=(port, ready, stop, accepted))
    server.start()
    ready.wait(20)
    with tempfile.TemporaryDirectory() as media:
        settings.MEDIA_ROOT = media
        sending, _ = timed(lambda: send_all(workers, port, channel, media))
        printing, batches = timed(print_everything) if channel == "letter" else (0.0, 0)
    stop.set()
    total, distinct = accepted.get(timeout=20)
    server.join()
    mine = Message.objects.filter(key__startswith=f"b:{tag}:")
    return {
        "benchmark": f"outbox, {channel}", "messages": messages, "workers": workers,
        "queued": sum(1 for outcome in outcomes if outcome.message_id),
        "queued_per_s": round(messages / queueing), "sent_per_s": round(messages / sending),
        "from_due_to_sent_per_s": round(messages / (queueing + sending + printing)), "print_batches": batches,
        "handed_over": mine.filter(status="handed_over").count(),
        "contacts": Contact.objects.filter(message__in=mine).count(),
        "accepted_by_server": total, "accepted_distinct": distinct,
        **machine(),
    }  # fmt: skip


def main(channel: str = "email") -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    options, _ = parser.parse_known_args()
    print(json.dumps(run(options.messages, options.workers, channel)))


if __name__ == "__main__":
    main()
