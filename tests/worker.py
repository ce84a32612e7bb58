"""A real Celery worker on the test's own database, files and queue."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    """Fails when it does not become so; a hundred looks a second."""
    for _ in range(int(seconds * 100)):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not become so in time")


class Worker:
    def __init__(self) -> None:
        self.queue = f"test-{uuid.uuid4().hex}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        of = connection.settings_dict
        address = (
            f"postgres://{quote(of['USER'])}:{quote(of['PASSWORD'])}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
        )
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "collections_crm",
                "worker",
                "-P",
                "solo",
                "-l",
                "warning",
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": address,
                "REDIS_URL": settings.REDIS_URL,
                "MEDIA_ROOT": str(settings.MEDIA_ROOT),
                "CELERY_QUEUE": self.queue,
            },
        )

    def kill(self) -> None:
        """SIGKILL: no farewell to the database or the broker."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def worker() -> Iterator[Worker]:
    found, before = Worker(), current_app.conf.task_default_queue
    current_app.conf.task_default_queue = found.queue
    yield found
    current_app.conf.task_default_queue = before
    found.kill()
    with current_app.connection_for_write() as broker:
        broker.default_channel.queue_delete(found.queue)
