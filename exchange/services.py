"""Placements in, and taken back. One transaction a file: all of it or nothing, rejected rows aside."""

from __future__ import annotations

import csv
import hashlib
import json
import secrets
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import Client, Placement
from accounts.services import create_placement
from exchange import loading, undoing
from exchange.fields import FIELDS
from exchange.mapping import Definition, Mapper, MappingRefused, canonical, read_definition, shipped
from exchange.models import Mapping as SavedMapping
from exchange.reader import FileRefused, Table, safe
from exchange.rows import read_row
from users.models import User

Row = tuple[int, Sequence[str], dict[str, str]]
MOST_PROBLEMS = 1000
TICK = 2000


class ImportRefused(Exception):
    """The placement as a whole is refused; nothing was loaded."""

    code = "import_refused"


class DuplicateFile(ImportRefused):
    code = "duplicate_file"


class Cancelled(ImportRefused):
    code = "cancelled"


@dataclass
class ImportResult:
    """``amount`` in dollars; ``reject_file`` the stored name of the rejects as CSV, empty when there are none."""

    rows: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    amount: Decimal = Decimal("0.00")
    reject_file: str = ""
    batch: str = ""
    dry_run: bool = False
    problems: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "amount": str(self.amount)}


class _Rejects:
    """Rejected rows, written as they come to a CSV that can be mended and loaded again."""

    def __init__(self, columns: Sequence[str], result: ImportResult) -> None:
        handle, name = tempfile.mkstemp(suffix=".csv")
        self._file = open(handle, "w", newline="", encoding="utf-8")  # noqa: SIM115  closed by store
        self._path = Path(name)
        self._columns = [c for c in columns if c not in ("reject_row", "reject_reason")]
        self._keep = [place for place, c in enumerate(columns) if c in self._columns]
        self._writer = csv.writer(self._file)
        self._writer.writerow([*map(safe, self._columns), "reject_row", "reject_reason"])
        self._result = result

    def add(self, number: int, row: Sequence[str], problems: Sequence[str]) -> None:
        reason = "; ".join(problems)
        kept = [safe(row[place]) if place < len(row) else "" for place in self._keep]
        self._writer.writerow([*kept, number, safe(reason)])
        self._result.rejected += 1
        if len(self._result.problems) < MOST_PROBLEMS:
            self._result.problems.append({"row": number, "reason": reason})

    def store(self, name: str) -> str:
        self._file.close()
        path = self._path
        try:
            if not self._result.rejected:
                return ""
            with path.open("rb") as file:
                return str(default_storage.save(f"rejects/{name}-rejects.csv", File(file)))
        finally:
            path.unlink(missing_ok=True)


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

    ``progress`` is called with the rows read every so often and may raise Cancelled.
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
    mapper = Mapper(definition, table.columns)
    width = len(table.columns)

    def rows() -> Iterator[Row]:
        for number, row in Table(path, encoding=first.encoding, delimiter=first.delimiter):
            if progress is not None and number % TICK == 0:
                progress(number)
            yield number, row, mapper(row) if len(row) == width else {}

    return _load(
        rows, columns=table.columns, date_format=definition.date_format, client=client, placed_on=placed_on, by=by, at=at,
        dry_run=dry_run, expect=(expect_rows, expect_amount), file_name=name, digest=digest, batch="",
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
    unknown = [name for name in columns if name not in FIELDS]
    if unknown:
        raise MappingRefused(
            f"Unknown field(s) {', '.join(unknown)}. Known ones: {', '.join(sorted(FIELDS))}."
        )

    def rows() -> Iterator[Row]:
        for number, record in enumerate(records, start=1):
            texts = {name: _text(value) for name, value in record.items() if value not in (None, "")}
            yield number, [texts.get(name, "") for name in columns], texts

    return _load(
        rows, columns=columns, date_format="%Y-%m-%d", client=client, placed_on=placed_on, by=by, at=at, dry_run=False,
        expect=(None, None), file_name="", digest="", batch=batch or "",
    )  # fmt: skip


def _text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()


def _load(
    rows: Callable[[], Iterable[Row]],
    *,
    columns: Sequence[str],
    date_format: str,
    client: Client,
    placed_on: date,
    by: User | None,
    at: datetime,
    dry_run: bool,
    expect: tuple[int | None, Decimal | None],
    file_name: str,
    digest: str,
    batch: str,
) -> ImportResult:
    result = ImportResult(dry_run=dry_run)
    rejects = _Rejects(columns, result)
    name = batch or f"{client.code[:40]}-{placed_on:%Y%m%d}-{secrets.token_hex(4)}"

    def good() -> Iterator[tuple[int, dict[str, Any]]]:
        for number, row, texts in rows():
            result.rows += 1
            if len(row) != len(columns):
                rejects.add(number, row, [f"the row has {len(row)} values, the header {len(columns)}"])
                continue
            values, problems = read_row(
                texts, date_format=date_format, debt_type=client.debt_type, placed_on=placed_on
            )
            if problems:
                rejects.add(number, row, problems)
                continue
            yield number, values

    try:
        with transaction.atomic():
            loading.stage(good())
            _reject_duplicates(loading.find_duplicates(client), rows, rejects, result)
            result.loaded, result.amount = loading.totals()
            _check_totals(result, expect)
            if result.loaded and not dry_run:
                result.batch = name
                _make(result, client, placed_on, by, at, file_name, digest)
    except IntegrityError as error:
        rejects.store(name)
        raise ImportRefused(
            f"The database refused the placement: {str(error).splitlines()[0]}. Nothing was loaded."
        ) from error
    except Exception:
        rejects.store("refused")
        raise
    result.reject_file = rejects.store(name)
    return result


def _reject_duplicates(
    found: Sequence[tuple[int, str]],
    rows: Callable[[], Iterable[Row]],
    rejects: _Rejects,
    result: ImportResult,
) -> None:
    """The file is read once more for the rows themselves, so that none need be held in memory."""
    problems = dict(found)
    for number, row, _ in rows() if problems else ():
        if number in problems:
            rejects.add(number, row, [problems[number]])
            result.duplicates += 1


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
    rows, amount = expect
    if rows is not None and rows != result.rows:
        raise ImportRefused(
            f"The control total says {rows} rows, the file has {result.rows}. Nothing was loaded."
        )
    if amount is not None and amount != result.amount:
        raise ImportRefused(
            f"The control total says ${amount}, the good rows add up to ${result.amount}. Nothing was loaded."
        )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error


def inspect(
    path: str | Path, *, encoding: str = "utf-8-sig", delimiter: str = "", sample: int = 5
) -> dict[str, Any]:
    """Columns and the first rows, for the wizard. Raises FileRefused."""
    table = Table(Path(path), encoding=encoding, delimiter=delimiter)
    rows = [row for _, (_, row) in zip(range(sample), table, strict=False)]
    return {"columns": table.columns, "rows": rows}


def suggest_mapping(columns: Sequence[str], client: Client) -> dict[str, Any]:
    """The client's last mapping if it fits these columns, else our own names where the columns carry them."""
    for saved in SavedMapping.objects.filter(client=client).order_by("-saved_at"):
        if read_definition(saved.definition).columns <= set(columns):
            return dict(saved.definition)
    plain = {column: column.strip().lower().replace(" ", "_") for column in columns}
    fields = {ours: {"column": column} for column, ours in plain.items() if ours in FIELDS}
    return {"fields": fields, "ignore": [column for column, ours in plain.items() if ours not in FIELDS]}


@transaction.atomic
def save_mapping(
    *, client: Client, name: str, definition: Mapping[str, Any], by: User | None, at: datetime
) -> SavedMapping:
    read_definition(definition)
    saved, _ = SavedMapping.objects.update_or_create(
        client=client, name=name, defaults={"definition": dict(definition), "saved_by": by, "saved_at": at}
    )
    return saved


@transaction.atomic
def undo_placement(*, placement: Placement, by: User | None, at: datetime) -> Placement:
    """Takes a batch back: compensating entries, accounts closed, evidence kept. Raises UndoRefused, saying what was worked."""
    return undoing.undo(placement, by, at)
