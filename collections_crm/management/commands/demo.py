from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from collections_crm import services
from collections_crm.seeding.money import seed_agreements, seed_remittances
from core.clock import business_today, now
from strategies.services import enrol
from users.models import User
from worklists.broken import queue_broken

SEEDED = "demo-seeded"


class Command(BaseCommand):
    help = "Start everything a person needs to try the product, on this machine only. Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--accounts", type=int, default=int(os.environ.get("ACCOUNTS") or 2000))

    def handle(self, *args: Any, port: int, accounts: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo runs with DEBUG on only; a deployment starts its processes itself.")
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        _refuse_busy(port, "PORT=8001 make demo")
        try:
            self._prepare(accounts)
            self._start_web(port)
            self._wait_until_ready(port)
            self._start_workers()
            self._greet(port)
            self._watch()
        finally:
            self._stop()

    def _prepare(self, accounts: int) -> None:
        call_command("migrate", verbosity=0)
        call_command("seed_basics", verbosity=0)
        marker = services.LOCAL / SEEDED
        if "seed_portfolio" in get_commands() and not marker.exists():
            self.stdout.write(f"Seeding {accounts} accounts with their history (the first time only) ...")
            self.stdout.flush()
            call_command("seed_portfolio", accounts=accounts, seed=7, history=True)
            _give_a_portfolio()
            at = now()
            seed_agreements(by=User.objects.get(username="rep"), at=at)
            seed_remittances(at=at)
            queue_broken(on=business_today(at), at=at)
            enrol(on=business_today(now()))
            marker.touch()

    def _start_web(self, port: int) -> None:
        if not _answers(settings.EMAIL_PORT):
            self._run("mail", [sys.executable, "manage.py", "mailcatcher"])
        self._run("web", [
            sys.executable, "-m", "gunicorn", "collections_crm.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--preload", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5",
            "--no-control-socket",
        ], WEB="1")  # fmt: skip

    def _start_workers(self) -> None:
        """After the web: whoever waits, waits for the page."""
        celery = [sys.executable, "-m", "celery", "-A", "collections_crm"]
        self._run("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"])
        self._run("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""])

    def _run(self, name: str, command: list[str], **environment: str) -> None:
        folder = services.LOCAL / "log"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / f"{name}.log", "ab") as log:
            self.children[name] = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "DEBUG": "1", "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,
            )

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self.stopping:
            self._refuse_dead()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        if not self.stopping:
            raise CommandError(f"The web server did not get ready; see {services.LOCAL / 'log' / 'web.log'}.")

    def _greet(self, port: int) -> None:
        from users.roles import DEMO_LOGINS

        if self.stopping:
            return
        self.stdout.write(f"\n  http://127.0.0.1:{port}/   (admin: /admin/, API: /api/docs/)\n\n")
        for username, role in DEMO_LOGINS.items():
            self.stdout.write(f"    {username:<12} password demo   {role.label}")
        self.stdout.write(f"\n  e-mail sent: {services.LOCAL / 'mail'}   logs: {services.LOCAL / 'log'}")
        self.stdout.write("  Ctrl-C stops everything.")
        self.stdout.flush()

    def _watch(self) -> None:
        while not self.stopping:
            self._refuse_dead()
            time.sleep(0.5)

    def _refuse_dead(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None and not self.stopping:
                log = services.LOCAL / "log" / f"{name}.log"
                raise CommandError(f"{name} ended with code {child.returncode}; see {log}.")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
        if not self.children:
            raise SystemExit(130)

    def _stop(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + 15
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        services.stop()
        self.stdout.write("Stopped.")


def _give_a_portfolio() -> None:
    """The demo's client login sees the portfolio of one client, and both teams have clients to work for."""
    from accounts.models import Client
    from users.models import User

    client = Client.objects.order_by("pk").first()
    person = User.objects.filter(username="client").first()
    if client is not None and person is not None:
        client.members.add(person)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _refuse_busy(port: int, instead: str) -> None:
    if _answers(port):
        raise CommandError(f"Port {port} is in use by another program. Choose another: {instead}")
