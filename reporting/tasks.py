from __future__ import annotations

from datetime import date, timedelta

from celery import shared_task

from core.clock import business_today, now
from reporting.services import keep_compliance_report
from worklists.revocations import alarm_revocations


@shared_task(name="reporting.compliance_report")
def compliance_report(*, on: str | None = None) -> None:
    """Idempotent. ``on`` is an ISO date; yesterday of the agency's calendar when empty."""
    at = now()
    day = date.fromisoformat(on) if on else business_today(at) - timedelta(days=1)
    alarm_revocations(on=day, at=at)
    keep_compliance_report(on=day, at=at)
