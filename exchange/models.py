"""Files in and out: how a client's columns are read, each file as it came, and each run of a load."""

from __future__ import annotations

from django.db import models

from core.fields import EncryptedTextField
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


class Upload(models.Model):
    """A client's file as it came, with what the inspection saw; every run of it reads this one copy."""

    client = models.ForeignKey("accounts.Client", on_delete=models.PROTECT, related_name="uploads")
    file = models.FileField(upload_to="placements/%Y/%m/")
    file_name = models.CharField(max_length=255)
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1, blank=True, default="")
    columns = models.JSONField()
    sample = EncryptedTextField(help_text="The first rows as JSON: names and numbers of people, so sealed.")
    rows = models.PositiveIntegerField()
    rows_exact = models.BooleanField(default=True)
    uploaded_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_name


class ImportRun(models.Model):
    """One load in the background: it survives the tab being closed and may be cancelled until it is through."""

    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="runs")
    definition = models.JSONField()
    placed_on = models.DateField()
    dry_run = models.BooleanField(default=False)
    expect_rows = models.PositiveIntegerField(null=True)
    expect_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    status = models.CharField(max_length=10, choices=RunStatus, default=RunStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    placement = models.ForeignKey(
        "accounts.Placement", on_delete=models.PROTECT, related_name="runs", null=True
    )
    started_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="importrun_started")]

    def __str__(self) -> str:
        return f"{self.upload.file_name} ({self.get_status_display()})"

    @property
    def rows_total(self) -> int:
        """Rows of the file; 0 where it was too long to be counted beforehand."""
        return self.upload.rows if self.upload.rows_exact else 0

    @property
    def under_way(self) -> bool:
        return self.status in (RunStatus.WAITING, RunStatus.RUNNING)
