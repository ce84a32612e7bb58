"""Thin tasks of the accounts room."""

from __future__ import annotations

from celery import shared_task

from accounts.accruing import accrue
from core.audit import audit_actor
from core.clock import business_today, now


@shared_task(name="accounts.accrue_interest")
def accrue_interest() -> dict[str, int]:
    """Idempotent."""
    at = now()
    with audit_actor(None, "task:accounts.accrue_interest"):
        return accrue(on=business_today(at), at=at)
