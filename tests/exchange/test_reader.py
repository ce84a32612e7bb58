"""Whatever stands in a file, reading it gives rows or a refusal; and what we write, we read."""

from __future__ import annotations

import contextlib
import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.reader import RISKY, FileRefused, Table, safe, unsafe
from exchange.services import ImportResult, _Rejects
from exchange.staging import lines

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
RISKY_TEXT = st.builds(str.__add__, st.sampled_from(["", "'", "''", *RISKY, "'=", "'-"]), TEXT)
COLUMN = RISKY_TEXT.map(str.strip).filter(
    lambda name: name.isprintable() and unsafe(name).strip() == name != ""
)
HEADER = st.lists(COLUMN, min_size=2, max_size=5, unique=True)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def rows_of(path: Path, **options: str) -> list[list[str]]:
    return [row for _, row in Table(path, **options)]


@given(
    content=st.one_of(
        st.binary(max_size=300),
        TEXT.map(str.encode),
        st.text(alphabet='a,;"\n\r\t|\x00é', max_size=60).map(str.encode),
        st.binary(max_size=200).map(lambda junk: b"PK\x03\x04" + junk),
        st.binary(max_size=100).map(lambda junk: b"\xef\xbb\xbfa,b\n" + junk),
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"]),
    delimiter=st.sampled_from(["", ",", ";", "x"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_rows_or_a_refusal(folder: Path, content: bytes, encoding: str, delimiter: str) -> None:
    path = folder / "any"
    path.write_bytes(content)
    with contextlib.suppress(FileRefused):
        rows = rows_of(path, encoding=encoding, delimiter=delimiter)
        assert all(isinstance(value, str) for row in rows for value in row)


@given(data=st.data(), header=HEADER, delimiter=st.sampled_from([",", ";", "\t", "|"]))
@settings(max_examples=200, deadline=None)
def test_rows_as_written_come_back_equal(
    folder: Path, data: st.DataObject, header: list[str], delimiter: str
) -> None:
    """An empty line is no row."""
    cells = st.lists(RISKY_TEXT, min_size=len(header), max_size=len(header))
    rows = data.draw(st.lists(cells.filter(any), max_size=4))
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow([safe(name) for name in header])
        writer.writerows([[safe(value) for value in row] for row in rows])
    assert Table(path).columns == header
    assert rows_of(path) == rows


@given(data=st.data(), header=HEADER, delimiter=st.sampled_from(["", ",", ";", "\t", "|"]))
@settings(max_examples=100, deadline=None)
def test_a_reject_file_gives_back_the_rows_it_was_given(
    folder: Path, data: st.DataObject, header: list[str], delimiter: str
) -> None:
    cells = st.lists(RISKY_TEXT, min_size=len(header), max_size=len(header))
    rows = data.draw(st.lists(cells, min_size=1, max_size=4))
    result = ImportResult()
    kept = folder / "rejects.csv"
    with _Rejects(header, delimiter, result) as rejects:
        for number, row in enumerate(rows, start=2):
            rejects.add(number, row, ["=a reason", "and another"])
        rejects._file.flush()
        kept.write_bytes(rejects._path.read_bytes())
    assert Table(kept).columns == [*header, "reject_row", "reject_reason"]
    assert rows_of(kept, encoding="cp1252", delimiter=delimiter) == [
        [*row, str(number), "=a reason; and another"] for number, row in enumerate(rows, start=2)
    ]
    assert not rejects._path.exists()


@given(RISKY_TEXT)
def test_safe_is_taken_back_and_never_runs(text: str) -> None:
    assert unsafe(safe(text)) == text
    assert not safe(text).startswith(RISKY)


@given(st.dictionaries(st.sampled_from(["line1", "city", "debtor_name"]), TEXT.filter(str.isprintable)))
def test_lines_for_the_database_are_one_a_row(values: dict[str, str]) -> None:
    line = lines([(2, dict(values))]).decode()
    assert line.count("\n") == 1
    (back,) = csv.reader([line])
    assert [value for value in back if value][:3] == ["8", "2", "0"]
    assert set(filter(None, values.values())) <= set(back)
