"""Loads in the background: seen while they last, stopped in time, never loaded twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import Account, Placement
from exchange import runs
from exchange.inspecting import keep_upload
from exchange.mapping import MappingRefused
from exchange.models import ImportRun, Mapping, Upload
from exchange.runs import (
    LOCKS,
    RunRefused,
    being_worked,
    cancel_run,
    perform,
    restart_run,
    stalled,
    start_run,
)
from tests.factories import AT, TODAY, make_client
from tests.worker import Worker, wait_until, worker  # noqa: F401  a fixture

COLUMNS = ["client_reference", "debtor_name", "line1", "city", "state", "zip", "current_balance"]
DEFINITION = {"fields": {name: {"column": name} for name in COLUMNS}}
MANY = 12_000


def clock() -> Any:
    return AT


def make_upload(rows: int = 3, *, bad: int = 0) -> Upload:
    lines = [f"R{n:06d},Acme {n},1 Main St,Albany,NY,12207,10.00" for n in range(rows - bad)]
    lines += [f"B{n:06d},Acme {n},1 Main St,Albany,NY,nowhere,5.00" for n in range(bad)]
    content = "\n".join([",".join(COLUMNS), *lines]) + "\n"
    file = SimpleUploadedFile("march.csv", content.encode())
    return keep_upload(client=make_client(debt_type="commercial"), file=file, by=None, at=AT)


def make_run(upload: Upload | None = None, **options: Any) -> ImportRun:
    given = {"definition": DEFINITION, "placed_on": TODAY, "dry_run": False, "by": None, "at": AT, **options}
    return start_run(upload=upload or make_upload(), **given)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What would be handed to the broker."""
    found: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        runs.current_app, "send_task", lambda name, kwargs: found.append((name, kwargs)), raising=False
    )
    return found


@pytest.fixture
def held_by_another(sent: object) -> Iterator[ImportRun]:
    """A run that a worker elsewhere is at work on."""
    run = make_run()
    ImportRun.objects.update(status="running")
    run.refresh_from_db()
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, run.pk])
    yield run
    other.close()


@pytest.mark.django_db
class TestStarting:
    def test_a_run_is_handed_to_a_worker_once_it_is_committed(
        self, sent: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            run = make_run()
            assert sent == []
        assert sent == [("exchange.load_placement", {"run_id": run.pk})]
        assert (run.status, run.rows_total) == ("waiting", 3)

    def test_pressing_load_twice_starts_one_run(self) -> None:
        upload = make_upload()
        assert make_run(upload).pk == make_run(upload).pk

    def test_a_mapping_that_does_not_fit_starts_nothing(self) -> None:
        with pytest.raises(MappingRefused, match=r"lacks the column\(s\) Elsewhere"):
            make_run(definition={"fields": {"client_reference": {"column": "Elsewhere"}}})
        assert not ImportRun.objects.exists()

    def test_the_mapping_is_remembered_under_its_name(self) -> None:
        make_run(remember_as="March file")
        saved = Mapping.objects.get()
        assert (saved.client.code, saved.name, saved.definition) == ("lakeside", "march-file", DEFINITION)

    def test_a_waiting_run_is_cancelled_at_once_and_never_worked(self) -> None:
        run = cancel_run(run=make_run(), by=None, at=AT)
        assert (run.status, run.ended_at) == ("cancelled", AT)
        with pytest.raises(RunRefused, match="ended already: cancelled"):
            cancel_run(run=run, by=None, at=AT)
        perform(run_id=run.pk, clock=clock)
        assert not Account.objects.exists()

    def test_a_run_that_nobody_takes_up_is_told_after_a_while(self) -> None:
        run = make_run()
        assert stalled([run], AT + timedelta(seconds=20)) == set()
        assert stalled([run], AT + timedelta(seconds=40)) == {run.pk}


@pytest.mark.django_db(transaction=True)
class TestWorking:
    def test_a_load_leaves_its_figures_and_its_placement(self, sent: object) -> None:
        run = make_run(make_upload(4, bad=1), expect_rows=4, expect_amount=D("35.00"))
        perform(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        kept = {name: run.result[name] for name in ("rows", "loaded", "rejected", "amount")}
        assert kept == {"rows": 4, "loaded": 3, "rejected": 1, "amount": "30.00"}
        assert (run.status, run.rows_read, run.placement, run.attempts) == (
            "done",
            4,
            Placement.objects.get(),
            1,
        )

    def test_a_task_delivered_twice_loads_once(self, sent: object) -> None:
        run = make_run()
        perform(run_id=run.pk, clock=clock)
        perform(run_id=run.pk, clock=clock)
        assert (Account.objects.count(), ImportRun.objects.get().attempts) == (3, 1)

    def test_a_dry_run_loads_nothing_and_shows_missed_totals_beside_the_figures(self, sent: object) -> None:
        run = make_run(dry_run=True, expect_rows=99)
        perform(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        assert (run.status, run.result["rows"], run.placement) == ("done", 3, None)
        assert not Account.objects.exists()

    def test_missed_totals_end_a_load(self, sent: object) -> None:
        run = make_run(expect_rows=99)
        perform(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        assert run.status == "failed"
        assert run.error == "The control total says 99 rows, the file has 3. Nothing was loaded."
        assert not Account.objects.exists()

    def test_a_file_loaded_before_is_refused_with_the_batch_it_was(self, sent: object) -> None:
        first, upload = make_run(), Upload.objects.get()
        perform(run_id=first.pk, clock=clock)
        second = make_run(upload)
        perform(run_id=second.pk, clock=clock)
        second.refresh_from_db()
        assert (second.status, Account.objects.count()) == ("failed", 3)
        assert second.error.startswith(f"This very file was loaded as {Placement.objects.get().batch}")

    @pytest.mark.parametrize(("lines", "read"), [(4, 4), (5000, 2000)])
    def test_a_cancelled_run_stops_while_it_reads_and_loads_nothing(
        self, lines: int, read: int, sent: object
    ) -> None:
        run = make_run(make_upload(lines - 1))
        ImportRun.objects.update(status="running", cancel_asked=True)
        perform(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        assert (run.status, run.error) == ("cancelled", "Cancelled; nothing was loaded.")
        assert run.rows_read == read
        assert not Account.objects.exists()

    def test_an_error_of_ours_ends_the_run_in_words_and_reaches_the_log(
        self, sent: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**given: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(runs, "load_placement", broken)
        run = make_run()
        with pytest.raises(ZeroDivisionError):
            perform(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        assert (run.status, run.error) == ("failed", runs.BROKEN)

    def test_a_file_over_which_workers_die_is_given_up(self, sent: object) -> None:
        run = make_run()
        ImportRun.objects.update(status="running", attempts=3)
        perform(run_id=run.pk, clock=clock)
        run.refresh_from_db()
        assert run.status == "failed"
        assert run.error.startswith("The worker died 3 times over this file.")

    def test_a_run_in_work_is_left_alone(self, held_by_another: ImportRun) -> None:
        run = held_by_another
        assert being_worked([run.pk]) == {run.pk}
        assert stalled([run], AT) == set()
        perform(run_id=run.pk, clock=clock)
        assert not Account.objects.exists()
        with pytest.raises(RunRefused, match="still at work"):
            restart_run(run=run, by=None, at=AT)
        asked = cancel_run(run=run, by=None, at=AT)
        assert (asked.status, asked.cancel_asked) == ("running", True)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_is_noticed_and_its_run_started_again_loads_once(worker: Worker) -> None:  # noqa: F811
    run = make_run(make_upload(MANY))
    worker.start()
    wait_until(lambda: ImportRun.objects.get().rows_read)
    assert not Account.objects.exists()
    worker.kill()

    wait_until(lambda: not being_worked([run.pk]))
    run.refresh_from_db()
    assert (run.status, Account.objects.count()) == ("running", 0)
    assert stalled([run], AT) == {run.pk}

    restart_run(run=run, by=None, at=AT)
    for _ in ("started again", "delivered once more"):
        perform(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert (run.attempts, run.result["loaded"], Account.objects.count()) == (1, MANY, MANY)
    assert Placement.objects.get() == run.placement
