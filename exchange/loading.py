# ruff: noqa: E501  the SQL reads better in its own lines
"""From staged rows to accounts, in SQL: the rows are copied into a temporary table, and everything is made from there."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts.models import Client, Placement
from core.fields import encrypt
from debtors.services import refresh_zones
from exchange.fields import FIELDS
from users.models import User

EXTRA = {
    "row_no": "integer",
    "debtor_key": "text",
    "tax_id_sealed": "text",
    "tax_id_index": "text",
    "tax_id_last4": "text",
    "zones": "jsonb",
    "has_dispute": "boolean",
}
COLUMNS = {**EXTRA, **{name: field.sql for name, field in FIELDS.items() if name != "tax_id"}}
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _Stream(io.RawIOBase):
    """Lines of COPY as a file that is read; nothing is held but the piece in hand."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._left = lines, b""
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def _next_piece(self) -> str:
        """The database would turn an error of ours into one of its own: it is kept and raised afterwards."""
        try:
            return "".join(itertools.islice(self._lines, 500))
        except Exception as error:
            self.error = error
            raise

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size or size < 0:
            piece = self._next_piece()
            if not piece:
                break
            self._left += piece.encode()
        out, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return out


def stage(rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Copies rows into the temporary table ``stage``, which lives as long as the transaction."""
    with connection.cursor() as cursor:
        # django's connection may run more than one load in one transaction of a test
        cursor.execute("DROP TABLE IF EXISTS stage")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        cursor.execute(
            f"CREATE TEMP TABLE stage ({columns}, problem text, debtor_id bigint, is_new boolean, account_id bigint) ON COMMIT DROP"
        )
        names = ", ".join(COLUMNS)
        stream = _Stream(_copy_line(number, values) for number, values in rows)
        try:
            cursor.copy_expert(f"COPY stage ({names}) FROM STDIN", stream)
        except Exception as error:
            raise stream.error or error from None
        cursor.execute("ANALYZE stage")


def _copy_line(number: int, values: dict[str, Any]) -> str:
    values["row_no"] = number
    values["zones"] = json.dumps(values["zones"])
    if values.get("tax_id"):
        values["tax_id_sealed"] = encrypt(values["tax_id"])
    return "\t".join([_copy_value(values.get(name)) for name in COLUMNS]) + "\n"


def _copy_value(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    return str(value).translate(ESCAPES)


DUPLICATES = (
    """UPDATE stage s SET problem = 'client_reference: stands in row ' || d.first || ' of this file too'
       FROM (SELECT row_no, min(row_no) OVER (PARTITION BY client_reference) AS first FROM stage) d
       WHERE d.row_no = s.row_no AND d.first <> s.row_no""",
    """UPDATE stage s SET problem = 'client_reference: this client has already placed it, as ' || a.ref
       FROM accounts_account a WHERE a.client_id = %(client)s AND a.client_reference = s.client_reference
         AND a.status NOT IN ('recalled', 'closed') AND s.problem IS NULL""",
)

KNOWN_DEBTORS = """
    UPDATE stage s SET debtor_id = k.debtor_id, is_new = false
    FROM (SELECT DISTINCT ON (w.debtor_key) w.debtor_key, a.debtor_id
          FROM (SELECT DISTINCT debtor_key, debtor_reference, tax_id_index FROM stage WHERE debtor_key IS NOT NULL AND problem IS NULL) w
          JOIN debtors_debtor d ON d.tax_id_index = w.tax_id_index AND d.tax_id_index <> ''
          JOIN accounts_account a ON a.debtor_id = d.id AND a.client_id = %(client)s
          ORDER BY w.debtor_key, a.id) k
    WHERE s.debtor_key = k.debtor_key AND s.problem IS NULL
"""
KNOWN_REFERENCES = """
    UPDATE stage s SET debtor_id = k.debtor_id, is_new = false
    FROM (SELECT DISTINCT ON (household) household, debtor_id FROM accounts_account
          WHERE client_id = %(client)s AND household IN (SELECT debtor_key FROM stage WHERE debtor_key LIKE 'ref:%%')
          ORDER BY household, id) k
    WHERE s.debtor_key = k.household AND s.problem IS NULL
"""
NEW_DEBTORS = """
    UPDATE stage s SET debtor_id = n.id, is_new = (s.row_no = n.row_no)
    FROM (SELECT nextval(pg_get_serial_sequence('debtors_debtor', 'id')) AS id, name_key, row_no
          FROM (SELECT COALESCE(debtor_key, 'row:' || row_no) AS name_key, min(row_no) AS row_no
                FROM stage WHERE problem IS NULL AND debtor_id IS NULL GROUP BY 1) d) n
    WHERE COALESCE(s.debtor_key, 'row:' || s.row_no) = n.name_key AND s.problem IS NULL AND s.debtor_id IS NULL
"""
MAKE_DEBTORS = """
    INSERT INTO debtors_debtor (id, kind, name, first_name, middle_name, last_name, suffix, language, date_of_birth, deceased_on, tax_id,
        tax_id_index, tax_id_last4, state, zones, created_at, updated_at)
    SELECT debtor_id, debtor_kind, debtor_name, COALESCE(first_name, ''), COALESCE(middle_name, ''), COALESCE(last_name, ''),
        COALESCE(suffix, ''), COALESCE(language, 'en'), date_of_birth, deceased_on, COALESCE(tax_id_sealed, ''),
        COALESCE(tax_id_index, ''), COALESCE(tax_id_last4, ''), state, zones, %(at)s, %(at)s
    FROM stage WHERE is_new AND problem IS NULL
"""
MAKE_REACH = (
    """INSERT INTO debtors_address (debtor_id, kind, line1, line2, city, state, zip, country, is_current, status, source, created_at, updated_at)
       SELECT debtor_id, CASE WHEN debtor_kind = 'business' THEN 'business' ELSE 'home' END, line1, COALESCE(line2, ''), city, state, zip, 'US',
              true, 'unknown', 'client', %(at)s, %(at)s
       FROM (SELECT DISTINCT ON (debtor_id, lower(line1), zip) * FROM stage WHERE problem IS NULL ORDER BY debtor_id, lower(line1), zip, row_no) s
       WHERE NOT EXISTS (SELECT 1 FROM debtors_address x WHERE x.debtor_id = s.debtor_id AND lower(x.line1) = lower(s.line1) AND x.zip = s.zip)""",
    """INSERT INTO debtors_phone (debtor_id, number, kind, status, source, created_at, updated_at)
       SELECT debtor_id, number, COALESCE(max(kind), 'mobile'), 'unknown', 'client', %(at)s, %(at)s
       FROM stage CROSS JOIN LATERAL (VALUES (phone1, phone1_kind), (phone2, phone2_kind), (phone3, phone3_kind)) p(number, kind)
       WHERE problem IS NULL AND number IS NOT NULL GROUP BY debtor_id, number ON CONFLICT DO NOTHING""",
    """INSERT INTO debtors_email (debtor_id, address, status, is_employer, source, created_at, updated_at)
       SELECT DISTINCT ON (debtor_id, lower(address)) debtor_id, address, 'unknown', false, 'client', %(at)s::timestamptz, %(at)s::timestamptz
       FROM stage CROSS JOIN LATERAL (VALUES (email1), (email2)) e(address)
       WHERE problem IS NULL AND address IS NOT NULL ORDER BY debtor_id, lower(address) ON CONFLICT DO NOTHING""",
    """INSERT INTO compliance_addressbasis (debtor_id, address, basis, as_of, source, recorded_at, recorded_by_id, note)
       SELECT DISTINCT ON (debtor_id, lower(email1)) debtor_id, email1, upper(email_basis), COALESCE(email_basis_on, %(placed_on)s), 'client',
              %(at)s::timestamptz, %(by)s::bigint, ''
       FROM stage s WHERE problem IS NULL AND email1 IS NOT NULL AND email_basis IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM compliance_addressbasis b WHERE b.debtor_id = s.debtor_id AND lower(b.address) = lower(s.email1)
                         AND b.basis = upper(s.email_basis) AND b.withdrawn_at IS NULL)
       ORDER BY debtor_id, lower(email1)""",
)
MAKE_ACCOUNTS = """
    INSERT INTO accounts_account (id, client_id, placement_id, team_id, debtor_id, client_reference, prior_reference, household, frequency_group,
        status, debt_type, original_creditor, current_creditor, merchant_brand, placed_on, due_on, opened_on, contract_on, service_on,
        last_statement_on, charge_off_on, charge_off_balance, first_delinquency_on, limitation_on, recall_on, itemization_on,
        itemization_type, itemization_balance, interest_since, fees_since, payments_since, credits_since, placed_amount,
        interest_rate, interest_from, interest_authority, electronic_billing, principal, interest, fees, costs, created_at, updated_at)
    SELECT account_id, %(client)s, %(placement)s, %(team)s, debtor_id, client_reference, COALESCE(prior_reference, ''),
        COALESCE(household, CASE WHEN debtor_key LIKE 'ref:%%' THEN debtor_key END, ''), COALESCE(frequency_group, ''), CASE WHEN has_dispute THEN 'disputed' ELSE 'new' END, debt_type,
        COALESCE(original_creditor, %(creditor)s), COALESCE(current_creditor, %(creditor)s), COALESCE(merchant_brand, ''), %(placed_on)s,
        due_on, opened_on, contract_on, service_on, last_statement_on, charge_off_on, charge_off_balance, first_delinquency_on,
        limitation_on, recall_on, itemization_on, COALESCE(itemization_type, ''), itemization_balance, COALESCE(interest_since, 0),
        COALESCE(fees_since, 0), COALESCE(payments_since, 0), COALESCE(credits_since, 0), current_balance, interest_rate, interest_from,
        COALESCE(interest_authority, ''), COALESCE(electronic_billing, false), 0, 0, 0, 0, %(at)s, %(at)s
    FROM stage WHERE problem IS NULL ORDER BY row_no
"""
MAKE_ENTRIES = """
    INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, by_id, authority, memo)
    SELECT account_id, posting, 'placement', bucket, amount, %(placed_on)s, %(at)s, %(by)s, '', ''
    FROM (SELECT account_id, gen_random_uuid() AS posting, principal, interest, fees, costs FROM stage WHERE problem IS NULL OFFSET 0) s
    CROSS JOIN LATERAL (VALUES ('principal', principal), ('interest', interest), ('fees', fees), ('costs', costs)) b(bucket, amount)
    WHERE amount IS NOT NULL AND amount <> 0
"""
MAKE_HOLDS = """
    INSERT INTO compliance_hold (debtor_id, account_id, kind, from_on, source, recorded_by_id, recorded_at, note, lift_reason)
    SELECT debtor_id, account_id, kind, from_on, 'client', %(by)s, %(at)s, COALESCE(left(hold_note, 300), ''), ''
    FROM stage CROSS JOIN LATERAL (VALUES
        ('dispute', CASE WHEN has_dispute THEN COALESCE(dispute_date, %(placed_on)s::date) END, NULL::text),
        ('cease', cease_on, NULL), ('attorney', attorney_on, attorney_name), ('bankruptcy', bankruptcy_on, NULL)) h(kind, from_on, hold_note)
    WHERE problem IS NULL AND from_on IS NOT NULL
"""
MAKE_DISPUTES = """
    INSERT INTO compliance_dispute (account_id, debtor_id, received_on, medium, reason, status, hold_id, source, recorded_by_id, recorded_at,
        note, resolution)
    SELECT h.account_id, h.debtor_id, h.from_on, 'letter', COALESCE(s.dispute_reason, 'other'), 'open', h.id, 'client', %(by)s, %(at)s, '', ''
    FROM stage s JOIN compliance_hold h ON h.account_id = s.account_id AND h.kind = 'dispute' WHERE s.has_dispute AND s.problem IS NULL
"""
GROWN = """
    SELECT DISTINCT debtor_id FROM stage WHERE problem IS NULL AND NOT is_new
"""
NUMBER_ACCOUNTS = """
    UPDATE stage SET account_id = nextval(pg_get_serial_sequence('accounts_account', 'id')) WHERE problem IS NULL
"""


def find_duplicates(client: Client) -> list[tuple[int, str]]:
    """Marks rows whose reference stands in the file or the book already; returns (row, problem)."""
    with connection.cursor() as cursor:
        for sql in DUPLICATES:
            cursor.execute(sql, {"client": client.pk})
        cursor.execute("SELECT row_no, problem FROM stage WHERE problem IS NOT NULL ORDER BY row_no")
        return list(cursor.fetchall())


def totals() -> tuple[int, Any]:
    """Rows that will be loaded and the sum of their balances."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), COALESCE(sum(current_balance), 0) FROM stage WHERE problem IS NULL")
        count, amount = cursor.fetchone()
        return count, amount


def make_all(*, client: Client, placement: Placement, placed_on: date, by: User | None, at: datetime) -> None:
    teams: Sequence[int] = list(client.teams.values_list("pk", flat=True)[:2])
    params = {
        "client": client.pk,
        "placement": placement.pk,
        "team": teams[0] if len(teams) == 1 else None,
        "creditor": client.name,
        "placed_on": placed_on,
        "by": by.pk if by else None,
        "at": at,
    }
    steps = (
        KNOWN_DEBTORS, KNOWN_REFERENCES, NEW_DEBTORS, NUMBER_ACCOUNTS, MAKE_DEBTORS, *MAKE_REACH, MAKE_ACCOUNTS, MAKE_ENTRIES,
        MAKE_HOLDS, MAKE_DISPUTES,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for sql in steps:
            cursor.execute(sql, params)
        cursor.execute(GROWN)
        refresh_zones(debtor_ids=[row[0] for row in cursor.fetchall()])
