"""Clients' files go after 30 days, never one in use; the record of what was loaded stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client as Browser

from exchange import purging, runs
from exchange.models import ImportRun, Upload
from exchange.purging import purge_uploads
from exchange.runs import RunRefused, perform, start_run
from exchange.tasks import purge_uploads_task
from tests.exchange.test_runs import DEFINITION, make_run, make_upload
from tests.factories import AT, TODAY, make_user

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = timedelta(days=30)
MOMENT = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs.current_app, "send_task", lambda *args, **kwargs: None, raising=False)


def purge(at: datetime) -> int:
    return purge_uploads(clock=lambda: at)


def loaded(upload: Upload, *, at: datetime = AT, **options: Any) -> ImportRun:
    run = make_run(upload, **options)
    perform(run_id=run.pk, clock=lambda: at)
    run.refresh_from_db()
    assert run.status == "done"
    return run


def test_a_file_that_was_never_loaded_goes_after_thirty_days() -> None:
    upload = make_upload()
    name = upload.file.name
    assert (purge(AT + MONTH), default_storage.exists(name)) == (0, True)
    assert (purge(AT + MONTH + MOMENT), default_storage.exists(name)) == (1, False)
    assert not Upload.objects.exists()


def test_a_loaded_file_goes_with_its_first_rows_and_rejects_and_its_record_stays() -> None:
    upload = make_upload(5, bad=1)
    run = loaded(upload, at=AT + timedelta(days=3))
    names = [upload.file.name, run.result["reject_file"]]
    assert purge(AT + MONTH + timedelta(days=3)) == 0  # the days count from the end of the last run
    assert [default_storage.exists(name) for name in names] == [True, True]
    assert purge(AT + MONTH + timedelta(days=3, seconds=1)) == 1
    assert [default_storage.exists(name) for name in names] == [False, False]
    upload.refresh_from_db()
    run.refresh_from_db()
    assert (upload.file.name, upload.sample, upload.file_name) == ("", "", "march.csv")
    assert (run.result["reject_file"], run.result["loaded"], run.placement.rows) == ("", 4, 4)  # type: ignore[union-attr]
    assert purge(AT + 2 * MONTH) == 0


@pytest.mark.parametrize("status", ["waiting", "running"])
def test_a_file_in_use_stays_however_old(status: str) -> None:
    upload = make_upload()
    make_run(upload)
    ImportRun.objects.update(status=status)
    assert purge(AT + 12 * MONTH) == 0
    assert default_storage.exists(upload.file.name)


def test_a_run_that_begins_while_the_purge_looks_keeps_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = make_upload()
    look = purging._purge
    monkeypatch.setattr(purging, "_purge", lambda *args: (make_run(upload), look(*args))[1])
    assert purge(AT + 2 * MONTH) == 0
    assert default_storage.exists(upload.file.name)


def test_a_purge_that_was_killed_half_way_is_ended_by_the_next() -> None:
    upload = make_upload()
    loaded(upload)
    default_storage.delete(upload.file.name)  # as far as it came
    assert purge(AT + 2 * MONTH) == 1
    upload.refresh_from_db()
    assert not upload.file


def test_a_purged_file_can_not_be_run_and_its_page_says_why() -> None:
    run = loaded(make_upload(), dry_run=True)
    purge(AT + 2 * MONTH)
    with pytest.raises(RunRefused, match="Upload it again"):
        start_run(upload=run.upload, definition=DEFINITION, placed_on=TODAY, dry_run=False, by=None, at=AT)
    browser = Browser()
    browser.force_login(make_user("admin"), backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(f"/placements/runs/{run.pk}/").content.decode()
    assert "The file was deleted, as every file is after 30 days." in page
    assert "Load 3 accounts" not in page
    refused = browser.post(f"/placements/runs/{run.pk}/load/", follow=True).content.decode()
    assert "This file was deleted" in refused
    assert browser.get(f"/placements/files/{run.upload_id}/").status_code == 404


def test_beat_starts_the_purge_every_night_by_its_name() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["purge placement files"]
    assert entry["task"] == purge_uploads_task.name
    make_upload()
    assert purge_uploads_task() == 1  # AT lies far back
