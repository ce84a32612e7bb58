"""Thin tasks of the escalations room."""

from __future__ import annotations

from celery import shared_task

from core.audit import audit_actor
from core.clock import now
from escalations.approvals import withdraw_moot


@shared_task(name="escalations.withdraw_moot")
def withdraw_moot_task() -> int:
    """Idempotent."""
    with audit_actor(None, "task:escalations.withdraw_moot"):
        return withdraw_moot(at=now())
