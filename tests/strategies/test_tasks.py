from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contacts.models import Message
from strategies import tasks
from tests.strategies.book import invoice, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def night_of_the_first_notice(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The clock stands at 2 a.m. in New York, and tasks run in this process, in order."""
    monkeypatch.setattr(tasks, "now", lambda: datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    monkeypatch.setattr(tasks.pass_chunk, "delay", tasks.pass_chunk)


def test_the_nightly_task_looks_at_the_book_and_hands_out_chunks(night_of_the_first_notice: None) -> None:
    set_up()
    account = invoice()
    tasks.nightly_pass()
    tasks.nightly_pass()
    message = Message.objects.get()
    assert (message.account, message.channel) == (account, "email")


def test_a_chunk_handed_out_twice_does_its_work_once(night_of_the_first_notice: None) -> None:
    set_up()
    account = invoice()
    tasks.nightly_pass()
    tasks.pass_chunk(on="2026-03-05", enrolment_ids=[account.enrolment.pk])
    assert Message.objects.count() == 1
