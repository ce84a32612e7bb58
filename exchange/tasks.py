"""Celery's door into the exchange room."""

from __future__ import annotations

from celery import shared_task

from core.clock import now
from exchange.runs import TASK, perform


@shared_task(name=TASK)
def load_placement_task(*, run_id: int) -> None:
    """Safe to deliver twice and to be killed half-way: a run is worked by one worker at a time and loaded once."""
    perform(run_id=run_id, clock=now)
