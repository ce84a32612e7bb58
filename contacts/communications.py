"""What counts as a communication about a debt, for the five days of the validation notice (12 CFR 1006.2(d), 1006.34(b)(2)).

By us any message, or a conversation whoever began it; not a call nobody took, nor a limited-content message, nor a word to
somebody else about where the person lives.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection

from core.clock import business_zone

COMMUNICATIONS = """
    SELECT c.debtor_id, about AS account_id, c.at, c.message_id
    FROM contacts_contact c CROSS JOIN LATERAL unnest(c.account_id || c.also_discussed) AS about
    WHERE c.purpose <> 'location'
      AND (c.outcome IN ('conversation', 'ringless_voicemail') OR (c.channel <> 'call' AND c.direction = 'out'))
"""
BEGUN = f"""
    SELECT debtor_id, account_id, min((at AT TIME ZONE %(zone)s)::date) AS day FROM ({COMMUNICATIONS}) t
    GROUP BY debtor_id, account_id
"""  # noqa: S608
"""The day of the initial communication, by person and account."""
NOTICES = """
    SELECT t.debtor_id, t.account_id, t.handing_over_at
    FROM contacts_message t JOIN contacts_template p ON p.id = t.template_id
    WHERE 'validation' = ANY(p.tags) AND t.status NOT IN ('failed', 'stopped', 'cancelled', 'bounced', 'returned')
"""
"""The validation notices that wait to leave, are on their way or have arrived, as far as anybody knows."""
UNNOTICED = f"""
    SELECT b.debtor_id, b.account_id, b.day FROM ({BEGUN}) b JOIN accounts_account a ON a.id = b.account_id
    WHERE a.debt_type <> 'commercial' AND a.status = ANY(%(open)s) AND NOT EXISTS (
        SELECT 1 FROM ({NOTICES}) n
        WHERE n.account_id = b.account_id AND n.debtor_id = b.debtor_id AND n.handing_over_at IS NOT NULL)
"""  # noqa: S608
"""The debts of consumers that are still collected and of which no validation notice has left and not come back."""
HAD = f"""
    SELECT DISTINCT debtor_id, account_id FROM ({COMMUNICATIONS}) t
    WHERE debtor_id = ANY(%(debtors)s) AND account_id = ANY(%(accounts)s)
"""  # noqa: S608
NOTICED = f"""
    SELECT DISTINCT debtor_id, account_id FROM ({NOTICES}) n
    WHERE debtor_id = ANY(%(debtors)s) AND account_id = ANY(%(accounts)s)
"""  # noqa: S608
OF_PAIRS = f"""
    SELECT debtor_id, account_id, day FROM ({BEGUN}) t
    WHERE debtor_id = ANY(%(debtors)s) AND account_id = ANY(%(accounts)s)
"""  # noqa: S608
Pairs = set[tuple[int, int]]


def initial_communications(pairs: Pairs) -> list[tuple[int, int, date]]:
    """Person, account and day, of those pairs between whom and us there has been one; in order."""
    debtors, accounts = (sorted(set(each)) for each in zip(*pairs, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(OF_PAIRS, {"debtors": debtors, "accounts": accounts, "zone": str(business_zone())})
        return sorted(row for row in cursor.fetchall() if row[:2] in pairs)


def already_had(debtor_ids: Collection[int], account_ids: Collection[int]) -> Pairs:
    """The pairs of person and account between whom and us the initial communication has been."""
    return _pairs(HAD, debtor_ids, account_ids)


def noticed(debtor_ids: Collection[int], account_ids: Collection[int]) -> Pairs:
    """The pairs of person and account of which a validation notice is queued, has left or has arrived."""
    return _pairs(NOTICED, debtor_ids, account_ids)


def _pairs(sql: str, debtor_ids: Collection[int], account_ids: Collection[int]) -> Pairs:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"debtors": list(debtor_ids), "accounts": list(account_ids)})
        return {(debtor, account) for debtor, account in cursor.fetchall()}
