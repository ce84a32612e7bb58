"""An alarm for what was sent after somebody took consent back or asked us to stop (47 CFR 64.1200(a)(10); 1006.14(h))."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection

from contacts.revoking import AFTER_OPT_OUT
from core.clock import business_zone
from worklists.enums import TaskKind
from worklists.services import TaskDraft, add_tasks, ensure_queues

ALARMS = f"""
    SELECT f.contact_id, f.opt_out_id, f.debtor_id, f.account_id, f.channel, f.at, f.asked_at
    FROM ({AFTER_OPT_OUT}) f JOIN compliance_decision d ON d.id = f.decision_id
    WHERE d.allowed ORDER BY f.contact_id, f.opt_out_id
"""  # noqa: S608


def alarm_revocations(*, on: date, at: datetime) -> list[str]:
    """A task for compliance for each, once. What the gate had refused has its task from when it was recorded."""
    zone = business_zone()
    start, end = (datetime.combine(day, time.min, zone) for day in (on, on + timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(ALARMS, {"start": start, "end": end})
        found = cursor.fetchall()
    queue = ensure_queues()["compliance"].pk if found else 0
    tasks = [
        TaskDraft(
            f"revoked:{opt_out}:{contact}", account, debtor, queue, TaskKind.COMPLIANCE,
            f"{channel.capitalize()} of {made.astimezone(zone):%d %b %Y %H:%M} followed the opt-out of "
            f"{asked.astimezone(zone):%d %b %Y %H:%M}",
            at,
        )
        for contact, opt_out, debtor, account, channel, made, asked in found
    ]  # fmt: skip
    return add_tasks(items=tasks, at=at)
