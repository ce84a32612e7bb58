"""Figures are read from the other rooms; what must be shown again years later as it was is kept."""

from __future__ import annotations

from django.db import models

from core.history import append_only


class Report(models.Model):
    """Carries the permissions; it has no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("view_report", "Can see reports"),
            ("view_compliance", "Can see the daily report of compliance"),
        ]

    def __str__(self) -> str:
        return "Report"


class ComplianceReport(models.Model):
    """The report of one day, as it was made that night. Append-only."""

    on = models.DateField(unique=True)
    made_at = models.DateTimeField()
    figures = models.JSONField()

    class Meta:
        ordering = ["-on"]
        default_permissions = ()
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on}"
