"""A proof of claim for every debt of somebody who is bankrupt, due on its bar date (FRBP 3002(c))."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import connection

from compliance.duties import claim_due
from compliance.packs import duties_on
from core.clock import business_zone
from worklists.enums import TaskKind
from worklists.services import TaskDraft, add_tasks, ensure_queues

BANKRUPT = """
    SELECT h.id, h.from_on, h.chapter, a.id, a.debtor_id
    FROM compliance_hold h JOIN accounts_account a
      ON a.debtor_id = h.debtor_id AND (h.account_id IS NULL OR h.account_id = a.id)
    WHERE h.kind = 'bankruptcy' AND h.chapter IN ('', '7', '12', '13') AND h.lifted_at IS NULL AND h.from_on <= %(on)s
      AND a.balance > 0 AND a.status NOT IN ('paid', 'settled', 'recalled', 'closed')
      AND NOT EXISTS (SELECT 1 FROM worklists_task t WHERE t.key = 'claim:' || h.id || ':' || a.id)
    ORDER BY h.id, a.id
"""


def ask_for_claims(*, on: date, at: datetime) -> list[str]:
    """A task for each, once, whatever brought the bankruptcy; those whose bar date has passed have none. ``from_on``: order for relief."""
    with connection.cursor() as cursor:
        cursor.execute(BANKRUPT, {"on": on})
        found = cursor.fetchall()
    if not found:
        return []
    law, queue, zone = duties_on(on), ensure_queues()["compliance"].pk, business_zone()
    due = [(row, claim_due(relief_on=row[1], law=law)) for row in found]
    tasks = [
        TaskDraft(
            f"claim:{hold}:{account}", account, debtor, queue, TaskKind.COMPLIANCE,
            f"File the proof of claim by {day:%d %b %Y}{f', chapter {chapter}' if chapter else ''}",
            datetime.combine(day, time(17), zone), not_before=at,
        )
        for (hold, _, chapter, account, debtor), day in due
        if day >= on
    ]  # fmt: skip
    return add_tasks(items=tasks, at=at)
