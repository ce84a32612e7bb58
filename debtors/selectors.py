"""Finding a debtor by whatever the caller has: name, number, mailbox, last four."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from core.fields import blind_index
from debtors.models import Debtor
from debtors.phones import normalise_phone

# The whole name, misspelt or in part. {only} narrows the search to the debtors that may be seen.
BY_NAME = """
    SELECT id FROM (
        (SELECT id, lower(name) <-> %s AS distance FROM debtors_debtor
         WHERE (lower(name) %% %s OR lower(name) LIKE %s) AND id {only} ORDER BY distance LIMIT %s)
        UNION ALL
        (SELECT debtor_id, lower(name) <-> %s FROM debtors_debtorname
         WHERE lower(name) %% %s AND debtor_id {only} ORDER BY 2 LIMIT %s)
    ) found GROUP BY id ORDER BY min(distance) LIMIT %s
"""
# One word of a long name, misspelt: too far from the whole name to be found above.
BY_WORD = """
    SELECT id FROM (
        SELECT id, %s <<-> lower(name) AS distance FROM debtors_debtor WHERE %s <%% lower(name) AND id {only}
        UNION ALL
        SELECT debtor_id, %s <<-> lower(name) FROM debtors_debtorname WHERE %s <%% lower(name) AND debtor_id {only}
    ) found GROUP BY id ORDER BY min(distance), id LIMIT %s
"""
MARKS = re.compile(r"tel:|ext\.?|x", re.IGNORECASE)


def search(text: str, *, limit: int = 20, only: QuerySet[Debtor] | None = None) -> list[int]:
    """Debtor ids, best first. Digits are read as a number, an SSN or its last four; an @ as e-mail; the rest as a name, typos allowed.

    ``only``: the debtors that may be found, so that others do not crowd them out of the first ``limit``.
    """
    text = " ".join(text.split())
    digits = re.sub(r"\D", "", text)
    if not text:
        return []
    try:
        found = _Within(only)
    except EmptyResultSet:
        return []
    if "@" in text:
        return found.ids(
            "SELECT debtor_id FROM debtors_email WHERE lower(address) = lower(%s) AND debtor_id {only} LIMIT %s",
            [text],
            [limit],
        )
    if len(digits) >= 4 and not re.search(r"[A-Za-z]", MARKS.sub("", text)):
        return _by_digits(found, text, digits, limit)
    return _by_name(found, text.lower(), limit)


class _Within:
    """Runs statements, with ``{only}`` in them filled in."""

    def __init__(self, only: QuerySet[Debtor] | None) -> None:
        self._sql: str = "IS NOT NULL"
        self._params: tuple[Any, ...] = ()
        if only is not None:
            sql, self._params = only.order_by().values("pk").query.sql_with_params()
            self._sql = f"IN ({sql})"

    def ids(self, sql: str, *params: Sequence[str | int]) -> list[int]:
        """``params``: those before the first ``{only}``, those after it, and so on."""
        values: list[Any] = []
        for place, given in enumerate(params):
            values += [*(self._params if place else ()), *given]
        with connection.cursor() as cursor:
            cursor.execute(sql.format(only=self._sql), values)
            return [row[0] for row in cursor.fetchall()]


def _by_name(found: _Within, text: str, limit: int) -> list[int]:
    like = "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"
    whole = found.ids(BY_NAME, [text, text, like], [limit, text, text], [limit, limit])
    return whole or found.ids(BY_WORD, [text, text], [text, text], [limit])


def _by_digits(found: _Within, text: str, digits: str, limit: int) -> list[int]:
    if len(digits) == 4:
        return found.ids(
            "SELECT id FROM debtors_debtor WHERE tax_id_last4 = %s AND tax_id_last4 <> '' AND id {only} LIMIT %s",
            [digits],
            [limit],
        )
    if len(digits) == 9:
        ids = found.ids(
            "SELECT id FROM debtors_debtor WHERE tax_id_index = %s AND tax_id_index <> '' AND id {only} LIMIT %s",
            [blind_index(digits, "tax_id")],
            [limit],
        )
        if ids:
            return ids
    try:
        number = normalise_phone(text)
    except ValueError:
        return []
    return found.ids(
        "SELECT DISTINCT debtor_id FROM debtors_phone WHERE number = %s AND debtor_id {only} LIMIT %s",
        [number],
        [limit],
    )
