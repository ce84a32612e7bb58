"""The outbox to its end, a piece at a time. ``clock`` is read before each piece: the gate decides for the moment of sending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from contacts.dispatch import send_due
from contacts.models import PrintBatch
from contacts.printing import NothingToPrint, make_print_batch
from users.models import User

Clock = Callable[[], datetime]
PIECE = 500


def drain(*, clock: Clock, channel: str | None = None, pieces: int = 1_000) -> dict[str, int]:
    """Counts per status reached; ``queued`` are those put off. Ends when nothing is due."""
    counts: Counter[str] = Counter()
    for _ in range(pieces):
        reached = send_due(at=clock(), limit=PIECE, channel=channel)
        if not reached:
            break
        counts.update(reached)
    return dict(counts)


def print_all(*, clock: Clock, by: User | None) -> list[PrintBatch]:
    """Print batches until no letter waits."""
    batches = []
    while True:
        try:
            batches.append(make_print_batch(by=by, at=clock()))
        except NothingToPrint:
            return batches
