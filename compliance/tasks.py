"""Thin tasks of the compliance room."""

from __future__ import annotations

from celery import shared_task

from compliance.forgiving import limit_by_holds
from compliance.representations import end_silent
from core.audit import audit_actor
from core.clock import business_today, now


@shared_task(name="compliance.end_silent_attorneys")
def end_silent_attorneys() -> int:
    """Idempotent."""
    at = now()
    with audit_actor(None, "task:compliance.end_silent_attorneys"):
        return end_silent(on=business_today(at), at=at)


@shared_task(name="compliance.limit_interest")
def limit_interest() -> int:
    """Idempotent."""
    at = now()
    with audit_actor(None, "task:compliance.limit_interest"):
        return limit_by_holds(at=at)
