"""Files in and out: how a client's columns are read, and each run of a load."""

from __future__ import annotations

from django.db import models

from core.history import audited
from exchange.enums import RunStatus


@audited
class Mapping(models.Model):
    """How the columns of one client's files become our fields; ``definition`` has the shape of the shipped mappings."""

    client = models.ForeignKey("accounts.Client", on_delete=models.PROTECT, related_name="mappings")
    name = models.SlugField(max_length=60)
    definition = models.JSONField()
    saved_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    saved_at = models.DateTimeField()

    class Meta:
        permissions = [("import_placement", "Can load placements")]
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="mapping_name_once_per_client")
        ]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One load in the background: it survives the tab being closed and may be cancelled while it reads."""

    client = models.ForeignKey("accounts.Client", on_delete=models.PROTECT, related_name="import_runs")
    file = models.FileField(upload_to="placements/%Y/%m/")
    file_name = models.CharField(max_length=255)
    definition = models.JSONField()
    placed_on = models.DateField()
    dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.WAITING)
    rows_read = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    reject_file = models.FileField(upload_to="placements/%Y/%m/", blank=True)
    placement = models.ForeignKey(
        "accounts.Placement", on_delete=models.PROTECT, related_name="runs", null=True
    )
    started_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="importrun_started")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_status_display()})"
