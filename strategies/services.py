"""The only writers of the strategies room: the nightly pass, and the writing and publishing of strategies."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from strategies import book
from strategies.chunks import CHUNK, ChunkResult, run_chunk
from strategies.enums import StrategyStatus
from strategies.models import Strategy
from strategies.writing import (
    StepDraft,
    StrategyRefused,
    create_strategy,
    create_version,
    ensure_default_strategy,
    pause,
    pause_account,
    publish,
    resume,
    resume_account,
    retire,
    set_clients,
    set_steps,
)

__all__ = [
    "PassResult", "StepDraft", "StrategyRefused", "create_strategy", "create_version", "due_chunks", "enrol",
    "ensure_default_strategy", "pause", "pause_account", "prepare_pass", "preview", "publish", "resume", "resume_account",
    "retire", "run_chunk", "run_pass", "set_clients", "set_steps",
]  # fmt: skip


@dataclass(slots=True)
class PassResult:
    """``evaluated``: open accounts under a strategy; ``due``: those with a step due; ``stopped``: waiting, by reason."""

    on: date
    evaluated: int = 0
    enrolled: int = 0
    due: int = 0
    queued: Counter[str] = field(default_factory=Counter)
    tasks: int = 0
    escalations: int = 0
    skipped: int = 0
    stopped: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, chunk: ChunkResult) -> None:
        self.due += chunk.due
        self.queued += chunk.queued
        self.tasks += chunk.tasks
        self.escalations += chunk.escalations
        self.skipped += chunk.skipped
        self.stopped += chunk.stopped

    def as_json(self) -> dict[str, Any]:
        return {
            "on": self.on.isoformat(),
            "evaluated": self.evaluated,
            "enrolled": self.enrolled,
            "due": self.due,
            "queued": dict(sorted(self.queued.items())),
            "tasks": self.tasks,
            "escalations": self.escalations,
            "skipped": self.skipped,
            "stopped": dict(sorted(self.stopped.items())),
            "seconds": self.seconds,
        }


class _RolledBack(Exception):
    """Ends a dry run."""


def run_pass(*, on: date, at: datetime) -> PassResult:
    """One nightly pass, chunk by chunk, each in its own transaction. Safe to run twice, at once, and to be killed."""
    began = time.monotonic()
    result = prepare_pass(on=on)
    for ids in due_chunks(on=on):
        result.add(run_chunk(enrolment_ids=ids, on=on, at=at))
    result.seconds = round(time.monotonic() - began, 3)
    return result


def prepare_pass(*, on: date) -> PassResult:
    """The whole book is looked at: new accounts are enrolled, days that have moved are put right."""
    enrolled = enrol(on=on)
    return PassResult(on, evaluated=book.look_at_all(), enrolled=enrolled)


def due_chunks(*, on: date, strategy: Strategy | None = None) -> Iterator[list[int]]:
    """Ids of the enrolments due, in portions for ``run_chunk``."""
    ids = book.due_enrolments(on, strategy_id=strategy.pk if strategy else None)
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def enrol(*, on: date, account_ids: Sequence[int] | None = None) -> int:
    """Open accounts without an enrolment (all of them, or of those named); the number enrolled."""
    return book.enrol_missing(on=on, account_ids=account_ids)


def preview(*, strategy: Strategy, on: date, at: datetime) -> PassResult:
    """What a pass on ``on`` would do by this strategy, a draft taken as published: the pass itself, rolled back."""
    began = time.monotonic()
    result = PassResult(on)
    try:
        with transaction.atomic():
            if strategy.status != StrategyStatus.PUBLISHED:
                publish(strategy=strategy, by=None, at=at)
            result = prepare_pass(on=on)
            result.evaluated = strategy.enrolments.filter(next_on__isnull=False).count()
            for ids in due_chunks(on=on, strategy=strategy):
                result.add(run_chunk(enrolment_ids=ids, on=on, at=at))
            raise _RolledBack
    except _RolledBack:
        pass
    result.seconds = round(time.monotonic() - began, 3)
    return result
