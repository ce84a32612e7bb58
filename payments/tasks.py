"""Celery's doors into the payments room."""

from __future__ import annotations

from celery import shared_task

from core.clock import business_today, now
from payments.agreements import judge_due
from payments.services import judge_promises


@shared_task(name="payments.judge_promises")
def judge_promises_task() -> dict[str, int]:
    """What was promised, then what was agreed. Idempotent."""
    at = now()
    on = business_today(at)
    judged = judge_promises(on=on, at=at)
    for verdict, count in judge_due(on=on, at=at).items():
        judged[verdict] = judged.get(verdict, 0) + count
    return judged
