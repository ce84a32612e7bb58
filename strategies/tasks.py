"""The nightly pass on the workers: one task looks at the book, then one task a chunk, over as many workers as there are."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from core.audit import audit_actor
from core.clock import business_today, now
from strategies import services


@shared_task(name="strategies.nightly_pass")
def nightly_pass(*, on: str | None = None) -> None:
    """Idempotent: a second one the same night finds nothing due. ``on`` is an ISO date; today when empty."""
    day = date.fromisoformat(on) if on else business_today(now())
    with audit_actor(None, "task:strategies.nightly_pass"):
        services.prepare_pass(on=day)
    for ids in services.due_chunks(on=day):
        pass_chunk.delay(on=day.isoformat(), enrolment_ids=ids)


@shared_task(name="strategies.pass_chunk")
def pass_chunk(*, on: str, enrolment_ids: list[int]) -> None:
    """One transaction: a worker killed half-way leaves nothing, and the broker hands the chunk to another."""
    with audit_actor(None, "task:strategies.pass_chunk"):
        services.run_chunk(enrolment_ids=enrolment_ids, on=date.fromisoformat(on), at=now())
