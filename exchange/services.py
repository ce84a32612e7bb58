"""Placements in, and taken back. One transaction a file: all of it or nothing, rejected rows aside."""

from __future__ import annotations

import csv
import hashlib
import json
import secrets
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, transaction

from accounts.models import Client, Placement
from accounts.services import create_placement
from core.cards import mask_cards
from exchange import loading, staging, undoing
from exchange.fields import ALIASES, CARD, FIELDS
from exchange.mapping import (
    OURS,
    Definition,
    Mapper,
    MappingRefused,
    canonical,
    read_definition,
    shipped,
)
from exchange.models import Mapping as SavedMapping
from exchange.reader import FileRefused, Table, safe
from exchange.rows import ZERO, RowReader
from exchange.shares import Row, worked
from users.models import User

MOST_PROBLEMS = 1000
TICK = 2000
LONG = 1024 * 1024


class ImportRefused(Exception):
    """The placement as a whole is refused; nothing was loaded."""

    code = "import_refused"


class DuplicateFile(ImportRefused):
    code = "duplicate_file"


class Cancelled(ImportRefused):
    code = "cancelled"


@dataclass
class ImportResult:
    """``amount`` in dollars, of the loaded rows; ``amount_read`` of every row whose balance could be read, good or not.

    ``reject_file``: the stored name of the rejects as CSV, empty when there are none.
    """

    rows: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    amount: Decimal = Decimal("0.00")
    amount_read: Decimal = Decimal("0.00")
    reject_file: str = ""
    batch: str = ""
    dry_run: bool = False
    problems: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "amount": str(self.amount), "amount_read": str(self.amount_read)}


class _Rejects:
    """Rejected rows, written as they come to a CSV that can be mended and loaded again with the same mapping.

    UTF-8 with its mark, so that spreadsheets and our reader know. Nothing of it is left when the load fails.
    """

    def __init__(self, columns: Sequence[str], delimiter: str, result: ImportResult) -> None:
        handle, name = tempfile.mkstemp(suffix=".csv")
        self._file = open(handle, "w", newline="", encoding="utf-8-sig", errors="backslashreplace")  # noqa: SIM115
        self._path = Path(name)
        self._keep = [place for place, column in enumerate(columns) if column not in OURS]
        self._writer = csv.writer(self._file, delimiter=delimiter or ",", quoting=csv.QUOTE_ALL)
        self._writer.writerow(
            [safe(columns[place]) for place in self._keep] + ["reject_row", "reject_reason"]
        )
        self._result = result

    def __enter__(self) -> _Rejects:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)
        if failed and self._result.reject_file:
            default_storage.delete(self._result.reject_file)

    def add(self, number: int, row: Sequence[str], problems: Sequence[str]) -> None:
        reason = "; ".join(problems)
        if CARD in reason:
            row = [mask_cards(value) for value in row]
        kept = [safe(row[place]) if place < len(row) else "" for place in self._keep]
        self._writer.writerow([*kept, number, safe(reason)])
        self._result.rejected += 1
        if len(self._result.problems) < MOST_PROBLEMS:
            self._result.problems.append({"row": number, "reason": reason})

    def store(self, name: str) -> None:
        if self._result.rejected:
            self._file.flush()
            with self._path.open("rb") as file:
                saved = default_storage.save(f"rejects/{name}-rejects.csv", File(file))
            self._result.reject_file = str(saved)


def definition_for(*, mapping: str | Mapping[str, Any], client: Client, columns: Sequence[str]) -> Definition:
    """A mapping by dict, by the client's saved name, or by a shipped name; "canonical" reads our own names."""
    if not isinstance(mapping, str):
        return read_definition(mapping)
    if mapping == "canonical":
        return canonical(columns)
    saved = SavedMapping.objects.filter(client=client, name=mapping).first()
    return read_definition(saved.definition if saved else shipped(mapping))


def read_mapping_file(path: Path) -> dict[str, Any]:
    """A mapping from a .toml or .json file of this machine: for commands only, never from a request."""
    try:
        text = path.read_text(encoding="utf-8")
        return dict(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except OSError as error:
        raise MappingRefused(f"There is no mapping file {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise MappingRefused(f"{path}: {error}.") from error


def load_placement(
    *,
    path: str | Path,
    file_name: str = "",
    client: Client,
    mapping: str | Mapping[str, Any] = "canonical",
    placed_on: date,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    expect_rows: int | None = None,
    expect_amount: Decimal | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """Loads a CSV or XLSX file. Raises FileRefused, MappingRefused, DuplicateFile or ImportRefused: then nothing was loaded.

    ``progress`` is called with the rows read (the header is one) every so often and at the end, and may raise Cancelled.
    """
    path = Path(path)
    name = file_name or path.name
    digest = _digest(path)
    earlier = Placement.objects.filter(client=client, file_sha256=digest, status="loaded").first()
    if earlier is not None:
        raise DuplicateFile(
            f"This very file was loaded as {earlier.batch} on {earlier.placed_on}; undo that batch to load it again."
        )
    first = (
        definition_for(mapping=mapping, client=client, columns=())
        if mapping != "canonical"
        else Definition({})
    )
    table = Table(path, encoding=first.encoding, delimiter=first.delimiter)
    definition = definition_for(mapping=mapping, client=client, columns=table.columns)

    return _load(
        lambda: Table(path, encoding=first.encoding, delimiter=first.delimiter),
        columns=table.columns, definition=definition, client=client, placed_on=placed_on, by=by, at=at,
        dry_run=dry_run, expect=(expect_rows, expect_amount), file_name=name, digest=digest, batch="",
        progress=progress, is_long=not table.is_workbook and path.stat().st_size > LONG,
    )  # fmt: skip


def load_records(
    *,
    client: Client,
    records: Sequence[Mapping[str, Any]],
    placed_on: date,
    by: User | None,
    at: datetime,
    batch: str | None = None,
) -> ImportResult:
    """The same from records of canonical fields, as the API takes them; dates as YYYY-MM-DD."""
    columns = sorted({name for record in records for name in record})
    unknown = [repr(name) for name in columns if name not in FIELDS and name not in ALIASES]
    if unknown:
        raise MappingRefused(
            f"Unknown field(s) {', '.join(unknown)}. Known ones: {', '.join(sorted(FIELDS))}."
        )

    def rows() -> Iterator[Row]:
        for number, record in enumerate(records, start=1):
            yield number, [_text(record.get(name)) for name in columns]

    return _load(
        rows, columns=columns, definition=canonical(columns), client=client, placed_on=placed_on, by=by, at=at,
        dry_run=False, expect=(None, None), file_name="", digest="", batch=batch or "",
    )  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _load(
    rows: Callable[[], Iterable[Row]],
    *,
    columns: Sequence[str],
    definition: Definition,
    client: Client,
    placed_on: date,
    by: User | None,
    at: datetime,
    dry_run: bool,
    expect: tuple[int | None, Decimal | None],
    file_name: str,
    digest: str,
    batch: str,
    progress: Callable[[int], None] | None = None,
    is_long: bool = False,
) -> ImportResult:
    """``rows`` begins anew each time and has no effects; ``is_long``: long enough for a second process."""
    result = ImportResult(dry_run=dry_run)
    texts_of = Mapper(definition, columns)
    read = RowReader(
        definition.fields, date_format=definition.date_format, client_code=client.code,
        debt_type=client.debt_type, placed_on=placed_on,
    )  # fmt: skip
    name = batch or f"{client.code[:40]}-{placed_on:%Y%m%d}-{secrets.token_hex(4)}"
    try:
        with _Rejects(columns, definition.delimiter, result) as rejects, transaction.atomic():
            work = partial(_read, width=len(columns), read=lambda row: read(texts_of(row)))
            pieces = worked(_watched(rows(), progress), work, rows if is_long else None)
            with closing(pieces):
                staging.stage(_counted(pieces, rejects, result))
            found = staging.find_problems(client)
            _reject_planned(found, _watched(rows(), progress) if found else (), rejects, result)
            result.loaded, result.amount = staging.totals()
            _check_totals(result, expect)
            if result.loaded and not dry_run:
                result.batch = name
                _make(result, client, placed_on, by, at, file_name, digest)
            rejects.store(name)
    except (IntegrityError, DataError) as error:
        raise ImportRefused(
            f"The database refused the placement: {str(error).splitlines()[0]}. Nothing was loaded."
        ) from error
    return result


def _watched(rows: Iterable[Row], progress: Callable[[int], None] | None) -> Iterator[Row]:
    number = 0
    for number, row in rows:
        if progress is not None and number % TICK == 0:
            progress(number)
        yield number, row
    if progress is not None:
        progress(number)


@dataclass
class _Piece:
    """What became of some rows: those that can be loaded as they stand, as lines of COPY; the others with their problems."""

    rows: int
    amount: Decimal
    lines: bytes
    rejects: list[tuple[int, list[str], list[str]]]


def _read(
    rows: list[Row], *, width: int, read: Callable[[list[str]], tuple[dict[str, Any], list[str]]]
) -> _Piece:
    good, rejects, amount = [], [], ZERO
    for number, row in rows:
        if len(row) != width:
            rejects.append((number, row, [f"the row has {len(row)} values, the header {width}"]))
            continue
        values, problems = read(row)
        amount += values.get("current_balance", ZERO)
        if problems:
            rejects.append((number, row, problems))
        else:
            good.append((number, values))
    return _Piece(len(rows), amount, staging.lines(good), rejects)


def _counted(pieces: Iterable[_Piece], rejects: _Rejects, result: ImportResult) -> Iterator[bytes]:
    for piece in pieces:
        result.rows += piece.rows
        result.amount_read += piece.amount
        for number, row, problems in piece.rejects:
            rejects.add(number, row, problems)
        yield piece.lines


def _reject_planned(
    found: Sequence[tuple[int, str]],
    rows: Iterable[Row],
    rejects: _Rejects,
    result: ImportResult,
) -> None:
    """The file is read once more for the rows themselves, so that none need be held in memory."""
    problems = dict(found)
    for number, row in rows:
        if problem := problems.get(number):
            rejects.add(number, row, [problem])
            result.duplicates += problem.startswith("client_reference")


def _make(
    result: ImportResult,
    client: Client,
    placed_on: date,
    by: User | None,
    at: datetime,
    file_name: str,
    digest: str,
) -> None:
    placement = create_placement(
        client=client,
        batch=result.batch,
        placed_on=placed_on,
        by=by,
        file_name=file_name[:255],
        file_sha256=digest,
    )
    loading.make_all(client=client, placement=placement, placed_on=placed_on, by=by, at=at)
    placement.rows, placement.amount = result.loaded, result.amount
    placement.save(update_fields=["rows", "amount"])


def _check_totals(result: ImportResult, expect: tuple[int | None, Decimal | None]) -> None:
    """Against the file as it was read, good rows and bad: the client's totals know nothing of our rejects."""
    rows, amount = expect
    if rows is not None and rows != result.rows:
        raise ImportRefused(
            f"The control total says {rows} rows, the file has {result.rows}. Nothing was loaded."
        )
    if amount is not None and amount != result.amount_read:
        raise ImportRefused(
            f"The control total says ${amount}, the balances of the file add up to ${result.amount_read}; the rows that can "
            f"be loaded have ${result.amount} of it, {result.rejected} are rejected. Nothing was loaded."
        )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error


@transaction.atomic
def undo_placement(*, placement: Placement, by: User | None, at: datetime) -> Placement:
    """Takes a batch back: compensating entries, accounts closed, evidence kept. Raises UndoRefused, saying what was worked."""
    return undoing.undo(placement, by, at)
