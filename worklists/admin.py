from __future__ import annotations

from django.contrib import admin

from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from worklists.models import Lease, Queue, Task


@admin.register(Queue)
class QueueAdmin(NoDeleteAdmin):
    list_display = ("name", "slug", "team", "position", "lease_minutes", "is_active")
    list_select_related = ("team",)
    list_editable = ("position",)


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ("queue", "account", "kind", "reason", "due_at", "status", "assigned_to")
    list_select_related = ("queue", "account", "assigned_to")
    list_filter = ("status", "kind", "queue")


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("debtor", "user", "account", "taken_at", "expires_at")
    list_select_related = ("debtor", "user", "account")
