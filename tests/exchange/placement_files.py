"""Placement files as the tests write them: one good row, and rows made from it."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

from accounts.models import Client
from exchange.services import ImportResult, load_placement, load_records
from tests.factories import AT, TODAY

GOOD = {
    "client_reference": "0000611365",
    "first_name": "Marisol",
    "last_name": "Whitaker",
    "line1": "812 E Osborn Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85014",
    "phone1": "(602) 555-0148",
    "email1": "m@example.com",
    "original_creditor": "Lakeside",
    "first_delinquency_on": "2025-11-01",
    "itemization_on": "2025-12-01",
    "itemization_type": "charge_off",
    "itemization_balance": "100.00",
    "interest_since": "5.00",
    "payments_since": "3.00",
    "current_balance": "102.00",
    "fees": "2.00",
    "tax_id": "412-55-4471",
}


def row(reference: str = GOOD["client_reference"], **changes: str) -> dict[str, str]:
    return {**GOOD, "client_reference": reference, **changes}


def text_of(*rows: dict[str, str], delimiter: str = ",") -> str:
    """The rows as CSV; a column that a row lacks is empty."""
    columns = list(dict.fromkeys(name for each in rows for name in each))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def load(
    client: Client, path: Path, content: str | bytes, *, placed_on: date = TODAY, **options: Any
) -> ImportResult:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_placement(path=path, client=client, placed_on=placed_on, by=None, at=AT, **options)


def record(reference: str = "0001", **changes: Any) -> dict[str, Any]:
    """A commercial invoice as the API takes it."""
    return {
        "client_reference": reference, "debtor_name": "Customer 1", "debtor_kind": "business", "debt_type": "commercial",
        "line1": "100 Broadway", "city": "New York", "state": "NY", "zip": "10005", "current_balance": "55.94",
        "due_on": "2026-04-06", **changes,
    }  # fmt: skip


def load_one(client: Client, **changes: Any) -> ImportResult:
    return load_records(client=client, records=[record(**changes)], placed_on=TODAY, by=None, at=AT)
