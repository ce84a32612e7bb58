from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from core.clock import now
from exchange.mapping import MappingRefused, read_definition
from exchange.models import ImportRun, Mapping, Upload


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Mapping
        fields = ("client", "name", "definition")

    def clean_definition(self) -> Any:
        definition = self.cleaned_data["definition"]
        if not isinstance(definition, dict):
            raise forms.ValidationError("A mapping is an object with its fields.")
        try:
            read_definition(definition)
        except MappingRefused as error:
            raise forms.ValidationError(str(error)) from error
        return definition


@admin.register(Mapping)
class MappingAdmin(NoDeleteAdmin):
    form = MappingForm
    list_display = ("name", "client", "saved_by", "saved_at")
    list_select_related = ("client", "saved_by")
    fields = ("client", "name", "definition", "saved_by", "saved_at")
    readonly_fields = ("saved_by", "saved_at")

    def save_model(self, request: HttpRequest, obj: Mapping, form: Any, change: bool) -> None:
        """The time tells the wizard that somebody saved it meanwhile."""
        obj.saved_by, obj.saved_at = request.user, now()  # type: ignore[assignment]
        super().save_model(request, obj, form, change)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "client", "rows", "uploaded_by", "uploaded_at")
    list_select_related = ("client", "uploaded_by")
    exclude = ("sample", "file")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("upload", "dry_run", "status", "rows_read", "started_by", "started_at")
    list_select_related = ("upload", "started_by")
