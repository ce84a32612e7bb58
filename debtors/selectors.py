"""Finding a debtor by whatever the caller has: name, number, mailbox, last four."""

from __future__ import annotations

import re

from django.db import connection

from core.fields import blind_index

BY_NAME = """
    SELECT id FROM (
        (SELECT id, lower(name) <-> %(text)s AS distance FROM debtors_debtor
         WHERE lower(name) %% %(text)s OR lower(name) LIKE %(like)s ORDER BY distance LIMIT %(limit)s)
        UNION ALL
        (SELECT debtor_id, lower(name) <-> %(text)s FROM debtors_debtorname
         WHERE lower(name) %% %(text)s ORDER BY 2 LIMIT %(limit)s)
    ) found GROUP BY id ORDER BY min(distance) LIMIT %(limit)s
"""


def search(text: str, *, limit: int = 20) -> list[int]:
    """Debtor ids, best first. Digits are read as a number, an SSN or its last four; an @ as e-mail; the rest as a name, typos allowed."""
    text = " ".join(text.split())
    digits = re.sub(r"\D", "", text)
    if not text:
        return []
    if "@" in text:
        return _ids(
            "SELECT debtor_id FROM debtors_email WHERE lower(address) = lower(%s) LIMIT %s", [text, limit]
        )
    if len(digits) >= 4 and not re.search(r"[A-Za-z]", text):
        return _by_digits(digits, limit)
    with connection.cursor() as cursor:
        escaped = re.sub(r"([\\%_])", r"\\\1", text.lower())
        cursor.execute(BY_NAME, {"text": text.lower(), "like": f"%{escaped}%", "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def _by_digits(digits: str, limit: int) -> list[int]:
    if len(digits) == 4:
        return _ids(
            "SELECT id FROM debtors_debtor WHERE tax_id_last4 = %s AND tax_id_last4 <> '' LIMIT %s",
            [digits, limit],
        )
    found: list[int] = []
    if len(digits) == 9:
        index = blind_index(digits, "tax_id")
        found = _ids(
            "SELECT id FROM debtors_debtor WHERE tax_id_index = %s AND tax_id_index <> '' LIMIT %s",
            [index, limit],
        )
    number = "+" + digits if len(digits) == 11 and digits[0] == "1" else "+1" + digits
    return found or _ids(
        "SELECT DISTINCT debtor_id FROM debtors_phone WHERE number = %s LIMIT %s", [number, limit]
    )


def _ids(sql: str, params: list[str | int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]
