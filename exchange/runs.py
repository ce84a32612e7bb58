"""Loads in the background: started, watched, cancelled, and started again when a worker died over one.

The load and the word "done" are one transaction, so a run is either loaded and done or neither. While it works, its worker
holds an advisory lock of that transaction: the database gives it back the moment the worker is gone, and that is how a
dead one is told from a slow one. How far it is, and whether it is to stop, goes over a second connection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import current_app
from django.db import connection, transaction

from accounts.models import Placement
from core.audit import audit_actor
from exchange.enums import RunStatus
from exchange.mapping import Mapper, MappingRefused, read_definition
from exchange.mapping_store import save_mapping
from exchange.models import ImportRun, Upload
from exchange.reader import FileRefused
from exchange.services import Cancelled, ImportRefused, ImportResult, load_placement
from users.models import User

TASK = "exchange.load_placement"
UNDER_WAY = (RunStatus.WAITING, RunStatus.RUNNING)
LOCKS = 20_710_001  # the first of the two numbers of our advisory locks; the second is the run's
MOST_ATTEMPTS = 3
PATIENCE = timedelta(seconds=30)
BROKEN = "An error of ours ended this run. It has been logged for the administrator. Nothing was loaded; it may be started again."


class RunRefused(Exception):
    """The run is not in a state in which that can be done."""

    code = "run_refused"


@transaction.atomic
def start_run(
    *,
    upload: Upload,
    definition: Mapping[str, Any],
    placed_on: date,
    dry_run: bool,
    by: User | None,
    at: datetime,
    expect_rows: int | None = None,
    expect_amount: Decimal | None = None,
    remember_as: str = "",
    replaces: datetime | None = None,
) -> ImportRun:
    """Hands the file to a worker. Raises MappingRefused where file and mapping do not fit, RunRefused where it is purged.

    ``remember_as`` and ``replaces`` keep the mapping under this name for the client, as ``save_mapping`` does. A load of
    this upload that is under way already is returned as it is: pressing twice loads once.
    """
    Mapper(read_definition(definition), upload.columns)
    if not Upload.objects.select_for_update().get(pk=upload.pk).file:
        raise RunRefused("This file was deleted, as every file is after 30 days. Upload it again.")
    if not dry_run and (running := upload.runs.filter(dry_run=False, status__in=UNDER_WAY).first()):
        return running
    run = ImportRun.objects.create(
        upload=upload, definition=dict(definition), placed_on=placed_on, dry_run=dry_run, expect_rows=expect_rows,
        expect_amount=expect_amount, started_by=by, started_at=at,
    )  # fmt: skip
    if remember_as:
        save_mapping(
            client=upload.client, name=remember_as, definition=definition, replaces=replaces, by=by, at=at
        )
    _hand_over(run)
    return run


@transaction.atomic
def cancel_run(*, run: ImportRun, by: User | None, at: datetime) -> ImportRun:
    """Ends a run that nobody works on at once; asks a worker to stop otherwise, which it does before anything is loaded."""
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.status not in UNDER_WAY:
        raise RunRefused(f"This run has ended already: {locked.get_status_display().lower()}.")
    locked.cancel_asked = True
    if not being_worked([locked.pk]):
        locked.status, locked.ended_at = RunStatus.CANCELLED, at
    locked.save(update_fields=["cancel_asked", "status", "ended_at"])
    return locked


@transaction.atomic
def restart_run(*, run: ImportRun, by: User | None, at: datetime) -> ImportRun:
    """Hands a run over once more whose worker is gone, or that no worker has taken up."""
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.status not in UNDER_WAY:
        raise RunRefused(f"This run has ended already: {locked.get_status_display().lower()}.")
    if being_worked([locked.pk]):
        raise RunRefused("A worker is still at work on this run.")
    locked.status, locked.attempts, locked.rows_read, locked.cancel_asked = RunStatus.WAITING, 0, 0, False
    locked.started_by, locked.started_at = by, at
    locked.save(update_fields=["status", "attempts", "rows_read", "cancel_asked", "started_by", "started_at"])
    _hand_over(locked)
    return locked


def being_worked(ids: Collection[int]) -> set[int]:
    """Those of these runs that a living worker holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = ANY(%s::oid[])"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCKS, list(ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def stalled(runs: Iterable[ImportRun], at: datetime) -> set[int]:
    """Those that will not go on by themselves: their worker is gone, or none has taken them up for a while.

    The status is read again last: a run may have ended between the two looks.
    """
    candidates = {
        run.pk
        for run in runs
        if run.status == RunStatus.RUNNING
        or (run.status == RunStatus.WAITING and at - run.started_at > PATIENCE)
    }
    left = candidates - being_worked(candidates) if candidates else set()
    if not left:
        return set()
    return set(ImportRun.objects.filter(pk__in=left, status__in=UNDER_WAY).values_list("pk", flat=True))


def perform(*, run_id: int, clock: Callable[[], datetime]) -> None:
    """A worker's part. Does nothing for a run that has ended, or that another worker holds."""
    try:
        with transaction.atomic():
            if not _lock(run_id):
                return
            run = (
                ImportRun.objects.select_related("upload__client", "started_by")
                .filter(pk=run_id, status__in=UNDER_WAY)
                .first()
            )
            if run is not None:
                with _Watch(run.pk) as watch, audit_actor(run.started_by_id, f"task:{TASK}"):
                    _work(run, watch, clock)
    except Exception:
        ImportRun.objects.filter(pk=run_id, status__in=UNDER_WAY).update(
            status=RunStatus.FAILED, error=BROKEN, ended_at=clock()
        )
        raise


def _work(run: ImportRun, watch: _Watch, clock: Callable[[], datetime]) -> None:
    try:
        watch.begin()
        with transaction.atomic():
            result = _load(run, watch, clock())
            if ImportRun.objects.select_for_update().get(pk=run.pk).cancel_asked:
                raise Cancelled("Cancelled; nothing was loaded.")
    except Cancelled as stopped:
        run.status, run.error = RunStatus.CANCELLED, str(stopped)
    except (ImportRefused, FileRefused, MappingRefused) as refused:
        run.status, run.error = RunStatus.FAILED, str(refused)
    else:
        run.status, run.result, run.rows_read = RunStatus.DONE, result.as_json(), result.rows
        run.placement = Placement.objects.filter(batch=result.batch).first() if result.batch else None
    run.ended_at = clock()
    written = ["status", "error", "ended_at"]
    run.save(update_fields=[*written, "result", "rows_read", "placement"] if run.result else written)


def _load(run: ImportRun, watch: _Watch, at: datetime) -> ImportResult:
    """Control totals stop a load; a dry run goes through without them, to show both figures side by side."""
    upload = run.upload
    return load_placement(
        path=Path(upload.file.path),
        file_name=upload.file_name,
        client=upload.client,
        mapping=run.definition,
        placed_on=run.placed_on,
        by=run.started_by,
        at=at,
        dry_run=run.dry_run,
        expect_rows=None if run.dry_run else run.expect_rows,
        expect_amount=None if run.dry_run else run.expect_amount,
        progress=watch,
    )


def _hand_over(run: ImportRun) -> None:
    """A broker that is away leaves the run waiting, to be started again from its page."""
    transaction.on_commit(lambda: current_app.send_task(TASK, kwargs={"run_id": run.pk}), robust=True)


def _lock(run_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCKS, run_id])
        return bool(cursor.fetchone()[0])


class _Watch:
    """A second connection, outside the load's transaction: what it writes is seen at once, and it sees a cancellation."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._connection = connection.copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def begin(self) -> None:
        """A file over which worker after worker dies is not tried for ever."""
        attempts = self._tell(
            "status = 'running', rows_read = 0, attempts = attempts + 1", "attempts", [self._run_id]
        )
        if attempts > MOST_ATTEMPTS:
            raise ImportRefused(
                f"The worker died {MOST_ATTEMPTS} times over this file. Nothing was loaded. Split the file, or ask the administrator."
            )

    def __call__(self, rows: int) -> None:
        if self._tell("rows_read = %s", "cancel_asked", [rows, self._run_id]):
            raise Cancelled("Cancelled; nothing was loaded.")

    def _tell(self, change: str, answer: str, values: list[int]) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE exchange_importrun SET {change} WHERE id = %s RETURNING {answer}",  # noqa: S608
                values,
            )
            return int(cursor.fetchone()[0])
