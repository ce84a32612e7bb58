"""Thin tasks of the worklists room."""

from __future__ import annotations

from celery import shared_task

from core.audit import audit_actor
from core.clock import business_today, now
from worklists.broken import queue_broken as queue
from worklists.claims import ask_for_claims as ask


@shared_task(name="worklists.ask_for_claims")
def ask_for_claims() -> int:
    """Idempotent."""
    at = now()
    with audit_actor(None, "task:worklists.ask_for_claims"):
        return len(ask(on=business_today(at), at=at))


@shared_task(name="worklists.queue_broken")
def queue_broken() -> int:
    """Idempotent."""
    at = now()
    with audit_actor(None, "task:worklists.queue_broken"):
        return len(queue(on=business_today(at), at=at))
