"""A pass in a process of its own, for tests that kill it: ends itself without a word in the midst of chunk N.

python -m tests.strategies.killed_pass DATABASE ON AT CHUNK_SIZE DIE_IN_CHUNK
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date, datetime
from typing import Any

import django


def main(database: str, on: str, at: str, size: str, die_in: str) -> None:
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from strategies import chunks, services

    services.CHUNK = int(size)
    record, started = chunks._record, []

    def dying(*args: Any) -> None:
        """After messages, tasks and escalations are written, before the steps are."""
        started.append(1)
        if len(started) == int(die_in):
            os.kill(os.getpid(), signal.SIGKILL)
        record(*args)

    chunks._record = dying
    services.run_pass(on=date.fromisoformat(on), at=datetime.fromisoformat(at))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
    main(*sys.argv[1:])
