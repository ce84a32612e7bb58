"""Rows of a file worked on by two processes, when it is long: half of the blocks here, half in a copy of this process.

Both read the whole file, which costs a tenth of the work; so an error of the file is met here, in its place, and only what
was made of the rows comes over the pipe. The copy is a plain fork: Celery's workers may have no children of ``multiprocessing``.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NoReturn, TypeVar

Row = tuple[int, list[str]]
Made = TypeVar("Made")
BLOCK = 200
AHEAD = 1024 * 1024
"""Bytes the second process may be ahead, some ten blocks, so that neither waits for the other at every one."""


def worked(
    rows: Iterable[Row], work: Callable[[list[Row]], Made], again: Callable[[], Iterable[Row]] | None = None
) -> Generator[Made, None, None]:
    """What ``work`` makes of each block of rows, in their order.

    ``again`` reads the same rows once more, without effects: then a second process does every other block. It is not asked
    where this process has threads, whose locks a copy would inherit.
    """
    if again is None or threading.active_count() > 1:
        yield from map(work, _blocks(rows))
        return
    with _copy(work, again) as answers:
        for number, block in enumerate(_blocks(rows)):
            yield _answer(answers) if number % 2 else work(block)


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while block := list(itertools.islice(rows, BLOCK)):
        yield block


@contextmanager
def _copy(work: Callable[[list[Row]], Made], again: Callable[[], Iterable[Row]]) -> Iterator[IO[bytes]]:
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, AHEAD)
    child = os.fork()
    if not child:
        os.close(ours)
        _serve(theirs, work, again)
    os.close(theirs)
    try:
        with open(ours, "rb") as answers:
            yield answers
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve(pipe: int, work: Callable[[list[Row]], Made], again: Callable[[], Iterable[Row]]) -> NoReturn:
    """Ends without a word to anything that it shares with its parent, the connection to the database above all."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        with open(pipe, "wb") as answers:
            try:
                for block in itertools.islice(_blocks(again()), 1, None, 2):
                    pickle.dump(work(block), answers)
                    answers.flush()
            except Exception as error:
                pickle.dump(RuntimeError(f"{type(error).__name__}: {error}"), answers)
    finally:
        os._exit(0)


def _answer(answers: IO[bytes]) -> Any:
    try:
        answer = pickle.load(answers)  # noqa: S301  from our own copy
    except EOFError:
        answer = RuntimeError("The second process ended before its work.")
    if isinstance(answer, RuntimeError):
        raise answer
    return answer
