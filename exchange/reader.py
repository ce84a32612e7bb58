"""Rows out of CSV and XLSX files that may be broken or hostile. Nothing is guessed silently.

A structural problem raises FileRefused with the line and the remedy; a row that only differs in length comes out as it is.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

LONGEST_LINE = 1024 * 1024
LARGEST_WORKBOOK = 512 * 1024 * 1024
LARGEST_RATIO = 200
MOST_PARTS = 2000
DELIMITERS = (",", ";", "\t", "|")
ZERO_PADDED = re.compile(r"0[0-]*0")
RISKY = ("=", "+", "-", "@", "\t", "\r")


class FileRefused(Exception):
    """The file cannot be read as a whole; nothing was loaded."""

    code = "file_refused"


def safe(value: str) -> str:
    """A value that no spreadsheet will run: one more apostrophe before = + - @ tab and carriage return."""
    return "'" + value if value.lstrip("'").startswith(RISKY) else value


def unsafe(value: str) -> str:
    """Takes back what ``safe`` added: of every text, ``unsafe(safe(text)) == text``."""
    return value[1:] if value.startswith("'") and value.lstrip("'").startswith(RISKY) else value


class Table:
    """Header and rows of a file. Iterating yields (row number in the file, values); numbers count from 1, the header included."""

    def __init__(self, path: Path, *, encoding: str = "utf-8-sig", delimiter: str = "") -> None:
        if path.stat().st_size == 0:
            raise FileRefused("The file is empty.")
        with path.open("rb") as file:
            start = file.read(4)
        self.is_workbook = start.startswith(b"PK")
        if start.startswith(codecs.BOM_UTF8):
            encoding = "utf-8-sig"  # the file says so itself, whatever the mapping expects
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise FileRefused("This is an old .xls workbook; save it as .xlsx or CSV.")
        self._rows = _workbook(path) if self.is_workbook else _lines(path, encoding, delimiter)
        header = next(self._rows, None)
        if header is None:
            raise FileRefused("The file has no header row.")
        self.columns = [unsafe(value).strip() for value in header[1]]
        while self.columns and not self.columns[-1]:
            self.columns.pop()
        if not self.columns or not all(self.columns):
            raise FileRefused("A column of the header has no name; name every column in the first row.")
        if any("\x00" in column for column in self.columns):
            raise FileRefused("The header holds a NUL character: this is not text, or not in this encoding.")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.columns)
        for number, row in self._rows:
            whole = "".join(row)
            if not whole:
                continue
            while len(row) > width and not row[-1]:
                row.pop()
            if self.is_workbook and len(row) < width:
                row = row + [""] * (width - len(row))
            yield number, [unsafe(value) for value in row] if "'" in whole else row


def _lines(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, errors="strict", newline="") as file:
        first = _bounded(file, 1, encoding)
        chosen = delimiter or find_delimiter(first)
        if first.count(chosen) == 0:
            shown = ", ".join(repr(d) for d in DELIMITERS if d in first) or "none of the usual ones"
            raise FileRefused(
                f"The header has one column only when split at {chosen!r}; the file uses {shown}. Set the delimiter."
            )
        file.seek(0)
        reader = csv.reader(_each(file, encoding), delimiter=chosen, strict=True)
        csv.field_size_limit(LONGEST_LINE)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileRefused(
                    f"Line {reader.line_num}: {error}. Look for a quotation mark that is never closed."
                ) from error
            yield reader.line_num, row


def find_delimiter(header: str) -> str:
    """The usual delimiter that parts the header into most columns."""
    return max(DELIMITERS, key=lambda each: _columns(header, each))


def _columns(first: str, delimiter: str) -> int:
    """How many columns the header has when split so; none if its quotation marks speak against it."""
    try:
        return len(next(csv.reader([first], delimiter=delimiter, strict=True), ()))
    except csv.Error:
        return first.count(delimiter) if first.count('"') % 2 else 0


def _each(file: io.TextIOWrapper, encoding: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        line = _bounded(file, number, encoding)
        if not line:
            return
        yield line


def _bounded(file: io.TextIOWrapper, number: int, encoding: str) -> str:
    try:
        line = file.readline(LONGEST_LINE)
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"Line {number} or soon after is not {encoding}: byte {error.object[error.start]:#04x}. "
            'Save the file as UTF-8, or set encoding = "cp1252" in the mapping.'
        ) from error
    except UnicodeError as error:
        raise FileRefused(f"The file is not {encoding}: {error}.") from error
    if len(line) >= LONGEST_LINE and not line.endswith("\n"):
        raise FileRefused(
            f"Line {number} does not end within {LONGEST_LINE} characters; this is not a CSV file."
        )
    return line


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    _refuse_bomb(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(), start=1):
                yield number, [_cell(cell.value, cell.number_format) for cell in row]
        finally:
            book.close()
    except Exception as error:  # whatever the library stumbles over in a broken archive
        raise FileRefused(
            f"The workbook cannot be read: {error}. Save it again as .xlsx, or as CSV."
        ) from error


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as error:
        raise FileRefused("This is neither a workbook nor text; save it as .xlsx or CSV.") from error
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if (
        len(parts) > MOST_PARTS
        or unpacked > LARGEST_WORKBOOK
        or (unpacked > 10_000_000 and unpacked / packed > LARGEST_RATIO)
    ):
        raise FileRefused(
            "The workbook unpacks to far more than it should; it is refused unopened. Save the sheet as CSV."
        )
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise FileRefused("This archive is no workbook; save the sheet as .xlsx or CSV.")


def _cell(value: Any, number_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == datetime.min.time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isfinite(value):
        value = int(value) if value.is_integer() else round(value, 10)
    if isinstance(value, int) and value >= 0 and ZERO_PADDED.fullmatch(number_format):
        return _padded(value, number_format)
    return str(value)


def _padded(value: int, number_format: str) -> str:
    """A number shown with leading zeros, as it is shown: 1040 as 00000 is 01040, as 000-00-0000 it is 000-00-1040."""
    digits = iter(str(value).zfill(number_format.count("0")))
    extra = "".join(next(digits) for _ in range(len(str(value)) - number_format.count("0")))
    return extra + "".join(next(digits) if place == "0" else place for place in number_format)
