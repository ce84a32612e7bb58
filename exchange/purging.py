"""Clients' files hold names and numbers of people: they are kept as long as they are of use, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from exchange.enums import RunStatus
from exchange.models import ImportRun, Upload

KEPT = timedelta(days=30)  # docs/operations.md says so
IN_USE = (RunStatus.WAITING, RunStatus.RUNNING)


def purge_uploads(*, clock: Callable[[], datetime]) -> int:
    """Deletes the files that have lain for 30 days since they came and since their last run ended. Returns how many.

    Of a file that was run the record stays, without the file, its first rows and its rejects. One in use is left alone.
    """
    before = clock() - KEPT
    runs = ImportRun.objects.filter(Q(status__in=IN_USE) | Q(ended_at__gte=before))
    due = Upload.objects.filter(uploaded_at__lt=before).exclude(file="")
    ids = list(due.exclude(pk__in=runs.values("upload")).order_by("pk").values_list("pk", flat=True))
    return sum(_purge(pk, before) for pk in ids)


@transaction.atomic
def _purge(pk: int, before: datetime) -> bool:
    """The file goes before its record is told so: killed in between, the next purge finds the record and ends the work."""
    upload = Upload.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if upload is None or upload.runs.filter(Q(status__in=IN_USE) | Q(ended_at__gte=before)).exists():
        return False
    for run in upload.runs.all():
        if rejects := run.result.get("reject_file"):
            default_storage.delete(rejects)
            run.result["reject_file"] = ""
            run.save(update_fields=["result"])
    upload.file.delete(save=False)
    if upload.runs.exists():
        upload.file, upload.sample = "", ""
        upload.save(update_fields=["file", "sample"])
    else:
        upload.delete()
    return True
