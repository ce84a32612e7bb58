"""A killed worker, two passes at once: every step exactly once. Real processes, real connections."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection

from contacts.models import Message
from escalations.models import Escalation
from strategies import services
from strategies.models import StepRun
from tests.strategies.book import day, invoice, night, run, set_up
from worklists.models import Task

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNTS = 9


@pytest.fixture
def portfolio() -> None:
    set_up()
    for number in range(ACCOUNTS):
        invoice(electronic=bool(number % 2))


def made() -> dict[str, int]:
    return {
        "messages": Message.objects.count(),
        "fired": StepRun.objects.filter(result="fired").count(),
        "tasks": Task.objects.count(),
        "escalations": Escalation.objects.count(),
    }


def killed_in_chunk(number: int, offset: int) -> int:
    return subprocess.run(
        [
            sys.executable, "-m", "tests.strategies.killed_pass", connection.settings_dict["NAME"],
            day(offset).isoformat(), night(offset).isoformat(), "2", str(number),
        ],
        cwd=settings.BASE_DIR,
        timeout=120,
    ).returncode  # fmt: skip


def test_a_pass_killed_between_writing_and_recording_loses_nothing_and_doubles_nothing(
    portfolio: None,
) -> None:
    assert killed_in_chunk(3, 3) == -signal.SIGKILL
    assert made() == {"messages": 4, "fired": 4, "tasks": 0, "escalations": 0}
    run(3)
    assert made() == {"messages": ACCOUNTS, "fired": ACCOUNTS, "tasks": 0, "escalations": 0}
    assert set(Counter(Message.objects.values_list("account_id", flat=True)).values()) == {1}


def test_tasks_and_escalations_of_a_killed_pass_are_made_once(portfolio: None) -> None:
    assert killed_in_chunk(2, 45) == -signal.SIGKILL
    run(45)
    run(45)
    assert made() == {"messages": 0, "fired": 2 * ACCOUNTS, "tasks": ACCOUNTS, "escalations": ACCOUNTS}


def test_two_passes_at_once_do_no_more_than_one(portfolio: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CHUNK", 2)
    results, start = [], threading.Barrier(2)

    def night_pass() -> None:
        try:
            start.wait()
            results.append(services.run_pass(on=day(12), at=night(12)))
        finally:
            connection.close()

    threads = [threading.Thread(target=night_pass) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    assert sum(sum(result.queued.values()) for result in results) == ACCOUNTS
    assert made() == {"messages": ACCOUNTS, "fired": ACCOUNTS, "tasks": 0, "escalations": 0}
