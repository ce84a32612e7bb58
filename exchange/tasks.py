"""Celery's door into the exchange room."""

from __future__ import annotations

from celery import shared_task

from core.audit import audit_actor
from core.clock import now
from exchange.purging import purge_uploads
from exchange.runs import TASK, perform


@shared_task(name=TASK)
def load_placement_task(*, run_id: int) -> None:
    """Safe to deliver twice and to be killed half-way: a run is worked by one worker at a time and loaded once."""
    perform(run_id=run_id, clock=now)


@shared_task(name="exchange.purge_uploads")
def purge_uploads_task() -> int:
    """Safe to run twice and to be killed half-way. Returns how many files went."""
    with audit_actor(None, "task:exchange.purge_uploads"):
        return purge_uploads(clock=now)
