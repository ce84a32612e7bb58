"""Interest that a hold forgives: beyond six percent in military service (50 USC 3937), all of it from a petition on (11 USC 502(b)(2))."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from accounts.accruing import end_limit, limit_interest
from accounts.models import OPEN_STATUSES, Account, InterestLimit
from compliance.enums import HoldKind
from compliance.packs import duties_on

NONE = Decimal(0)
WHY = {HoldKind.SCRA: "Military service", HoldKind.BANKRUPTCY: "Bankruptcy"}

# What the person owed before; an account of whose beginning nothing is known counts as older. An authorised user does not owe.
# A hold ends before its last day, a limit with it.
WANTED = """
    SELECT a.id, h.id, h.kind, h.from_on, h.until_on - 1, l.id
    FROM compliance_hold h
    JOIN accounts_account a ON a.id = h.account_id
        OR (h.account_id IS NULL AND (a.debtor_id = h.debtor_id OR EXISTS (SELECT FROM accounts_accountparty p
            WHERE p.account_id = a.id AND p.debtor_id = h.debtor_id AND p.role <> 'authorised_user')))
    JOIN accounts_accrual s ON s.account_id = a.id
    LEFT JOIN accounts_interestlimit l ON l.account_id = a.id AND l.cause = 'hold ' || h.id
    WHERE h.kind = ANY(%(kinds)s) AND a.status = ANY(%(open)s) AND (%(debtor)s IS NULL OR h.debtor_id = %(debtor)s)
      AND COALESCE(a.contract_on, a.opened_on, h.from_on - 1) < h.from_on
      AND (l.id IS NULL AND (h.until_on IS NULL OR h.until_on > h.from_on) OR l.until_on IS DISTINCT FROM h.until_on - 1)
    ORDER BY a.id, h.id
"""


def limit_by_holds(*, at: datetime, debtor_id: int | None = None) -> int:
    """Limits what these holds ask for and ends with them, on every account or on one debtor's. Returns how many changed.

    What they are is derived from the holds on record, so that none is missed and a second run does nothing.
    """
    said = {"kinds": [str(kind) for kind in WHY], "open": OPEN_STATUSES, "debtor": debtor_id}
    with connection.cursor() as cursor:
        cursor.execute(WANTED, said)
        rows = cursor.fetchall()
    for account, hold, kind, from_on, last, limit in rows:
        if limit is None:
            limit_interest(
                account=Account(pk=account), most=_most(kind, from_on), from_on=from_on, until_on=last,
                reason=f"{WHY[kind]} from {from_on.isoformat()}", cause=f"hold {hold}", by=None, at=at,
            )  # fmt: skip
        else:
            end_limit(limit=InterestLimit(pk=limit), on=max(last, from_on) if last else None, by=None, at=at)
    return len(rows)


def _most(kind: str, on: date) -> Decimal:
    return Decimal(duties_on(on).service_rate) if kind == HoldKind.SCRA else NONE
