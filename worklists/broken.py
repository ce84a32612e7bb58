"""Whoever broke a promise, a settlement or a plan is called: a task once for each break, taken back when it no longer stands."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection

from core.clock import business_zone
from core.money import dollars
from payments.enums import AgreementKind
from worklists.enums import TaskKind
from worklists.services import TaskDraft, add_tasks, ensure_queues

LOOK_BACK = timedelta(days=14)
PRIORITY = 5

# What stands broken by the ledger and has nothing newer in its place, on accounts that may be worked.
BROKEN = """
    WITH broken AS (
        SELECT 'promise:' || p.id AS what, p.account_id, p.judged_at, p.amount, p.paid, '' AS kind
        FROM payments_promise p WHERE p.status IN ('broken', 'partly_kept') AND p.judged_at >= %(since)s
        UNION ALL
        SELECT 'agreement:' || g.id, g.account_id, g.judged_at, g.amount, g.paid, g.kind
        FROM payments_agreement g WHERE g.status = 'broken' AND g.judged_at >= %(since)s
    )
    SELECT b.what, b.judged_at, b.amount, b.paid, b.kind, a.id, a.debtor_id
    FROM broken b JOIN accounts_account a ON a.id = b.account_id
    WHERE a.status IN ('new', 'active')
      AND NOT EXISTS (SELECT 1 FROM payments_promise n WHERE n.account_id = a.id AND n.status = 'open')
      AND NOT EXISTS (SELECT 1 FROM payments_agreement n WHERE n.account_id = a.id AND n.status IN ('proposed', 'offered', 'active'))
    ORDER BY b.account_id, b.what
"""
TAKE_BACK = """
    UPDATE worklists_task t SET status = 'cancelled', done_at = %(at)s, result = 'It no longer stands'
    FROM accounts_account a
    WHERE t.status = 'open' AND t.kind = 'promise_broken' AND t.key LIKE 'broken:%%' AND a.id = t.account_id
      AND (a.status NOT IN ('new', 'active')
        OR EXISTS (SELECT 1 FROM payments_promise n WHERE n.account_id = a.id AND n.status = 'open')
        OR EXISTS (SELECT 1 FROM payments_agreement n WHERE n.account_id = a.id AND n.status IN ('proposed', 'offered', 'active'))
        OR NOT EXISTS (SELECT 1 FROM payments_promise p WHERE t.key LIKE 'broken:promise:' || p.id || ':%%'
                       AND p.account_id = a.id AND p.status IN ('broken', 'partly_kept')
                       UNION ALL SELECT 1 FROM payments_agreement g WHERE t.key LIKE 'broken:agreement:' || g.id || ':%%'
                       AND g.account_id = a.id AND g.status = 'broken'))
"""


def queue_broken(*, on: date, at: datetime) -> list[str]:
    """Tasks for what was judged broken within the last two weeks; a night missed is made up. Safe to run twice."""
    zone = business_zone()
    since = datetime.combine(on - LOOK_BACK, time.min, zone)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, {"at": at})
        cursor.execute(BROKEN, {"since": since})
        found = cursor.fetchall()
    queue = ensure_queues()["calls"].pk if found else 0
    tasks = [
        TaskDraft(
            f"broken:{what}:{judged.astimezone(zone):%Y-%m-%d}", account, debtor, queue, TaskKind.PROMISE_BROKEN,
            f"{AgreementKind(kind).label if kind else 'Promise'} of {dollars(amount)} broken; {dollars(paid)} came",
            at, PRIORITY,
        )
        for what, judged, amount, paid, kind, account, debtor in found
    ]  # fmt: skip
    return add_tasks(items=tasks, at=at)
