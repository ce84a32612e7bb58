"""What a file looks like before anything is read into the book: its encoding, delimiter, columns, first rows and length."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Client
from exchange.mapping import Mapper, read_definition
from exchange.models import Upload
from exchange.reader import DELIMITERS, LONGEST_LINE, FileRefused, Table, find_delimiter
from exchange.rows import RowReader
from users.models import User

ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
    "latin-1": "Latin-1",
}
SAMPLE = 5
COUNTED = 100_000
LARGEST_UPLOAD = 1024**3
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Inspection:
    """``delimiter`` is empty for a workbook. ``exact`` is false where counting stopped: ``count`` is then near the truth only."""

    encoding: str
    delimiter: str
    columns: list[str]
    rows: list[list[str]]
    count: int
    exact: bool


def inspect(path: Path, *, encoding: str = "", delimiter: str = "") -> Inspection:
    """Reads the file as a load would, so that what is wrong with it is said before it is mapped. Raises FileRefused.

    What is not given is found out and told, for a person to confirm: UTF-8 where the whole file is, else Windows-1252.
    """
    workbook = _is_workbook(path)
    if not workbook:
        encoding = encoding or _find_encoding(path)
        delimiter = delimiter or find_delimiter(_header(path, encoding))
    table = Table(path, encoding=encoding or "utf-8-sig", delimiter=delimiter)
    sample: list[list[str]] = []
    count = 0
    for _, row in table:
        count += 1
        if count <= SAMPLE:
            sample.append(row)
        if count > COUNTED:
            break
    exact = count <= COUNTED
    if not exact and not workbook:
        count = sum(piece.count(b"\n") for piece in _pieces(path)) - 1
    return Inspection(
        encoding or "utf-8-sig", "" if workbook else delimiter, table.columns, sample, count, exact
    )


@transaction.atomic
def keep_upload(*, client: Client, file: UploadedFile[Any], by: User | None, at: datetime) -> Upload:
    """Keeps a file that can be read. Raises FileRefused; the file is gone again then."""
    if (file.size or 0) > LARGEST_UPLOAD:
        raise FileRefused("The file is larger than 1 GB. Split it and load the parts one by one.")
    upload = Upload(
        client=client, file_name=Path(file.name or "file").name[:255], uploaded_by=by, uploaded_at=at
    )
    upload.file.save(upload.file_name[-80:], file, save=False)
    try:
        _describe(upload, "", "")
    except BaseException:
        upload.file.delete(save=False)
        raise
    return upload


@transaction.atomic
def read_again(*, upload: Upload, encoding: str, delimiter: str) -> Upload:
    """Inspects the kept file once more, as a person says it is written. Raises FileRefused."""
    if encoding not in ENCODINGS or delimiter not in DELIMITERS:
        raise FileRefused("Choose one of the encodings and delimiters listed.")
    return _describe(upload, encoding, delimiter)


def _describe(upload: Upload, encoding: str, delimiter: str) -> Upload:
    seen = inspect(Path(upload.file.path), encoding=encoding, delimiter=delimiter)
    if not seen.count:
        raise FileRefused("The file has a header and no rows below it.")
    upload.encoding, upload.delimiter, upload.columns = seen.encoding, seen.delimiter, seen.columns
    upload.sample, upload.rows, upload.rows_exact = json.dumps(seen.rows), seen.count, seen.exact
    upload.save()
    return upload


def sample_rows(upload: Upload) -> list[list[str]]:
    return list(json.loads(upload.sample or "[]"))


def preview(
    upload: Upload, definition: Mapping[str, Any], *, placed_on: date
) -> list[tuple[dict[str, str], list[str]]]:
    """The first rows as this mapping reads them: the texts of our fields, and what is wrong. Raises MappingRefused."""
    read = read_definition(definition)
    texts_of = Mapper(read, upload.columns)
    judge = RowReader(
        read.fields,
        date_format=read.date_format,
        client_code=upload.client.code,
        debt_type=upload.client.debt_type,
        placed_on=placed_on,
    )
    whole = [texts_of(row) for row in sample_rows(upload) if len(row) == len(upload.columns)]
    return [(texts, judge(texts)[1]) for texts in whole]


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith((b"PK", b"\xd0\xcf\x11\xe0"))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _find_encoding(path: Path) -> str:
    start = next(_pieces(path), b"")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for name in ("utf-8-sig", "cp1252"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for piece in _pieces(path):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise FileRefused(
        "The file is neither UTF-8 nor Windows-1252 text, nor a workbook. Save it as UTF-8 CSV or .xlsx."
    )


def _header(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.readline(LONGEST_LINE)
