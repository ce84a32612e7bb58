"""The book of enrolments, looked at as a whole: who is missing, whose next day has moved, what is due. All set-based SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from accounts.enums import AccountStatus
from accounts.models import Account
from accounts.statuses import OPEN, WORKABLE
from strategies.walk import MESSAGES

IN_ORDER_OF_ID = 100_000
"""Accounts enrolled in one statement and transaction."""

WANTED = """
    GREATEST(
        CASE s.anchor WHEN 'due' THEN COALESCE(a.due_on, a.placed_on) WHEN 'placement' THEN a.placed_on
                      ELSE COALESCE(e.last_step_on, e.enrolled_on) END + s.offset_days,
        CASE WHEN s.action = ANY(%(messages)s) THEN e.last_contact_on + 1 END)
"""
"""``strategies.walk.next_day`` in SQL: e is the enrolment, a its account, s its next step."""

DUE = """
    e.next_on <= %(on)s AND st.status = 'published' AND (e.paused_until IS NULL OR e.paused_until <= %(on)s)
    AND a.balance > 0 AND a.status = ANY(%(in_treatment)s)
"""
"""A disputed account is in treatment: its step is due, and stopped."""

ENROL = f"""
    WITH own AS (
        SELECT c.id AS client_id, COALESCE(
            (SELECT st.id FROM strategies_strategy_clients m JOIN strategies_strategy st ON st.id = m.strategy_id
             WHERE m.client_id = c.id AND st.status IN ('published', 'paused') ORDER BY st.published_at DESC, st.id DESC LIMIT 1),
            (SELECT st.id FROM strategies_strategy st
             WHERE st.debt_type IN (c.debt_type, '') AND st.status IN ('published', 'paused')
               AND NOT EXISTS (SELECT 1 FROM strategies_strategy_clients m WHERE m.strategy_id = st.id)
             ORDER BY st.debt_type DESC, st.published_at DESC, st.id DESC LIMIT 1)) AS strategy_id
        FROM accounts_client c),
    e AS (
        SELECT a.id AS account_id, own.strategy_id, %(on)s::date AS enrolled_on,
               NULL::date AS last_step_on, NULL::date AS last_contact_on
        FROM accounts_account a JOIN own ON own.client_id = a.client_id
        WHERE a.id > %(after)s AND a.id <= %(upto)s AND a.status = ANY(%(open)s)
          AND NOT EXISTS (SELECT 1 FROM strategies_enrolment x WHERE x.account_id = a.id)),
    first AS (
        SELECT DISTINCT ON (strategy_id) strategy_id, id, anchor, offset_days, action
        FROM strategies_step ORDER BY strategy_id, position)
    INSERT INTO strategies_enrolment (account_id, strategy_id, enrolled_on, next_step_id, next_on, pause_reason)
    SELECT e.account_id, e.strategy_id, e.enrolled_on, s.id, {WANTED}, ''
    FROM e JOIN accounts_account a ON a.id = e.account_id JOIN first s ON s.strategy_id = e.strategy_id
    ON CONFLICT (account_id) DO NOTHING
"""  # noqa: S608

NEXT_DAY = f"CASE WHEN a.status = ANY(%(open)s) THEN {WANTED} END"

LOOK = f"""
    SELECT count(*) FILTER (WHERE a.status = ANY(%(open)s)),
           count(*) FILTER (WHERE e.next_on IS DISTINCT FROM {NEXT_DAY})
    FROM strategies_enrolment e JOIN accounts_account a ON a.id = e.account_id
    LEFT JOIN strategies_step s ON s.id = e.next_step_id
"""  # noqa: S608

MOVE = f"""
    UPDATE strategies_enrolment AS target SET next_on = moved.next_on
    FROM (SELECT e.id, {NEXT_DAY} AS next_on
          FROM strategies_enrolment e JOIN accounts_account a ON a.id = e.account_id
          LEFT JOIN strategies_step s ON s.id = e.next_step_id
          WHERE e.next_on IS DISTINCT FROM {NEXT_DAY}
          ORDER BY e.id FOR UPDATE OF e SKIP LOCKED) moved
    WHERE moved.id = target.id
"""  # noqa: S608

CHANGE_VERSION = """
    WITH passed AS (
        SELECT e.id, COALESCE(s.position, (SELECT max(z.position) + 1 FROM strategies_step z WHERE z.strategy_id = %(old)s)) AS next
        FROM strategies_enrolment e LEFT JOIN strategies_step s ON s.id = e.next_step_id
        WHERE e.strategy_id = %(old)s)
    UPDATE strategies_enrolment e SET strategy_id = %(new)s, next_step_id = (
        SELECT s.id FROM strategies_step s WHERE s.strategy_id = %(new)s AND s.position >= passed.next
        ORDER BY s.position LIMIT 1)
    FROM passed WHERE passed.id = e.id
"""


def constants() -> dict[str, Any]:
    return {
        "open": sorted(OPEN),
        "in_treatment": sorted(WORKABLE | {AccountStatus.DISPUTED}),
        "messages": sorted(MESSAGES),
    }


def enrol_missing(*, on: date, account_ids: Sequence[int] | None = None) -> int:
    """Every open account without an enrolment goes to its client's strategy, else that of the debt type, else the default."""
    if account_ids is not None:
        ranges = [(pk - 1, pk) for pk in account_ids]
    else:
        last = Account.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        ranges = [(low, low + IN_ORDER_OF_ID) for low in range(0, last, IN_ORDER_OF_ID)]
    made = 0
    for after, upto in ranges:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ENROL, {**constants(), "on": on, "after": after, "upto": upto})
            made += cursor.rowcount
    return made


def look_at_all() -> int:
    """Every enrolment against its account: a changed date, a closed or reopened account, a changed step moves ``next_on``.

    Gives the number of open accounts looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOOK, constants())
        looked_at, astray = cursor.fetchone()
        if astray:
            cursor.execute(MOVE, constants())
    return int(looked_at)


def due_enrolments(on: date, *, strategy_id: int | None = None) -> list[int]:
    sql = f"""SELECT e.id FROM strategies_enrolment e JOIN accounts_account a ON a.id = e.account_id
              JOIN strategies_strategy st ON st.id = e.strategy_id
              WHERE {DUE} AND (%(strategy)s::bigint IS NULL OR st.id = %(strategy)s) ORDER BY e.id"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {**constants(), "on": on, "strategy": strategy_id})
        return [pk for (pk,) in cursor.fetchall()]


def change_version(*, old_id: int, new_id: int) -> int:
    """Accounts under way go on at the same position of the new version; its days are theirs at the next pass."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGE_VERSION, {"old": old_id, "new": new_id})
        return int(cursor.rowcount)
