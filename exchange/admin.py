from __future__ import annotations

from django.contrib import admin

from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from exchange.models import ImportRun, Mapping, Upload


@admin.register(Mapping)
class MappingAdmin(NoDeleteAdmin):
    list_display = ("name", "client", "saved_by", "saved_at")
    list_select_related = ("client", "saved_by")


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "client", "rows", "uploaded_by", "uploaded_at")
    list_select_related = ("client", "uploaded_by")
    exclude = ("sample", "file")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("upload", "dry_run", "status", "rows_read", "started_by", "started_at")
    list_select_related = ("upload", "started_by")
