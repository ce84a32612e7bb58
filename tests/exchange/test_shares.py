"""The blocks of a long file are worked on by two processes; what comes out is what one process makes."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from exchange.shares import BLOCK, Row, worked
from tests.exchange.placement_files import load, row, text_of
from tests.factories import make_client

ROWS: list[Row] = [(number, [str(number)]) for number in range(2, 5 * BLOCK)]


@pytest.fixture(autouse=True)
def no_threads_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser's driver, for one, leaves a thread behind in the process of its tests."""
    monkeypatch.setattr("exchange.shares.threading.active_count", lambda: 1)


def numbers_and_process(block: list[Row]) -> tuple[list[int], int]:
    return [number for number, _ in block], os.getpid()


def test_two_processes_make_in_order_what_one_makes() -> None:
    alone = list(worked(iter(ROWS), numbers_and_process))
    together = list(worked(iter(ROWS), numbers_and_process, lambda: iter(ROWS)))
    assert [made for made, _ in together] == [made for made, _ in alone]
    assert {process for _, process in alone} == {os.getpid()}
    assert [process == os.getpid() for _, process in together] == [True, False, True, False, True]


def test_a_failure_of_the_second_process_is_raised_here() -> None:
    def work(block: list[Row]) -> int:
        if block[0][0] > BLOCK:
            raise ValueError(f"row {block[0][0]}")
        return len(block)

    with pytest.raises(RuntimeError, match=f"ValueError: row {BLOCK + 2}"):
        list(worked(iter(ROWS), work, lambda: iter(ROWS)))


def test_a_second_process_that_is_gone_is_noticed() -> None:
    here = os.getpid()

    def work(block: list[Row]) -> int:
        if os.getpid() != here:
            os._exit(9)
        return len(block)

    with pytest.raises(RuntimeError, match="ended before its work"):
        list(worked(iter(ROWS), work, lambda: iter(ROWS)))


def test_the_second_process_ends_with_the_first_ones_interest() -> None:
    pieces = worked(iter(ROWS), numbers_and_process, lambda: iter(ROWS))
    next(pieces)
    _, second = next(pieces)
    pieces.close()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_an_error_of_the_file_is_met_in_its_place() -> None:
    def broken() -> Iterator[Row]:
        yield from ROWS[: BLOCK + 10]
        raise ValueError("Line 512")

    made = worked(broken(), numbers_and_process, broken)
    assert next(made)[0][0] == 2
    with pytest.raises(ValueError, match="Line 512"):
        next(made)


@pytest.mark.django_db
def test_a_long_file_is_read_by_two_processes_with_the_same_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    monkeypatch.setattr("exchange.shares.BLOCK", 2)
    rows = [row(f"{number}", state="XX" if number in (3, 4) else "AZ") for number in range(1, 8)]
    rows.append(row("7"))
    results = []
    for most in (10**6, -1):
        monkeypatch.setattr("exchange.services.LONG", most)
        seen: list[int] = []
        result = load(client, tmp_path / "long.csv", text_of(*rows), dry_run=True, progress=seen.append)
        with default_storage.open(result.reject_file) as rejects:
            results.append(replace(result, reject_file=rejects.read()))
        assert seen[-1] == 9
    alone, together = results
    assert together == alone
    assert (together.rows, together.loaded, together.rejected, together.duplicates) == (8, 5, 3, 1)
    assert [problem["row"] for problem in together.problems] == [4, 5, 9]
