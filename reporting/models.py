"""No tables: figures are read from the other rooms. The model carries the permission to see them."""

from __future__ import annotations

from django.db import models


class Report(models.Model):
    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("view_report", "Can see reports")]

    def __str__(self) -> str:
        return "Report"
