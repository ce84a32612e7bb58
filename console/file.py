"""The account's file: everything the workspace shows around the timeline, read as one JSON document in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Account
from accounts.selectors import visible_accounts
from compliance.enums import Medium
from users.models import User

_LISTS = {
    "phones": """SELECT id, number, kind, status FROM debtors_phone WHERE debtor_id = %(debtor)s
                 ORDER BY (status IN ('bad', 'wrong_party')), (status <> 'good'), id LIMIT 20""",
    "addresses": """SELECT id, kind, line1, line2, city, state, zip, status, is_current FROM debtors_address
                    WHERE debtor_id = %(debtor)s ORDER BY is_current DESC, id DESC LIMIT 10""",
    "emails": """SELECT id, address, status FROM debtors_email WHERE debtor_id = %(debtor)s
                 ORDER BY (status IN ('bad', 'wrong_party')), id LIMIT 10""",
    "relations": """SELECT r.kind, d.name, d.id FROM debtors_relation r JOIN debtors_debtor d ON d.id = r.other_id
                    WHERE r.debtor_id = %(debtor)s UNION ALL SELECT p.role, d.name, d.id FROM accounts_accountparty p
                    JOIN debtors_debtor d ON d.id = p.debtor_id WHERE p.account_id = %(account)s LIMIT 12""",
    "names": "SELECT kind, name FROM debtors_debtorname WHERE debtor_id = %(debtor)s LIMIT 6",
    "documents": """SELECT id, title, size, content_type = 'application/pdf' AS pdf, to_char(added_at, 'DD Mon YYYY') AS added
                    FROM accounts_document
                    WHERE account_id = %(account)s ORDER BY id DESC LIMIT 12""",
    "holds": """SELECT id, kind, note, to_char(until_on, 'DD Mon YYYY') AS until FROM compliance_hold
                WHERE debtor_id = %(debtor)s AND (account_id IS NULL OR account_id = %(account)s)
                  AND from_on <= %(today)s AND (until_on IS NULL OR until_on > %(today)s) ORDER BY id""",
    "opt_outs": """SELECT id, medium, address, to_char(at, 'DD Mon YYYY') AS since FROM compliance_optout
                   WHERE debtor_id = %(debtor)s AND withdrawn_at IS NULL ORDER BY id LIMIT 10""",
    "disputes": """SELECT id, kind, disputed_amount::text AS amount, is_timely, hold_id IS NOT NULL AS stops, duplicate_of_id IS NOT NULL
                       AS repeats, to_char(received_on, 'DD Mon YYYY') AS received FROM compliance_dispute
                   WHERE account_id = %(account)s AND status = 'open' ORDER BY id""",
    "terms": """SELECT trim_scale(t.rate)::text AS rate, t.authority, t.from_on > %(today)s AS ahead,
                       to_char(t.from_on, 'DD Mon YYYY') AS since, to_char(s.through, 'DD Mon YYYY') AS through
                FROM accounts_interestterm t JOIN accounts_accrual s ON s.account_id = t.account_id
                WHERE t.account_id = %(account)s AND (t.until_on IS NULL OR t.until_on >= %(today)s) ORDER BY t.from_on""",
    "limits": """SELECT id, trim_scale(most)::text AS most, reason, to_char(from_on, 'DD Mon YYYY') AS since,
                        to_char(until_on, 'DD Mon YYYY') AS until FROM accounts_interestlimit
                 WHERE account_id = %(account)s AND (until_on IS NULL OR until_on >= %(today)s) ORDER BY most, id""",
    "answered": """SELECT id FROM compliance_dispute WHERE account_id = %(account)s AND status IN ('verified', 'answered') LIMIT 1""",
    "promises": """SELECT id, amount::text AS amount, to_char(due_on, 'DD Mon YYYY') AS due, due_on < %(today)s AS late
                   FROM payments_promise WHERE account_id = %(account)s AND status = 'open'""",
    "agreements": """SELECT id, kind, status, round, amount::text AS amount, balance::text AS balance, paid::text AS paid, schedule,
                       to_char(next_due_on, 'DD Mon YYYY') AS due, next_amount::text AS next_amount, next_due_on < %(today)s AS late,
                       to_char(expires_on, 'DD Mon YYYY') AS expires
                FROM payments_agreement a WHERE account_id = %(account)s AND (status IN ('proposed', 'offered', 'active') OR
                    (status = 'broken' AND id = (SELECT max(id) FROM payments_agreement WHERE account_id = %(account)s)))""",
    "tasks": """SELECT t.id, t.kind, t.reason, q.slug, q.name AS queue FROM worklists_task t JOIN worklists_queue q ON q.id = t.queue_id
                WHERE t.account_id = %(account)s AND t.status = 'open' AND t.not_before <= %(at)s
                ORDER BY t.priority DESC, t.due_at LIMIT 5""",
    "escalations": """SELECT id, kind, status, raised_by_id FROM escalations_escalation
                      WHERE account_id = %(account)s AND status IN ('open', 'taken', 'returned')""",
    "lease": """SELECT l.user_id, l.expires_at, l.task_id, q.slug, q.name AS queue,
                       COALESCE(NULLIF(TRIM(u.first_name || ' ' || u.last_name), ''), u.username) AS holder
                FROM worklists_lease l JOIN users_user u ON u.id = l.user_id LEFT JOIN worklists_task t ON t.id = l.task_id
                LEFT JOIN worklists_queue q ON q.id = t.queue_id WHERE l.debtor_id = %(debtor)s AND l.expires_at > %(at)s""",
    "dialing": """SELECT id, address FROM contacts_contact WHERE account_id = %(account)s AND by_id = %(user)s
                  AND outcome = 'dialing' AND at > %(at)s - interval '12 hours' ORDER BY at DESC LIMIT 1""",
    "templates": """SELECT DISTINCT ON (code, channel) id, code, channel, name FROM contacts_template
                    WHERE status = 'approved' AND channel <> 'call'
                      AND NOT tags && ARRAY['verification', 'duplicate_dispute', 'original_creditor']::varchar[]
                      AND language IN ('en', %(language)s)
                    ORDER BY code, channel, (language = %(language)s) DESC, version DESC""",
    "answer_templates": """SELECT DISTINCT ON (code, channel) id, channel, name, tags FROM contacts_template
                    WHERE status = 'approved' AND tags && ARRAY['verification', 'duplicate_dispute', 'original_creditor']::varchar[]
                      AND language IN ('en', %(language)s)
                    ORDER BY code DESC, channel DESC, (language = %(language)s) DESC, version DESC""",
    "voicemail": """SELECT body FROM contacts_template WHERE code = 'voicemail' AND channel = 'call' AND status = 'approved'
                      AND language IN ('en', %(language)s) ORDER BY (language = %(language)s) DESC, version DESC LIMIT 1""",
}
_LINKED = """SELECT a.ref, a.balance::text AS balance, a.status, c.name AS client FROM accounts_account a
             JOIN accounts_client c ON c.id = a.client_id
             WHERE a.debtor_id = %(debtor)s AND a.id <> %(account)s AND a.status NOT IN ('recalled', 'closed')
             {scope} ORDER BY a.balance DESC LIMIT 12"""


@dataclass(frozen=True, slots=True)
class File:
    account: Account
    parts: dict[str, list[dict[str, Any]]]
    user_id: int
    today: date

    @property
    def lease(self) -> dict[str, Any] | None:
        return next(iter(self.parts["lease"]), None)

    @property
    def held_by_other(self) -> dict[str, Any] | None:
        return self.lease if self.lease and self.lease["user_id"] != self.user_id else None

    @property
    def mine(self) -> dict[str, Any] | None:
        return self.lease if self.lease and self.lease["user_id"] == self.user_id else None

    @property
    def dialing(self) -> dict[str, Any] | None:
        return next(iter(self.parts["dialing"]), None)

    @property
    def promise(self) -> dict[str, Any] | None:
        return next(iter(self.parts["promises"]), None)

    @property
    def agreement(self) -> dict[str, Any] | None:
        """The settlement or plan that is under way, or was broken last."""
        return next(iter(self.parts["agreements"]), None)

    @property
    def usable_phones(self) -> list[dict[str, Any]]:
        return [row for row in self.parts["phones"] if row["status"] not in ("bad", "wrong_party")]

    @property
    def usable_emails(self) -> list[dict[str, Any]]:
        return [row for row in self.parts["emails"] if row["status"] not in ("bad", "wrong_party")]

    @property
    def usable_addresses(self) -> list[dict[str, Any]]:
        return [
            row
            for row in self.parts["addresses"]
            if row["is_current"] and row["status"] not in ("bad", "wrong_party")
        ]

    @property
    def household(self) -> Decimal:
        return self.account.balance + sum((row["balance"] for row in self.parts["linked"]), Decimal(0))

    @property
    def days_past_due(self) -> int | None:
        return (self.today - self.account.due_on).days if self.account.due_on else None


def read_file(*, account: Account, user: User, at: datetime, today: date) -> File:
    scope, scope_params = _scope(user)
    params = {
        "account": account.pk,
        "debtor": account.debtor_id,
        "user": user.pk,
        "at": at,
        "today": today,
        "language": account.debtor.language,
        **scope_params,
    }
    lists = {**_LISTS, "linked": _LINKED.format(scope=scope)}
    columns = ", ".join(
        f"(SELECT COALESCE(json_agg(row_to_json(x)), '[]') FROM ({sql}) x)::text"  # noqa: S608
        for sql in lists.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", params)
        row = cursor.fetchone()
    parts = {name: json.loads(value) for name, value in zip(lists, row, strict=True)}
    for linked in parts["linked"]:
        linked["balance"] = Decimal(linked["balance"])
    for said in parts["opt_outs"]:
        said["label"] = "contact" if said["medium"] == Medium.ALL else Medium(said["medium"]).label.lower()
    for dispute in parts["disputes"]:
        dispute["amount"] = Decimal(dispute["amount"]) if dispute["amount"] is not None else None
    for promise in parts["promises"]:
        promise["amount"] = Decimal(promise["amount"])
    for agreement in parts["agreements"]:
        for name in ("amount", "balance", "paid", "next_amount"):
            agreement[name] = Decimal(agreement[name]) if agreement[name] is not None else None
        agreement["parts"] = [
            (date.fromisoformat(day), Decimal(part)) for day, part in agreement.pop("schedule")
        ]
    for lease in parts["lease"]:
        lease["expires_at"] = datetime.fromisoformat(lease["expires_at"])
    return File(account, parts, user.pk, today)


def _scope(user: User) -> tuple[str, dict[str, object]]:
    """Accounts of other portfolios stay unseen, even in the household's total."""
    if user.has_perm("accounts.view_all_portfolios"):
        return "", {}
    sql, params = visible_accounts(user).values("pk").query.sql_with_params()
    named = {f"scope{place}": value for place, value in enumerate(params)}
    for name in named:
        sql = sql.replace("%s", f"%({name})s", 1)
    return f"AND a.id IN ({sql})", named
