"""Rows into the temporary tables of a load, and who and what in them is known already.

``stage`` holds what was read, a line for each person of a row: slot 0 the debtor with the account, 1 to 3 those beside.
It is copied once and never written again; ``plan`` beside it is narrow, and takes the problems found by comparing rows with
one another and with the book.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Client
from core.fields import encrypt
from exchange.fields import FIELDS, OTHERS

UNKEPT = frozenset({"tax_id", "client_code", "country", "email_optout_until"})
KEPT = {name: field.sql for name, field in FIELDS.items() if name not in OTHERS and name not in UNKEPT}
PEOPLE_A_ROW = 4
COLUMNS = {
    "id": "integer",
    "row_no": "integer",
    "slot": "smallint",
    "role": "text",
    "tax_id_sealed": "text",
    "tax_id_index": 'text COLLATE "C"',
    "tax_id_last4": "text",
    "zones": "jsonb",
    "has_dispute": "boolean",
    **KEPT,
}

# Each row that a trigger of pgtrigger sees asks which triggers are ignored. Where the setting is missing, that is an error
# caught in a subtransaction, whose end goes through all the checks that wait for the commit: quadratic in a large load.
QUIET_TRIGGERS = "SET LOCAL pgtrigger.ignore = '{}'"
TABLES = (
    "SET LOCAL jit = off",
    QUIET_TRIGGERS,
    # more than one load may run in one transaction of a test
    "DROP TABLE IF EXISTS stage, plan, keyed, known, person, made CASCADE",
    f"CREATE TEMP TABLE stage ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())}) ON COMMIT DROP",
)
PLAN = (
    """CREATE TEMP TABLE plan ON COMMIT DROP AS
       SELECT id, row_no, slot, client_reference, debtor_reference, tax_id_index, current_balance, NULL::text AS problem FROM stage""",
    "ANALYZE plan",
    """UPDATE plan p SET problem = 'client_reference: stands in row ' || d.first || ' of this file too'
       FROM (SELECT row_no, min(row_no) OVER (PARTITION BY client_reference) AS first FROM plan WHERE slot = 0) d
       WHERE d.row_no = p.row_no AND d.first <> d.row_no""",
    """UPDATE plan p SET problem = 'client_reference: this client has already placed it, as ' || a.ref
       FROM plan w JOIN accounts_account a ON a.client_id = %(client)s AND a.client_reference = w.client_reference
         AND a.status NOT IN ('recalled', 'closed')
       WHERE w.row_no = p.row_no AND w.slot = 0 AND p.problem IS NULL""",
    """UPDATE plan p SET problem = 'debtor_reference: ' || p.debtor_reference || ' stands with more than one tax id, in rows '
              || d.rows || '; one person has one'
       FROM (SELECT debtor_reference, array_to_string((array_agg(row_no ORDER BY row_no))[:5], ', ') AS rows
             FROM plan WHERE slot = 0 AND problem IS NULL AND debtor_reference IS NOT NULL
             GROUP BY debtor_reference HAVING count(DISTINCT tax_id_index) > 1) d
       WHERE d.debtor_reference = p.debtor_reference AND p.problem IS NULL""",
    """UPDATE plan p SET problem = 'debtor_reference: ' || p.debtor_reference || ' is known with another tax id, on ' || d.ref
       FROM (SELECT DISTINCT ON (w.row_no) w.row_no, a.ref
             FROM plan w JOIN accounts_account a ON a.client_id = %(client)s AND a.debtor_reference = w.debtor_reference
             JOIN accounts_placement b ON b.id = a.placement_id AND b.status = 'loaded'
             JOIN debtors_debtor d ON d.id = a.debtor_id AND d.tax_id_index <> '' AND d.tax_id_index <> w.tax_id_index
             WHERE w.debtor_reference <> '' ORDER BY w.row_no, a.id) d
       WHERE d.row_no = p.row_no AND p.problem IS NULL""",
    # the people beside the debtor go with their row
    """UPDATE plan p SET problem = d.problem FROM plan d
       WHERE p.slot > 0 AND p.problem IS NULL AND d.slot = 0 AND d.row_no = p.row_no AND d.problem IS NOT NULL""",
)


class _Stream:
    """Pieces of COPY as a file that is read; nothing is held but the piece in hand."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.error: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """The database would turn an error of ours into one of its own: it is kept and raised afterwards."""
        try:
            return next(filter(None, self._pieces), b"")
        except Exception as error:
            self.error = error
            raise


def stage(pieces: Iterator[bytes]) -> None:
    """Copies what ``lines`` made into the temporary table ``stage``, which lives as long as the transaction."""
    with connection.cursor() as cursor:
        for sql in TABLES:
            cursor.execute(sql)
        stream = _Stream(pieces)
        try:
            cursor.copy_expert(f"COPY stage ({', '.join(COLUMNS)}) FROM STDIN (FORMAT csv)", stream)
        except Exception as error:
            raise stream.error or error from None
        cursor.execute("ANALYZE stage (id, slot)")


def lines(rows: Iterable[tuple[int, dict[str, Any]]]) -> bytes:
    """CSV without line breaks inside, which no value holds; what is not given, or empty, is NULL."""
    made = io.StringIO()
    names, line = tuple(COLUMNS), csv.writer(made, lineterminator="\n").writerow
    for row_no, values in rows:
        people = (values, *values.pop("beside")) if "beside" in values else (values,)
        for slot, person in enumerate(people):
            person["id"], person["row_no"], person["slot"] = PEOPLE_A_ROW * row_no + slot, row_no, slot
            if "tax_id" in person:
                person["tax_id_sealed"] = encrypt(person["tax_id"])
            line(map(person.get, names))
    return made.getvalue().encode()


def find_problems(client: Client) -> list[tuple[int, str]]:
    """Rows whose references stand in the file or the book already, or contradict them: (row, problem)."""
    with connection.cursor() as cursor:
        for sql in PLAN:
            cursor.execute(sql, {"client": client.pk})
        cursor.execute(
            "SELECT row_no, problem FROM plan WHERE problem IS NOT NULL AND slot = 0 ORDER BY row_no"
        )
        return list(cursor.fetchall())


def totals() -> tuple[int, Decimal]:
    """Rows that will be loaded and the sum of their balances."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), COALESCE(sum(current_balance), 0.00) FROM plan WHERE problem IS NULL AND slot = 0"
        )
        count, amount = cursor.fetchone()
        return count, amount
