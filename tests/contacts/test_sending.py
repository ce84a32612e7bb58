"""A real SMTP conversation, real worker processes, and kills at the worst moments."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection

from accounts.services import apply_transition
from compliance.services import place_hold, record_opt_out
from contacts.channels.smtp import message_id
from contacts.dispatch import BACK_OFF, LEASE, send_due
from contacts.facts import Ask, gather_questions
from contacts.models import Contact, Message
from contacts.outbox import prepare_bulk
from contacts.services import import_delivery_event, release_message, resolve_uncertain
from tests.contacts.making import email_draft, reachable
from tests.factories import AT, TODAY

pytestmark = pytest.mark.django_db
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class Post:
    """A mail server that keeps what it accepts and answers as told."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.rcpt_reply = self.data_reply = ""
        self.sessions: set[int] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.sessions.add(id(session))
        if self.rcpt_reply:
            return self.rcpt_reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_reply:
            return self.data_reply
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Accepted"


@pytest.fixture
def post(settings: Any) -> Any:
    handler = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP_BACKEND, "127.0.0.1", port
    yield handler
    controller.stop()


def queued(templates: Any, count: int = 1) -> list[Message]:
    accounts = [reachable(f"Person {n}", f"p{n}@example.com") for n in range(count)]
    prepare_bulk(items=[email_draft(account, templates) for account in accounts], at=AT, by=None)
    return list(Message.objects.order_by("pk"))


def status(message: Message) -> str:
    return str(Message.objects.values_list("status", flat=True).get(pk=message.pk))


def test_an_email_arrives_once_with_its_contact_and_headers(post, templates):
    (message,) = queued(templates)
    assert send_due(at=AT) == {"handed_over": 1}
    assert send_due(at=AT) == {}
    (mail,) = post.mails
    assert mail["Message-ID"] == message_id(message.key)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(rf"<{django_settings.PUBLIC_URL}/p/opt-out/[^ ]+>", mail["List-Unsubscribe"].strip())
    assert "Click here to opt out" in mail.get_body(["plain"]).get_content()
    assert "<a href=" in mail.get_body(["html"]).get_content()
    contact = Contact.objects.get()
    assert (contact.message_id, contact.decision.allowed, contact.decision.at) == (message.pk, True, AT)
    events = list(message.events.order_by("pk").values_list("status", flat=True))
    assert events == ["queued", "leased", "handed_over"]


def test_many_messages_share_one_connection(post, templates):
    queued(templates, 30)
    assert send_due(at=AT) == {"handed_over": 30}
    assert (len(post.mails), len(post.sessions)) == (30, 1)


def test_what_changed_since_queueing_stops_the_message(post, templates):
    held, opted_out, paid, fine = queued(templates, 4)
    place_hold(debtor=held.debtor, account=None, kind="bankruptcy", from_on=TODAY, by=None, at=AT)
    record_opt_out(debtor=opted_out.debtor, medium="email", address=opted_out.address, by=None, at=AT)
    apply_transition(account=paid.account, transition="pay_in_full", by=None, at=AT)
    send_due(at=AT)
    assert [status(m) for m in (held, opted_out, paid, fine)] == [
        "stopped",
        "stopped",
        "cancelled",
        "handed_over",
    ]
    assert [mail["To"] for mail in post.mails] == [fine.address]


def test_t03_after_nine_in_the_evening_nothing_leaves_until_eight(post, templates):
    """T-03: queued 20:50, sent 21:05 in New York."""
    accounts = [reachable()]
    evening = AT.replace(day=8, hour=0, minute=50)
    prepare_bulk(items=[email_draft(account, templates) for account in accounts], at=evening, by=None)
    message = Message.objects.get()
    send_due(at=evening + timedelta(minutes=15))
    message.refresh_from_db()
    assert (post.mails, message.status, message.send_after) == ([], "queued", AT.replace(day=8, hour=12))
    assert send_due(at=message.send_after) == {"handed_over": 1}


def test_a_temporary_failure_is_retried_with_growing_delays_then_given_up(post, templates):
    (message,) = queued(templates)
    post.rcpt_reply = "451 Try again later"
    at = AT
    for delay in BACK_OFF:
        assert send_due(at=at) == {"queued": 1}
        message.refresh_from_db()
        assert (message.send_after, message.last_error) == (at + delay, "451 Try again later")
        at = message.send_after
    assert send_due(at=at) == {"failed": 1}
    release_message(message=message, by=None, at=at)
    post.rcpt_reply = ""
    assert send_due(at=at) == {"handed_over": 1}
    assert (len(post.mails), Contact.objects.count()) == (1, 1)


def test_no_mail_server_is_a_temporary_failure(settings, templates):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP_BACKEND, "127.0.0.1", 1
    (message,) = queued(templates)
    assert send_due(at=AT) == {"queued": 1}
    message.refresh_from_db()
    assert "No connection to the mail server" in message.last_error


def test_a_refused_address_bounces_and_is_believed_no_more(post, templates):
    (message,) = queued(templates)
    post.rcpt_reply = "550 No such user"
    assert send_due(at=AT) == {"bounced": 1}
    assert message.debtor.emails.get().status == "bad"
    assert Contact.objects.count() == 0


def test_a_provider_may_tell_of_a_bounce_later(post, templates):
    (message,) = queued(templates)
    send_due(at=AT)
    for _ in range(2):
        import_delivery_event(provider_id=message_id(message.key), kind="bounced", detail="full", at=AT)
    assert (status(message), message.debtor.emails.get().status) == ("bounced", "bad")
    assert message.events.filter(status="bounced").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_every_message_once(post, templates):
    queued(templates, 40)

    def work() -> None:
        while send_due(at=AT, limit=7):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert sorted(mail["To"] for mail in post.mails) == sorted(f"p{n}@example.com" for n in range(40))
    assert Contact.objects.count() == 40


WORKER = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from contacts import dispatch
from contacts.channels.smtp import SmtpAdapter

real = SmtpAdapter.hand_over

def deadly(self, message, at):
    if sys.argv[2] == "after":
        real(self, message, at)
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "leased":
    dispatch._send_batch = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
SmtpAdapter.hand_over = deadly
dispatch.send_due(at=datetime.fromisoformat(sys.argv[1]))
"""


def kill_a_worker(moment: str, settings: Any) -> None:
    """A worker of its own process, killed with SIGKILL: having leased, before the mail server, or after it."""
    database = django_settings.DATABASES["default"]
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        f"/{connection.settings_dict['NAME']}"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "DATABASE_URL": url, "DEBUG": "1", "EMBEDDED_SERVICES": "manual", "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": str(settings.EMAIL_PORT), "DJANGO_SETTINGS_MODULE": "collections_crm.settings",
    }  # fmt: skip
    worker = subprocess.run(
        [sys.executable, "-c", WORKER, AT.isoformat(), moment],
        env=environment, cwd=django_settings.BASE_DIR, capture_output=True, timeout=60,
    )  # fmt: skip
    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_before_handing_over_loses_nothing(post, templates, settings):
    (message,) = queued(templates)
    kill_a_worker("leased", settings)
    assert (status(message), post.mails) == ("leased", [])
    assert send_due(at=AT) == {}
    assert send_due(at=AT + LEASE + timedelta(seconds=1)) == {"handed_over": 1}
    assert len(post.mails) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 1)])
def test_a_worker_killed_while_handing_over_leaves_it_to_a_person(post, templates, settings, moment, arrived):
    (message,) = queued(templates)
    kill_a_worker(moment, settings)
    assert len(post.mails) == arrived
    later = AT + LEASE + timedelta(seconds=1)
    assert send_due(at=later) == {"uncertain": 1}
    assert send_due(at=later + timedelta(days=1)) == {}
    assert len(post.mails) == arrived
    history = gather_questions([Ask(message.account_id, message.debtor_id, "email", message.address, later)])
    assert [event["kind"] for event in history[0]["facts"]["history"]] == ["email"]
    resolve_uncertain(message=message, delivered=bool(arrived), note="Asked the provider", by=None, at=later)
    send_due(at=later)
    assert (len(post.mails), Contact.objects.count(), status(message)) == (1, 1, "handed_over")
    assert Contact.objects.get().decision.allowed
