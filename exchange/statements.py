"""A client's statement of a remittance as CSV, XLSX and PDF. From the lines that were closed and nothing else, so that the same
remittance gives the same bytes whenever it is asked for again."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from contacts.agency import agency
from core.money import dollars
from exchange.reader import safe
from payments.enums import LineKind
from payments.models import Remittance

COLUMNS = (
    "No.", "Account", "Your reference", "Paid on", "Type", "Amount", "Principal", "Interest", "Fees", "Costs", "Rate %", "Commission",
)  # fmt: skip
EPOCH = (1980, 1, 1, 0, 0, 0)
Row = tuple[int, str, str, str, str, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal]


class StatementFailed(Exception):
    code = "statement_failed"


def rows(remittance: Remittance) -> Iterator[Row]:
    found = remittance.lines.order_by("number").values_list(
        "number", "account__ref", "account__client_reference", "effective_on", "kind", "amount", "principal", "interest", "fees",
        "costs", "percent", "commission",
    )  # fmt: skip
    for number, ref, reference, day, kind, *amounts in found.iterator(chunk_size=5000):
        yield (number, ref, reference, day.isoformat(), LineKind(kind).label, *amounts)


def totals(remittance: Remittance) -> list[tuple[str, Decimal]]:
    """``collected - commission`` is what is due, below zero what is invoiced; gross: all collected is due, the fee invoiced."""
    return [
        ("Collected by us, less what was taken back", remittance.collected),
        ("Paid to you directly", remittance.direct),
        ("Our commission", remittance.commission),
        ("Due to you", remittance.due),
        ("Due to us", remittance.invoiced),
    ]


def as_csv(remittance: Remittance) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows(remittance):
        writer.writerow([safe(value) if isinstance(value, str) else value for value in row])
    for name, amount in totals(remittance):
        writer.writerow(["", "", "", "", name, amount])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(remittance: Remittance) -> bytes:
    """Amounts are numbers; the parts of the file bear no time of their own."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Statement")
    sheet.freeze_panes = "A2"

    def bold(value: str | Decimal) -> Any:
        cell = WriteOnlyCell(sheet, value=value)  # type: ignore[arg-type]
        cell.font = Font(bold=True)
        return cell

    sheet.append([bold(name) for name in COLUMNS])
    for row in rows(remittance):
        sheet.append([safe(value) if isinstance(value, str) else value for value in row])
    for name, amount in totals(remittance):
        sheet.append([None, None, None, None, bold(name), bold(amount)])
    out = io.BytesIO()
    book.save(out)
    return _timeless(out.getvalue())


def _timeless(content: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = source.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", part)
            target.writestr(zipfile.ZipInfo(name, EPOCH), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    source = Path(settings.BASE_DIR) / "templates" / "statements" / "remittance.typ"
    return typst.Compiler(input=source, root=source.parent, ignore_system_fonts=True)


def as_pdf(remittance: Remittance) -> bytes:
    us = agency()
    data = {
        "number": remittance.number,
        "client": remittance.client.name,
        "through": f"{remittance.through_on:%d %b %Y}",
        "agency": us.name,
        "agency_lines": us.lines.splitlines(),
        "totals": [(name, dollars(amount)) for name, amount in totals(remittance)],
        "columns": COLUMNS,
        "lines": [[_printed(value) for value in row] for row in rows(remittance)],
    }
    try:
        pdf = _compiler().compile(format="pdf", sys_inputs={"statement": json.dumps(data)}, pdf_tags=False)
    except typst.TypstError as error:
        raise StatementFailed(f"The statement could not be set: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise StatementFailed("The statement could not be set.")
    return pdf


def _printed(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value.as_tuple().exponent == -4 else f"{value:,.2f}"
    return str(value)


KINDS = {
    "csv": (as_csv, "text/csv"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (as_pdf, "application/pdf"),
}
