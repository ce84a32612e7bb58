"""Celery's doors into the payments room."""

from __future__ import annotations

from celery import shared_task

from core.clock import business_today, now
from payments.services import judge_promises


@shared_task(name="payments.judge_promises")
def judge_promises_task() -> dict[str, int]:
    at = now()
    return judge_promises(on=business_today(at), at=at)
