"""What the admin of every room shares: read-only views of what services write, and of the audit."""

from __future__ import annotations

from typing import Any

import pghistory.models
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Shows, never writes: the rows belong to services and triggers."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class NoDeleteAdmin(ModelAdmin):
    """May be added and changed; never deleted, for somebody will ask what it was."""

    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class HistoryAdmin(ReadOnlyAdmin):
    """The rows that the audit triggers kept: what stood there before, when it changed, by whom and in what context."""

    list_display = ("pgh_created_at", "pgh_label", "pgh_obj_id", "who")
    list_select_related = ("pgh_context",)
    list_filter = ("pgh_label", "pgh_created_at")
    ordering = ("-pgh_id",)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whoever may see a row may see what it was."""
        tracked = self.model.pgh_tracked_model._meta
        return bool(request.user.has_perm(f"{tracked.app_label}.view_{tracked.model_name}"))

    @admin.display(description="by, through")
    def who(self, event: Any) -> str:
        context = event.pgh_context.metadata if event.pgh_context else {}
        return " · ".join(str(context[key]) for key in ("user", "path", "reason") if context.get(key))


def register_histories() -> None:
    """One read-only page for each audited model. Called when every room's models are loaded."""
    for model in apps.get_models():
        if (
            issubclass(model, pghistory.models.Event)
            and not model._meta.proxy
            and not admin.site.is_registered(model)
        ):
            admin.site.register(model, HistoryAdmin)


register_histories()
